"""Sound as numbers: read a WAV, bring it to 8 kHz, trim, level, write it as Asterisk plays it.

Resampling is one matrix: every 441 input samples of espeak-ng's 22,050 Hz become 160 output samples, each a
windowed-sinc sum over its surroundings, so a whole prompt is one matrix product.
"""

import functools
import io
import math
import struct
import wave
from typing import Any

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]  # mono, full scale is 1

RATE = 8000
KNOWN_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 96000)
LOUDNESS_DBFS = -20.0  # RMS of what is not pause
PEAK = 0.9
SHORTEST_SECONDS = 0.1
SILENT_DBFS = -60.0
_FRAME = RATE // 100
_LEAD, _TAIL = _FRAME * 2, _FRAME * 10  # silence put before and after
_BLOCKS_AT_ONCE = (
    3  # larger products make OpenBLAS wake its threads, which costs ten times what they save here
)
_TAPS = 20  # output samples to each side that the filter looks at


class NotSound(Exception):
    """These bytes are no sound we can play; says why."""


def read_wav(data: bytes) -> tuple[Samples, int]:
    """Mono samples and rate of a PCM WAV, EXTENSIBLE or not. A length that no file has (a stream's) means: to the end."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise NotSound("it is no WAV file")
    place, shape = 12, None
    while place + 8 <= len(data):
        name, size = data[place : place + 4], struct.unpack_from("<I", data, place + 4)[0]
        body = data[place + 8 : place + 8 + size]
        if name == b"fmt " and len(body) >= 16:
            tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
            tag = struct.unpack_from("<H", body, 24)[0] if tag == 0xFFFE and len(body) >= 26 else tag
            if tag != 1 or bits not in (8, 16, 24, 32) or not 1 <= channels <= 8:
                raise NotSound(f"it is not plain PCM (format {tag}, {bits} bits, {channels} channels)")
            shape = (channels, rate, bits // 8)
        elif name == b"data" and shape:
            channels, rate, width = shape
            whole = body[: len(body) - len(body) % (width * channels)]
            return _samples(whole, width).reshape(-1, channels).mean(axis=1, dtype=np.float32), rate
        place += 8 + size + size % 2
    raise NotSound("it has no sound in it")


def _samples(data: bytes, width: int) -> Samples:
    if width == 1:
        return ((np.frombuffer(data, np.uint8).astype(np.float32) - 128) / 128).astype(np.float32)
    if width == 3:
        wide = np.zeros((len(data) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        data, width = wide.tobytes(), 4
    whole = np.frombuffer(data, f"<i{width}").astype(np.float32)
    return (whole / np.float32(2 ** (8 * width - 1))).astype(np.float32)


@functools.cache
def _resampler(rate: int) -> tuple[npt.NDArray[np.float32], int, int]:
    """The matrix, how many input samples a block advances, and how many it looks at to each side."""
    common = math.gcd(rate, RATE)
    blocks = -(-160 * common // RATE)  # at least 160 output samples a product
    made, used = RATE // common * blocks, rate // common * blocks
    cutoff = 0.45 * min(rate, RATE) / rate * 2  # of the input's half rate
    reach = math.ceil(_TAPS * max(rate, RATE) / RATE)
    away = np.arange(-reach, used + reach)[None, :] - (np.arange(made) * rate / RATE)[:, None]
    window = np.where(np.abs(away) <= reach, 0.5 + 0.5 * np.cos(np.pi * away / reach), 0.0)
    matrix = np.sinc(cutoff * away) * window
    return (matrix / matrix.sum(axis=1, keepdims=True)).astype(np.float32), used, reach


def at_telephone_rate(samples: Samples, rate: int) -> Samples:
    """8,000 samples a second. Raises NotSound for a rate nobody records with."""
    if rate not in KNOWN_RATES:
        raise NotSound(f"its rate is {rate} Hz; use one of {', '.join(map(str, KNOWN_RATES))}")
    if rate == RATE or not len(samples):
        return samples
    matrix, used, reach = _resampler(rate)
    blocks = -(-len(samples) // used)
    padded = np.zeros(blocks * used + 2 * reach, np.float32)
    padded[reach : reach + len(samples)] = samples
    windows = np.lib.stride_tricks.sliding_window_view(padded, used + 2 * reach)[::used]
    few = range(0, blocks, _BLOCKS_AT_ONCE)
    resampled: Samples = np.concatenate(
        [windows[at : at + _BLOCKS_AT_ONCE] @ matrix.T for at in few]
    ).reshape(-1)
    return resampled[: round(len(samples) * RATE / rate)]


def cut_at_silence(samples: Samples, rate: int, seconds: float) -> list[tuple[Samples, int]]:
    """The pieces between exact zeros that last at least so long."""
    edges = np.diff(np.concatenate(([0], (samples == 0).astype(np.int8), [0])))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    breaks = [(int(a), int(b)) for a, b in zip(starts, ends, strict=True) if b - a >= seconds * rate]
    places = [0, *(place for pair in breaks for place in pair), len(samples)]
    pieces = [samples[a:b] for a, b in zip(places[::2], places[1::2], strict=True)]
    return [(piece, rate) for piece in pieces if len(piece) and np.any(piece)]


def _frame_levels(samples: Samples) -> Samples:
    frames = samples[: len(samples) - len(samples) % _FRAME].reshape(-1, _FRAME)
    levels: Samples = np.sqrt((frames**2).mean(axis=1, dtype=np.float32))
    return levels


def telephone_prompt(samples: Samples, rate: int) -> bytes:
    """The WAV file of a prompt: pauses at its ends cut, all equally loud. Raises NotSound when nothing is to be heard."""
    sound = at_telephone_rate(samples, rate)
    levels = _frame_levels(sound)
    if len(levels) * _FRAME < SHORTEST_SECONDS * RATE or levels.max() < 10 ** (SILENT_DBFS / 20):
        raise NotSound("nothing is to be heard in it")
    audible = np.flatnonzero(levels > levels.max() * 0.02)
    sound = sound[max(0, audible[0] - 2) * _FRAME : (audible[-1] + 3) * _FRAME]
    loud = levels[levels > levels.max() * 0.1]
    gain = 10 ** (LOUDNESS_DBFS / 20) / float(np.sqrt((loud**2).mean()))
    sound = sound * min(gain, PEAK / float(np.abs(sound).max()))
    return wav(np.concatenate((np.zeros(_LEAD), sound, np.zeros(_TAIL))))


def wav(samples: npt.NDArray[Any]) -> bytes:
    """8 kHz mono 16-bit PCM with the plain header: Asterisk refuses EXTENSIBLE."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return out.getvalue()


def signal_tone() -> bytes:
    """Two soft beeps: the last resort where no voice can be had. Not silence."""
    time = np.arange(int(0.25 * RATE)) / RATE
    beep = 0.2 * np.sin(2 * np.pi * 440 * time) * np.sin(np.pi * time / time[-1])
    return wav(np.concatenate((beep, np.zeros(RATE // 10), beep)))
