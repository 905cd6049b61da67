"""Where prompts come from and go to."""

import os
from dataclasses import dataclass
from pathlib import Path

from centre120.prompts import PromptList, parse_prompts
from centre120.settings import REPOSITORY, Settings


@dataclass(frozen=True)
class Places:
    """Folders and files of one centre's prompts."""

    table: Path  # prompts.csv
    recordings: Path  # <language>/<id>.wav, made by people
    sounds: Path  # <language>/<id>.wav, what Asterisk plays
    online: Path  # cache of the online synthesiser, by hash
    espeak: Path

    @property
    def ledger(self) -> Path:
        return self.sounds / "rendered.json"

    def recording(self, prompt: str, language: str) -> Path:
        return self.recordings / language / f"{prompt}.wav"

    def sound(self, prompt: str, language: str) -> Path:
        return self.sounds / language / f"{prompt}.wav"

    def prompt_list(self) -> PromptList:
        return parse_prompts(self.table.read_bytes())


def places_of(settings: Settings, source: Path = REPOSITORY / "sounds") -> Places:
    """`source` is the checkout's sounds/ folder; tests have their own."""
    return Places(
        table=source / "prompts.csv",
        recordings=source / "recordings",
        sounds=settings.home / "sounds",
        online=settings.home / "cache" / "prompts",
        espeak=settings.parts_dir / "bin" / "espeak-ng",
    )


def write_atomically(path: Path, data: bytes) -> None:
    """The whole file or the old one: a call may be playing it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        new.write_bytes(data)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
