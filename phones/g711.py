"""G.711 A-law and mu-law with tables (ITU-T G.711), without the `audioop` that Python 3.13 lost. No I/O.

Linear samples are 16 bit. One table look-up a sample, done by `bytes.translate`-like C loops, keeps 40
calls cheap.
"""

import functools
from collections.abc import Callable, Iterable

from phones.sdp import PCMA, PCMU

MU_BIAS = 33
MU_CLIP = 8158


def alaw_byte(sample: int) -> int:
    """One sample to A-law (table 1a of G.711: 13 significant bits, even bits inverted)."""
    sign = 0x80 if sample >= 0 else 0
    magnitude = (sample if sample >= 0 else ~sample) >> 4
    segment = max(0, magnitude.bit_length() - 4)
    mantissa = magnitude >> (segment - 1) if segment > 1 else magnitude
    return (sign | segment << 4 | mantissa & 0x0F) ^ 0x55


def alaw_sample(byte: int) -> int:
    byte ^= 0x55
    segment, mantissa = (byte & 0x70) >> 4, byte & 0x0F
    magnitude = mantissa << 4 | 8
    if segment:
        magnitude = (magnitude | 0x100) << (segment - 1)
    return magnitude if byte & 0x80 else -magnitude


def ulaw_byte(sample: int) -> int:
    """One sample to mu-law (table 2a of G.711: 14 significant bits, all bits inverted)."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample >> 2), MU_CLIP) + MU_BIAS
    segment = magnitude.bit_length() - 6
    return ~(sign | segment << 4 | (magnitude >> (segment + 1)) & 0x0F) & 0xFF


def ulaw_sample(byte: int) -> int:
    byte = ~byte & 0xFF
    magnitude = (((byte & 0x0F) << 1 | MU_BIAS) << ((byte & 0x70) >> 4)) - MU_BIAS
    return -magnitude << 2 if byte & 0x80 else magnitude << 2


DECODED = {
    PCMA: tuple(alaw_sample(byte) for byte in range(256)),
    PCMU: tuple(ulaw_sample(byte) for byte in range(256)),
}
SQUARES = {codec: tuple(sample * sample for sample in table) for codec, table in DECODED.items()}
SILENCE = {PCMA: bytes([alaw_byte(0)]) * 160, PCMU: bytes([ulaw_byte(0)]) * 160}
"""20 ms of nothing."""

_BYTE_OF: dict[int, Callable[[int], int]] = {PCMA: alaw_byte, PCMU: ulaw_byte}


@functools.cache
def _encoder(codec: int) -> bytes:
    # Index sample >> 2: the two lowest bits of 16 matter to neither law.
    return bytes(_BYTE_OF[codec](index << 2) for index in range(-8192, 8192))


def encode(samples: Iterable[int], codec: int) -> bytes:
    """16-bit samples to G.711; what is too loud is clipped."""
    table = _encoder(codec)
    return bytes(table[(max(-32768, min(32767, sample)) >> 2) + 8192] for sample in samples)


def decode(payload: bytes, codec: int) -> list[int]:
    return list(map(DECODED[codec].__getitem__, payload))


def mean_square(payload: bytes, codec: int) -> float:
    """Mean of the squared samples, straight from the coded bytes; 0.0 for nothing."""
    return sum(map(SQUARES[codec].__getitem__, payload)) / len(payload) if payload else 0.0
