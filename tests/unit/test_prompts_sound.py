"""Sound in, telephone prompts out."""

import io
import math
import struct
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.prompts import sound


def tone(frequency: float, rate: int, seconds: float = 1.0, loudness: float = 0.1) -> np.ndarray:
    return (loudness * np.sin(2 * np.pi * frequency * np.arange(int(rate * seconds)) / rate)).astype(
        np.float32
    )


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt((samples**2).mean()))


def wav_of(samples: np.ndarray, rate: int, width: int, channels: int, extensible: bool = False) -> bytes:
    """A WAV file as recorders write them."""
    scaled = np.repeat(samples, channels)
    if width == 1:
        body = (scaled * 127 + 128).astype(np.uint8).tobytes()
    else:
        whole = (scaled * (2 ** (8 * width - 1) - 1)).astype(np.int64)
        body = b"".join(int(value).to_bytes(width, "little", signed=True) for value in whole)
    shape = (channels, rate, rate * channels * width, channels * width, width * 8)
    head = struct.pack("<HHIIHH", 0xFFFE if extensible else 1, *shape)
    head += struct.pack("<HHIH14x", 22, width * 8, 0, 1) if extensible else b""
    chunks = b"fmt " + struct.pack("<I", len(head)) + head + b"LIST" + struct.pack("<I", 3) + b"abc\0"
    chunks += b"data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


@pytest.mark.parametrize("rate", sound.KNOWN_RATES)
def test_a_tone_keeps_its_pitch_length_and_loudness(rate: int) -> None:
    out = sound.at_telephone_rate(tone(1000, rate), rate)
    assert len(out) == 8000
    middle = out[1000:7000]
    assert np.abs(np.fft.rfft(middle * np.hanning(6000))).argmax() == 750  # 1,000 Hz in bins of 8000/6000
    assert rms(middle) == pytest.approx(0.1 / math.sqrt(2), rel=0.02)


@pytest.mark.parametrize("frequency", [4800, 5200, 7000, 10_000])
def test_what_a_telephone_cannot_carry_does_not_come_back_as_something_else(frequency: int) -> None:
    out = sound.at_telephone_rate(tone(frequency, 22050), 22050)
    assert 20 * math.log10(rms(out[200:-200]) / rms(tone(frequency, 22050))) < -50


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("extensible", [False, True])
def test_recorders_files_are_read(width: int, channels: int, extensible: bool) -> None:
    written = tone(440, 16000, 0.1, 0.5)
    samples, rate = sound.read_wav(wav_of(written, 16000, width, channels, extensible))
    assert rate == 16000
    assert np.abs(samples - written).max() < 0.02


def test_a_prompt_is_a_plain_telephone_file_evenly_loud_without_long_pauses() -> None:
    quiet = np.concatenate((np.zeros(22050), tone(500, 22050, 1.0, 0.01), np.zeros(44100))).astype(np.float32)
    data = sound.telephone_prompt(quiet, 22050)
    assert struct.unpack_from("<HHIIHH", data, 20) == (1, 1, 8000, 16000, 2, 16)
    with wave.open(io.BytesIO(data)) as file:
        assert 1.0 < file.getnframes() / 8000 < 1.3
        samples = np.frombuffer(file.readframes(10**6), "<i2") / 32768
    assert 20 * math.log10(rms(samples[1000:7000])) == pytest.approx(-20, abs=0.5)


@pytest.mark.parametrize(
    ("samples", "rate", "why"),
    [(np.zeros(22050), 22050, "nothing is to be heard"), (np.zeros(0), 22050, "nothing is to be heard"),
     (tone(500, 8000, 0.02), 8000, "nothing is to be heard"), (tone(500, 44101), 44101, "rate is 44101")],
)  # fmt: skip
def test_silence_is_no_prompt(samples: np.ndarray, rate: int, why: str) -> None:
    with pytest.raises(sound.NotSound, match=why):
        sound.telephone_prompt(samples.astype(np.float32), rate)


@given(st.binary(max_size=80), st.booleans())
def test_no_bytes_break_the_reader(data: bytes, like_wav: bool) -> None:
    try:
        sound.read_wav(b"RIFF\0\0\0\0WAVE" + data if like_wav else data)
    except sound.NotSound:
        return


def test_the_last_resort_is_to_be_heard() -> None:
    samples, rate = sound.read_wav(sound.signal_tone())
    assert rate == 8000
    assert rms(samples) > 0.05


def test_a_stream_is_cut_at_long_silence_only() -> None:
    a, b = tone(500, 8000, 0.5), tone(700, 8000, 0.5)
    short, long = np.zeros(4000, np.float32), np.zeros(16000, np.float32)
    pieces = sound.cut_at_silence(np.concatenate((a, short, b, long, b, long)), 8000, 1.5)
    assert [round(len(piece) / 8000, 1) for piece, _ in pieces] == [1.5, 0.5]
