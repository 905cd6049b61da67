"""gTTS: the online synthesiser, asked only by `./120 prompts render --origin gtts`, only for the fixed texts.

Nothing about a citizen ever leaves the house: the argument is a Prompt of the list, and only `fetch_all` asks. Answers
are kept finished (8 kHz WAV) under the hash of language and text, so that later starts need neither network nor decoder.
"""

import hashlib
import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from centre120.errors import CentreError, Fault
from centre120.prompts import Prompt
from ops.prompts.places import Places, write_atomically

LANGUAGES = {"ko": "ko", "en": "en", "zh": "zh-CN", "ja": "ja", "vi": "vi"}
"""Ours -> Google's. Mongolian is not offered."""

SECONDS = 10
FAILURES_IN_A_ROW = 3  # then the network is taken for gone
CACHE_VERSION = 1

Ask = Callable[[str, str], bytes]
"""Text and Google's language -> MP3. Raises OSError."""


def cache_path(places: Places, prompt: Prompt) -> Path:
    """Where the online rendering of this text is kept."""
    parts = f"{CACHE_VERSION}\n{prompt.language}\n{prompt.text}"
    return places.online / f"{prompt.language}-{hashlib.sha256(parts.encode()).hexdigest()[:32]}.wav"


def cached(places: Places, prompt: Prompt) -> Path | None:
    """That file, if it was fetched."""
    path = cache_path(places, prompt)
    return path if path.is_file() else None


def fetch_all(
    places: Places, prompts: Iterable[Prompt], progress: Callable[[str], None], ask: Ask | None = None
) -> int:
    """Fetches what is not cached; returns how many. Raises `gtts-unreachable` after three failures in a row."""
    fetched = failures = 0
    ask = ask or ask_google()
    for prompt in prompts:
        if prompt.language not in LANGUAGES or prompt.origin not in ("", "gtts") or cached(places, prompt):
            continue
        try:
            write_atomically(
                cache_path(places, prompt), finished(ask(spoken_text(prompt), LANGUAGES[prompt.language]))
            )
        except (OSError, ValueError) as error:
            failures += 1
            progress(f"prompts: {prompt.language}/{prompt.id} from gtts: {error}")
            if failures == FAILURES_IN_A_ROW:
                raise CentreError(
                    "gtts-unreachable",
                    f"gTTS failed {failures} times in a row, last with: {error}; {fetched} prompts were fetched.",
                    "Try again later: what was fetched is kept. Until then espeak-ng speaks.",
                    Fault.NETWORK,
                ) from error
            continue
        failures, fetched = 0, fetched + 1
    return fetched


def spoken_text(prompt: Prompt) -> str:
    """Japanese is kept in spaced kana for espeak-ng; the spaces would be heard as pauses."""
    return prompt.text.replace(" ", "") if prompt.language == "ja" else prompt.text


def finished(mp3: bytes) -> bytes:
    """The prompt's file from what the network gave. Raises ValueError when that is no sound."""
    from ops.prompts import sound

    soundfile = _library("soundfile")
    try:
        samples, rate = soundfile.read(io.BytesIO(mp3), dtype="float32", always_2d=True)
        return sound.telephone_prompt(samples.mean(axis=1), rate)
    except (soundfile.LibsndfileError, sound.NotSound) as error:
        raise ValueError(f"the answer is no sound: {error}") from error


def ask_google() -> Ask:
    """The real network."""
    gtts = _library("gtts")

    def ask(text: str, language: str) -> bytes:
        out = io.BytesIO()
        try:
            gtts.gTTS(text=text, lang=language, timeout=SECONDS).write_to_fp(out)
        except gtts.gTTSError as error:
            raise OSError(str(error)) from error
        return out.getvalue()

    return ask


def _library(name: str) -> Any:
    """A library of the `speech` extra. Raises `speech-not-installed`."""
    import importlib

    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise CentreError(
            "speech-not-installed",
            f"The online voice needs {name}, which belongs to the extra `speech`.",
            "Install it with: uv sync --extra speech",
            Fault.CONFIGURATION,
        ) from error
