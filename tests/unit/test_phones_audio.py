"""G.711, RTP, telephone events and tones."""

import itertools
import random
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phones import g711, rtp, sources, tones
from phones.sdp import PCMA, PCMU

LAWS = pytest.mark.parametrize("codec", [PCMA, PCMU], ids=["A-law", "mu-law"])


@LAWS
def test_every_code_decodes_to_a_sample_that_encodes_to_it(codec: int) -> None:
    again = g711.encode(g711.DECODED[codec], codec)
    # mu-law has two zeros; the negative one becomes the positive.
    assert [b for b in range(256) if again[b] != b] == ([0x7F] if codec == PCMU else [])


@LAWS
@given(sample=st.integers(-40_000, 40_000))
def test_a_sample_survives_with_the_precision_of_its_segment(codec: int, sample: int) -> None:
    [decoded] = g711.decode(g711.encode([sample], codec), codec)
    clipped = max(-32_768, min(32_767, sample))
    # Half a step of the segment. mu-law: a segment begins at 32 x 2^s with its bias of 132, and the two lowest bits
    # (at most 3) are cut before; A-law: a sixteenth part of the smallest value of a segment at most.
    half_step = (abs(clipped) + 135) / 32 + 3 if codec == PCMU else max(16, abs(clipped) / 24)
    assert abs(decoded - clipped) <= max(half_step, 644 * (abs(clipped) > 32_000))


def test_mu_law_at_the_edge_of_a_segment() -> None:
    assert g711.decode(g711.encode([-377], PCMU), PCMU) == [-396]


def test_the_tables_agree_with_the_standard_library_where_it_still_has_them() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        audioop = pytest.importorskip("audioop")
    for sample in range(-32_768, 32_768, 7):
        raw = sample.to_bytes(2, "little", signed=True)
        assert audioop.lin2alaw(raw, 2)[0] == g711.alaw_byte(sample)
        assert audioop.lin2ulaw(raw, 2)[0] == g711.ulaw_byte(sample)


@LAWS
def test_each_party_is_recognised_and_no_other(codec: int) -> None:
    for name, frequency in tones.PARTY_TONES.items():
        audio = b"".join(tones.tone_frames(frequency, codec))
        for start in (0, 37, 399, 3000):
            window = tones.detect(audio[start : start + 1600], codec)
            assert window.tones == {frequency}, name
            assert -12.2 < window.dbfs < -11.8


@LAWS
def test_two_parties_at_once_are_both_heard(codec: int) -> None:
    for one, other in itertools.pairwise(tones.PARTY_TONES.values()):
        mixed = map(sum, zip(tones.sine(one, 0.2), tones.sine(other, 0.2, -18), strict=True))
        assert tones.detect(g711.encode(mixed, codec), codec).tones == {one, other}


def test_silence_and_noise_are_nobody() -> None:
    assert tones.detect(g711.SILENCE[PCMA] * 10, PCMA).tones == frozenset()
    assert tones.detect(b"", PCMA) == tones.Window(tones.NOTHING_DBFS, frozenset())
    noise = random.Random(1)
    wrong = 0
    for _ in range(40):
        windows = [
            tones.detect(g711.encode((noise.randint(-9000, 9000) for _ in range(1600)), PCMA), PCMA)
            for _ in range(5)
        ]
        wrong += len(tones.summarise(0.0, 50, windows).tones)
    assert wrong <= 2


def test_one_window_with_a_tone_is_not_yet_a_second_with_a_party() -> None:
    tone, quiet = tones.Window(-12, frozenset({600})), tones.Window(-99, frozenset())
    assert tones.summarise(1.0, 50, [tone, *[quiet] * 4]).tones == frozenset()
    second = tones.summarise(1.0, 50, [tone, tone, *[quiet] * 3])
    assert second.tones == {600}
    assert second.audible


@given(
    st.builds(
        rtp.Packet, st.integers(0, 127), st.integers(0, 0xFFFF), st.integers(0, 2**32 - 1),
        st.integers(0, 2**32 - 1), st.binary(max_size=200), st.booleans(),
    )
)  # fmt: skip
def test_a_packet_comes_back_as_it_went(packet: rtp.Packet) -> None:
    assert rtp.parse(packet.to_bytes()) == packet


@given(st.binary(max_size=80))
def test_any_bytes_are_a_packet_or_a_value_error(data: bytes) -> None:
    try:
        rtp.parse_event(rtp.parse(data).payload)
    except ValueError:
        return


def test_sources_extension_and_padding_are_taken_off() -> None:
    header = bytes([0x80 | 0x20 | 0x10 | 2, 8]) + bytes(10)
    packet = header + bytes(8) + b"\xbe\xde\x00\x01" + bytes(4) + b"voice" + b"\0\0\3"
    assert rtp.parse(packet).payload == b"voice"


def test_a_key_is_five_ticks_with_a_triple_end() -> None:
    ticks = list(rtp.key_frames("9", 100))
    assert [tick.event.duration for tick in ticks] == [160, 320, 480, 640, 800]
    assert [tick.first for tick in ticks] == [True, False, False, False, False]
    assert [(tick.event.end, tick.copies) for tick in ticks][-2:] == [(False, 1), (True, 3)]
    with pytest.raises(ValueError, match="no telephone key"):
        list(rtp.key_frames("x"))


def _press(key: str, timestamp: int) -> list[rtp.Packet]:
    return [
        rtp.Packet(101, 0, timestamp, 1, tick.event.to_bytes())
        for tick in rtp.key_frames(key)
        for _ in range(tick.copies)
    ]


@pytest.mark.parametrize("lost", [set(), {0}, {4, 5, 6}, {0, 1, 2, 3, 5, 6}], ids=str)
def test_a_key_counts_once_whatever_packets_are_lost(lost: set[int]) -> None:
    reader = rtp.KeyReader()
    packets = [p for i, p in enumerate(_press("9", 1000)) if i not in lost]
    packets += [p for i, p in enumerate(_press("9", 3000)) if i not in lost]
    keys = [key for packet in packets if (key := reader.receive(packet))]
    assert keys == ["9", "9"]


def test_a_recording_is_spoken_once_and_then_the_tone(tmp_path: Path) -> None:
    path = tmp_path / "greeting.wav"
    sources.write_wav(path, g711.encode(tones.sine(740, 0.05), PCMA), PCMA)
    once, looped = sources.Source(tone=900, recording=path).frames(PCMA)
    assert (len(once), len(looped)) == (3, 50)
    assert sources.Source(recording=path, repeat=True).frames(PCMA)[0] == ()
    assert len(sources.read_wav(path)) == 400


def test_a_wav_of_another_kind_is_refused_with_what_was_found(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(b"RIFFnonsense")
    with pytest.raises(ValueError, match="no WAV file"):
        sources.read_wav(path)
