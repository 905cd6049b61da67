"""What a phone says: a tone of its own, a recording, or nothing; as ready frames, so that 40 calls cost
little."""

import functools
import wave
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from phones import g711, tones


@dataclass(frozen=True, slots=True)
class Source:
    """A recording first (if any), then the tone for ever; with `repeat` the recording again and again."""

    tone: int | None = None
    recording: Path | None = None
    repeat: bool = False

    def frames(self, codec: int) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        """(played once, then looped); every frame is 20 ms."""
        silence = (g711.SILENCE[codec],)
        loop = silence if self.tone is None else tones.tone_frames(self.tone, codec)
        if self.recording is None:
            return (), loop
        spoken = _recording_frames(self.recording, codec)
        return ((), spoken) if self.repeat else (spoken, loop)


SILENT = Source()


@functools.lru_cache(maxsize=32)
def _recording_frames(path: Path, codec: int) -> tuple[bytes, ...]:
    return tones.frames(g711.encode(read_wav(path), codec), codec) or (g711.SILENCE[codec],)


def read_wav(path: Path) -> list[int]:
    """Samples of an 8 kHz mono 16-bit WAV; `ValueError` for any other kind."""
    try:
        with wave.open(str(path), "rb") as file:
            kind = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            if kind != (1, 2, tones.RATE):
                raise ValueError(f"{path} has (channels, bytes, rate) {kind}; a phone speaks (1, 2, 8000)")
            raw = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise ValueError(f"{path} is no WAV file: {error}") from error
    return [int.from_bytes(raw[i : i + 2], "little", signed=True) for i in range(0, len(raw) - 1, 2)]


def write_wav(path: Path, payload: bytes, codec: int) -> None:
    """Coded audio to an 8 kHz mono 16-bit WAV."""
    table = tuple(sample.to_bytes(2, "little", signed=True) for sample in g711.DECODED[codec])
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(tones.RATE)
        file.writeframes(bytes(chain.from_iterable(map(table.__getitem__, payload))))
