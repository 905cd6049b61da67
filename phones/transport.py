"""Sockets for SIP: UDP, and TCP with one connection per peer (RFC 3261 section 18). Thin: messages in,
bytes out."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from typing import Protocol, cast

from phones.message import MAX_MESSAGE, Message, parse

Address = tuple[str, int]
Receive = Callable[[Message, Address], None]
log = logging.getLogger(__name__)


class Transport(Protocol):
    """What the transactions need of a network."""

    name: str
    reliable: bool
    local: Address

    def send(self, data: bytes, to: Address) -> None: ...

    def close(self) -> None: ...


class UdpTransport(asyncio.DatagramProtocol):
    """One socket; every datagram is one message. What is not SIP is dropped (section 16.3 asks no more)."""

    name = "UDP"
    reliable = False

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._socket: asyncio.DatagramTransport | None = None
        self.local: Address = ("", 0)

    @classmethod
    async def open(cls, host: str, port: int, receive: Receive) -> "UdpTransport":
        loop = asyncio.get_running_loop()
        _, protocol = await loop.create_datagram_endpoint(lambda: cls(receive), local_addr=(host, port))
        return protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._socket = cast(asyncio.DatagramTransport, transport)
        self.local = transport.get_extra_info("sockname")[:2]

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if not data.strip(b"\r\n\0"):
            return  # keep-alive
        try:
            message = parse(data)
        except ValueError as error:
            log.debug("dropped a datagram from %s:%s: %s", *addr[:2], error)
            return
        self._receive(message, addr[:2])

    def error_received(self, exc: Exception) -> None:
        log.debug("the network says: %s", exc)  # port unreachable: the retransmissions decide

    def send(self, data: bytes, to: Address) -> None:
        if self._socket is not None and not self._socket.is_closing():
            self._socket.sendto(data, to)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()


class MessageStream:
    """Cuts a byte stream into messages by Content-Length, which is required there (section 18.3). No I/O."""

    def __init__(self) -> None:
        self._buffer = b""

    def receive(self, data: bytes) -> list[Message]:
        """The messages that are complete now; `ValueError` when the stream can not be followed any more."""
        self._buffer += data
        found: list[Message] = []
        while True:
            self._buffer = self._buffer.lstrip(b"\r\n")
            head, separator, rest = self._buffer.partition(b"\r\n\r\n")
            if not separator:
                if len(head) > MAX_MESSAGE:
                    raise ValueError("headers without end")
                return found
            length = _stream_length(head)
            if len(rest) < length:
                return found
            end = len(head) + 4 + length
            found.append(parse(self._buffer[:end]))
            self._buffer = self._buffer[end:]


def _stream_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, colon, value = line.partition(b":")
        if colon and name.strip().lower() in (b"content-length", b"l"):
            text = value.strip()
            if text.isdigit() and len(text) < 7 and int(text) <= MAX_MESSAGE:
                return int(text)
            raise ValueError(f"not a Content-Length: {text[:40]!r}")
    raise ValueError("a message on a stream without Content-Length")


class TcpTransport:
    """Listens, and connects to peers as needed; a response goes back over its request's connection."""

    name = "TCP"
    reliable = True

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._writers: dict[Address, asyncio.StreamWriter] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.local: Address = ("", 0)

    @classmethod
    async def open(cls, host: str, port: int, receive: Receive) -> "TcpTransport":
        self = cls(receive)
        # A plain function, not a coroutine: the tasks must be ours, to be ended by close().
        server = await asyncio.start_server(lambda r, w: self._spawn(self._converse(r, w)), host, port)
        self._server, self.local = server, server.sockets[0].getsockname()[:2]
        return self

    def send(self, data: bytes, to: Address) -> None:
        if writer := self._writers.get(to):
            writer.write(data)
        else:
            self._spawn(self._connect_and_send(data, to))

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._writers.values():
            writer.close()
        for task in self._tasks:
            task.cancel()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect_and_send(self, data: bytes, to: Address) -> None:
        try:
            reader, writer = await asyncio.open_connection(*to, local_addr=(self.local[0], 0))
        except OSError as error:
            log.debug("no connection to %s:%s: %s", *to, error)
            return
        writer.write(data)
        await self._converse(reader, writer)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer: Address = writer.get_extra_info("peername")[:2]
        self._writers[peer] = writer
        stream = MessageStream()
        try:
            while data := await reader.read(65_536):
                for message in stream.receive(data):
                    self._receive(message, peer)
        except (OSError, ValueError) as error:
            log.debug("closed the connection to %s:%s: %s", *peer, error)
        finally:
            self._writers.pop(peer, None)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def open_transport(name: str, host: str, port: int, receive: Receive) -> Transport:
    """`udp` or `tcp`, bound to `host`; port 0 lets the system choose."""
    if name == "tcp":
        return await TcpTransport.open(host, port, receive)
    return await UdpTransport.open(host, port, receive)
