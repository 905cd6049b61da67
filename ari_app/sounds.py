"""How long a prompt is: from the size of its file."""

from pathlib import Path

HEADER_BYTES, BYTES_A_SECOND = 44, 16_000
"""Of the renderer's files: plain WAV, 8 kHz, mono, 16 bit."""
UNKNOWN_SECONDS = 5.0


class Sounds:
    """The prompts below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def seconds(self, language: str, prompts: tuple[str, ...]) -> float:
        """All together; a file that is not there counts five seconds: better too long a lease than too short."""
        return sum(self._one(language, prompt) for prompt in prompts)

    def _one(self, language: str, prompt: str) -> float:
        try:
            size = (self._folder / language / f"{prompt}.wav").stat().st_size
        except OSError:
            return UNKNOWN_SECONDS
        return max(0.0, (size - HEADER_BYTES) / BYTES_A_SECOND)
