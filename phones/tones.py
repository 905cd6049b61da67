"""Who is heard: every test party has its own tone, and a detector says which of them are in a piece of audio.

Pure: samples in, values out. The detector is Goertzel's question ("how much of this frequency?") asked as a
correlation with tables under a Hann window, 50 ms long: 20 Hz apart bins, so that parties 140 Hz apart
never leak into each other and music or speech seldom looks like one of them.
"""

import functools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import mul

from phones import g711

RATE = 8000
WINDOW = 400  # samples looked at for tones: 50 ms
FULL_SCALE = 32_768.0
TONE_SHARE = 0.04  # of the window's energy; G.711's own distortion of another party's tone stays below 0.01
SPEECH_DBFS = -45.0  # above: somebody or something is audible
NOTHING_DBFS = -99.0

CITIZEN = 600
PARTNER = 740
AGENTS = tuple(900 + 140 * index for index in range(12))
SUPERVISOR = 2580
DEPARTMENT = 2720
PARTY_TONES: dict[str, int] = {
    "citizen": CITIZEN,
    "partner": PARTNER,
    **{f"agent-{index + 1}": frequency for index, frequency in enumerate(AGENTS)},
    "supervisor": SUPERVISOR,
    "department": DEPARTMENT,
}
"""Sixteen frequencies, none near the harmonic of a louder one; all far enough from each other and from
440/480 Hz."""


def party(frequency: int) -> str:
    """The name of whose tone this is; `"1234 Hz"` when it is nobody's."""
    return next((name for name, tone in PARTY_TONES.items() if tone == frequency), f"{frequency} Hz")


def sine(frequency: float, seconds: float, dbfs: float = -12.0) -> list[int]:
    """A sine of the given level; 0 dBFS is a sine that just does not clip."""
    amplitude = (FULL_SCALE - 1) * 10 ** (dbfs / 20)
    step = 2 * math.pi * frequency / RATE
    return [round(amplitude * math.sin(step * index)) for index in range(round(seconds * RATE))]


@functools.lru_cache(maxsize=64)
def tone_frames(frequency: int, codec: int) -> tuple[bytes, ...]:
    """One second of a whole-Hertz tone as 50 ready frames of 20 ms; they loop without a click."""
    return frames(g711.encode(sine(frequency, 1.0), codec), codec)


def frames(payload: bytes, codec: int) -> tuple[bytes, ...]:
    """Coded audio cut into 20 ms; the last frame is filled up with silence."""
    silence = g711.SILENCE[codec]
    rest = -len(payload) % len(silence)
    padded = payload + silence[:rest]
    return tuple(padded[start : start + len(silence)] for start in range(0, len(padded), len(silence)))


def dbfs(mean_square: float) -> float:
    """Level against a full-scale sine, so that `sine(..., dbfs=-12)` measures as -12."""
    if mean_square <= 0:
        return NOTHING_DBFS
    return max(NOTHING_DBFS, 10 * math.log10(2 * mean_square / FULL_SCALE**2))


@functools.cache
def _tables(frequency: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    step = 2 * math.pi * frequency / RATE
    hann = [0.5 - 0.5 * math.cos(2 * math.pi * index / WINDOW) for index in range(WINDOW)]
    cosine = tuple(weight * math.cos(step * index) for index, weight in enumerate(hann))
    return cosine, tuple(weight * math.sin(step * index) for index, weight in enumerate(hann))


def tone_power(samples: Sequence[int], frequency: int) -> float:
    """Mean square of the sine of this frequency in the first WINDOW samples."""
    cosine, sine_ = _tables(frequency)
    real, imaginary = sum(map(mul, samples, cosine)), sum(map(mul, samples, sine_))
    # The Hann window halves the amplitude; a sine of amplitude A correlates to A * WINDOW / 4.
    amplitude = 4 * math.hypot(real, imaginary) / WINDOW
    return amplitude * amplitude / 2


@dataclass(frozen=True, slots=True)
class Window:
    """What one short window held."""

    dbfs: float
    tones: frozenset[int]


def detect(payload: bytes, codec: int, known: Iterable[int] = tuple(PARTY_TONES.values())) -> Window:
    """Level and known tones of coded audio; tones are looked for in its last 50 ms."""
    level = dbfs(g711.mean_square(payload, codec))
    last = payload[-WINDOW:]
    energy = g711.mean_square(last, codec)
    if len(last) < WINDOW or dbfs(energy) < SPEECH_DBFS:
        return Window(level, frozenset())
    samples = g711.decode(last, codec)
    heard, rest = set(), energy
    for tone in known:
        power = tone_power(samples, tone)
        if power > TONE_SHARE * energy:
            heard.add(tone)
            rest -= power
            if rest < TONE_SHARE * energy:  # nothing is left for anybody else: saves most of the work
                break
    return Window(level, frozenset(heard))


@dataclass(frozen=True, slots=True)
class Second:
    """One second of what was received: the line of a call's hearing log."""

    at: float  # monotonic time of the second's end
    packets: int
    dbfs: float
    tones: frozenset[
        int
    ]  # in at least two windows of the second: a chance note of music is rarely that steady

    @property
    def audible(self) -> bool:
        return self.dbfs > SPEECH_DBFS


def summarise(at: float, packets: int, windows: Sequence[Window]) -> Second:
    """The windows of one second as one line."""
    counts: dict[int, int] = {}
    for window in windows:
        for tone in window.tones:
            counts[tone] = counts.get(tone, 0) + 1
    powers = [10 ** (window.dbfs / 10) for window in windows if window.dbfs > NOTHING_DBFS]
    level = 10 * math.log10(sum(powers) / len(windows)) if powers else NOTHING_DBFS
    return Second(at, packets, level, frozenset(tone for tone, count in counts.items() if count >= 2))
