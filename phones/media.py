"""The audio of a call: RTP out at 20 ms by one shared clock, RTP in to a hearing log (RFC 3550, RFC 4733).

The edge: it owns the socket and asks `rtp`, `g711` and `tones` what things mean. All calls of a process are
served by one ticker, whose ticks follow the monotonic clock and never drift: a late tick is made good by
the next.
"""

import asyncio
import random
import secrets
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence

from phones import g711, rtp, tones
from phones.sources import Source
from phones.transport import Address

TICK = 0.02
LATE_TICKS = 10  # more than this behind: the time is lost, go on from now
WINDOW_TICKS = 10  # look at what was heard five times a second
WINDOWS = 5
RECORD_LIMIT = 3600 * tones.RATE
GAP_LIMIT = 30 * tones.RATE


class Ticker:
    """Calls every stream each 20 ms; runs only while there are streams."""

    def __init__(self) -> None:
        self._streams: set[MediaStream] = set()
        self._next = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    def of_this_loop(cls) -> "Ticker":
        return _tickers.setdefault(asyncio.get_running_loop(), cls())

    def add(self, stream: "MediaStream") -> None:
        self._streams.add(stream)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._next = loop.time() + TICK
            self._timer = loop.call_at(self._next, self._tick)

    def remove(self, stream: "MediaStream") -> None:
        self._streams.discard(stream)
        if not self._streams and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        due = 1 + int((loop.time() - self._next) / TICK)
        self._next += due * TICK
        self._timer = loop.call_at(self._next, self._tick)
        lost = due if due > LATE_TICKS else 0
        for stream in tuple(self._streams):
            stream.skip(lost)
            for _ in range(due - lost or 1):
                stream.tick()


_tickers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Ticker] = weakref.WeakKeyDictionary()


class MediaStream(asyncio.DatagramProtocol):
    """One RTP socket. Sends `source`, or silence until told; hears always."""

    def __init__(self, source: Source, known_tones: Sequence[int], on_change: Callable[[], None]) -> None:
        self.source = source
        self.seconds: list[tones.Second] = []
        self.windows: deque[tuple[float, tones.Window]] = deque(maxlen=WINDOWS * 10)
        self.keys = ""  # what the other side pressed
        self.packets_received = self.packets_sent = 0
        self.sending = True  # False while held
        self.muted = False  # sends silence: we hold them, and a stream that stops looks like a lost party
        self.recording: bytearray | None = None
        self.address: Address = ("", 0)
        self._known_tones = tuple(known_tones)
        self._on_change = on_change
        self._socket: asyncio.DatagramTransport | None = None
        self._remote: Address | None = None
        self.codec, self._events = 8, 101
        self._once: tuple[bytes, ...] = ()
        self._loop_frames: tuple[bytes, ...] = ()
        self._frame = self._ticks = 0
        self._ssrc = secrets.randbits(32)
        self._sequence, self._timestamp = secrets.randbits(15), secrets.randbits(31)
        self._marker = True
        self._keys_out: deque[rtp.EventFrame | None] = deque()  # None: a tick of ordinary audio between keys
        self._key_timestamp = 0
        self._key_reader = rtp.KeyReader()
        self._pending = bytearray()
        self._second_packets = 0
        self._recorded_from: tuple[int, int] | None = None

    async def open(self, host: str, ports: tuple[int, int] | None) -> None:
        """Binds a free even port (RFC 3550 section 11), of the range when one is given."""
        loop = asyncio.get_running_loop()
        evens = list(range(ports[0] + ports[0] % 2, ports[1] + 1, 2)) if ports else [0] * 64
        random.shuffle(evens)
        for port in evens:
            try:
                made, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, port))
            except OSError:
                continue
            self.address = made.get_extra_info("sockname")[:2]
            if self.address[1] % 2 == 0:
                self._socket = made
                return
            made.close()
        raise OSError(f"no free even RTP port on {host} in {ports or 'any'}")

    def start(self, remote: Address, codec: int, events: int | None) -> None:
        """From now on audio flows; again after a re-INVITE."""
        if codec != self.codec or not self._loop_frames:
            self.codec = codec
            self.say(self.source)
        self._remote, self._events = remote, events or 0
        Ticker.of_this_loop().add(self)

    def say(self, source: Source) -> None:
        """Changes what is sent, from its beginning."""
        self.source, self._frame = source, 0
        self._once, self._loop_frames = source.frames(self.codec)

    def press(self, keys: str) -> None:
        """Queues telephone keys; audio pauses for each."""
        frames: list[rtp.EventFrame | None] = []
        for key in keys:
            frames += [*rtp.key_frames(key), *[None] * rtp.EVENT_GAP_FRAMES]
        self._keys_out.extend(frames)

    @property
    def pressing(self) -> bool:
        return bool(self._keys_out)

    def close(self) -> None:
        if self._socket is not None and self._ticks % (WINDOW_TICKS * WINDOWS) >= WINDOW_TICKS:
            self._close_second(time.monotonic(), self._ticks // WINDOW_TICKS % WINDOWS)
        Ticker.of_this_loop().remove(self)
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    # --- out ------------------------------------------------------------------------------------------
    def skip(self, ticks: int) -> None:
        """Time that was lost: the receiver must see it in the timestamps (RFC 3550 section 5.1)."""
        self._timestamp += ticks * rtp.FRAME
        self._frame += ticks

    def tick(self) -> None:
        self._ticks += 1
        if self._ticks % WINDOW_TICKS == 0:
            self._listen()
        key = None
        if self._keys_out:
            key = self._keys_out.popleft()
            if not self._keys_out:
                self._on_change()
        if key is not None and self._events:
            self._send_key(key)
        elif self.sending:
            self._send(self.codec, self._next_frame(), self._timestamp, self._marker)
            self._marker = False
        else:
            self._marker = True
        self._timestamp = (self._timestamp + rtp.FRAME) & 0xFFFFFFFF

    def _next_frame(self) -> bytes:
        if self.muted:
            return g711.SILENCE[self.codec]
        index = self._frame
        self._frame += 1
        if index < len(self._once):
            return self._once[index]
        return self._loop_frames[(index - len(self._once)) % len(self._loop_frames)]

    def _send_key(self, key: rtp.EventFrame) -> None:
        if key.first:
            self._key_timestamp = self._timestamp
        for _ in range(key.copies):
            self._send(self._events, key.event.to_bytes(), self._key_timestamp, key.first)
        self._marker = True  # audio begins anew

    def _send(self, payload_type: int, payload: bytes, timestamp: int, marker: bool) -> None:
        if self._socket is None or self._remote is None or self._socket.is_closing():
            return
        self._sequence = (self._sequence + 1) & 0xFFFF
        packet = rtp.Packet(payload_type, self._sequence, timestamp & 0xFFFFFFFF, self._ssrc, payload, marker)
        self._socket.sendto(packet.to_bytes(), self._remote)
        self.packets_sent += 1

    # --- in -------------------------------------------------------------------------------------------
    def datagram_received(self, data: bytes, addr: Address) -> None:
        try:
            packet = rtp.parse(data)
            if packet.payload_type == self.codec:
                self._receive_audio(packet)
            elif packet.payload_type == self._events and (key := self._key_reader.receive(packet)):
                self.keys += key
                self._on_change()
        except ValueError:
            return  # not RTP, or an event that is no key: nothing we hear

    def _receive_audio(self, packet: rtp.Packet) -> None:
        self.packets_received += 1
        self._second_packets += 1
        self._pending += packet.payload
        if self.recording is not None and len(self.recording) < RECORD_LIMIT:
            self._record(packet, self.recording)

    def _record(self, packet: rtp.Packet, tape: bytearray) -> None:
        # Placed by timestamp, so that pauses keep their length; a new source starts where the tape is.
        if self._recorded_from is None or self._recorded_from[0] != packet.ssrc:
            self._recorded_from = (packet.ssrc, packet.timestamp - len(tape))
        position = (packet.timestamp - self._recorded_from[1]) & 0xFFFFFFFF
        gap = position - len(tape)
        if 0 < gap <= GAP_LIMIT:
            tape += g711.SILENCE[self.codec][:1] * gap
        elif gap != 0:
            self._recorded_from = (packet.ssrc, packet.timestamp - len(tape))
        tape += packet.payload

    def _listen(self) -> None:
        now = time.monotonic()
        self.windows.append((now, tones.detect(bytes(self._pending), self.codec, self._known_tones)))
        self._pending.clear()
        if self._ticks % (WINDOW_TICKS * WINDOWS) == 0:
            self._close_second(now, WINDOWS)
        self._on_change()

    def _close_second(self, now: float, windows: int) -> None:
        """Adds a line to the hearing log; the last of a call may be shorter than a second."""
        last = [window for _, window in list(self.windows)[-windows:]]
        self.seconds.append(tones.summarise(now, self._second_packets, last))
        self._second_packets = 0
