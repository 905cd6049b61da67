"""RTP packets and telephone events as values (RFC 3550 section 5.1, RFC 4733 section 2). No I/O."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

FRAME = 160  # samples in 20 ms
EVENT_GAP_FRAMES = 5  # 100 ms of audio between two keys
EVENT_CODES = {digit: code for code, digit in enumerate("0123456789*#ABCD")}
EVENT_DIGITS = {code: digit for digit, code in EVENT_CODES.items()}
_HEADER = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")


@dataclass(frozen=True, slots=True)
class Packet:
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False

    def to_bytes(self) -> bytes:
        header = _HEADER.pack(
            0x80, self.marker << 7 | self.payload_type, self.sequence, self.timestamp, self.ssrc
        )
        return header + self.payload


def parse(data: bytes) -> Packet:
    """Takes CSRCs, extension and padding off; `ValueError` for anything that is not RTP version 2."""
    if len(data) < 12 or data[0] >> 6 != 2:
        raise ValueError("not an RTP packet")
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    start, end = 12 + 4 * (first & 0x0F), len(data)
    if first & 0x10:
        if end < start + 4:
            raise ValueError("an RTP header extension that is cut off")
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    if first & 0x20:
        end -= data[-1]
    if start > end:
        raise ValueError("an RTP packet shorter than its own header says")
    return Packet(second & 0x7F, sequence, timestamp, ssrc, data[start:end], bool(second & 0x80))


@dataclass(frozen=True, slots=True)
class Event:
    """The payload of a telephone-event packet (RFC 4733 section 2.3)."""

    digit: str
    end: bool
    duration: int  # timestamp units since the key went down
    volume: int = 10  # dBm0 below zero

    def to_bytes(self) -> bytes:
        return _EVENT.pack(EVENT_CODES[self.digit], self.end << 7 | self.volume, self.duration)


def parse_event(payload: bytes) -> Event:
    if len(payload) < 4:
        raise ValueError("a telephone-event shorter than four bytes")
    code, flags, duration = _EVENT.unpack_from(payload)
    if code not in EVENT_DIGITS:
        raise ValueError(f"telephone-event {code} is no key")
    return Event(EVENT_DIGITS[code], bool(flags & 0x80), duration, flags & 0x3F)


@dataclass(frozen=True, slots=True)
class EventFrame:
    """What one 20 ms tick sends while a key is down. All packets of a key carry the timestamp of its
    beginning."""

    event: Event
    first: bool  # carries the marker bit (section 2.5.1.1)
    copies: int  # the end is sent three times (section 2.5.1.4)


def key_frames(digit: str, milliseconds: int = 100) -> Iterator[EventFrame]:
    """The ticks of one key press."""
    if digit not in EVENT_CODES:
        raise ValueError(f"no telephone key {digit!r}")
    ticks = max(2, milliseconds // 20)
    for tick in range(1, ticks + 1):
        last = tick == ticks
        yield EventFrame(Event(digit, last, tick * FRAME), tick == 1, 3 if last else 1)


class KeyReader:
    """Telephone-event packets in, each pressed key out once.

    A key counts as soon as its first packet is seen, so a lost beginning or end does not lose it; its packets
    share a timestamp (section 2.1), which tells a repeated packet from a repeated key.
    """

    def __init__(self) -> None:
        self._last: tuple[int, int, str] | None = None

    def receive(self, packet: Packet) -> str | None:
        digit = parse_event(packet.payload).digit
        press = (packet.ssrc, packet.timestamp, digit)
        if press == self._last:
            return None
        self._last = press
        return digit
