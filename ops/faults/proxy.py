"""A TCP proxy between a worker and Asterisk's ARI: breaks connections, or sends events twice and exchanges neighbours."""

import asyncio
import contextlib
import random
import struct

from ops.private_centre import Centre

KEPT_SECONDS = 0.03
"""How long an event waits for one that it may go out behind."""


class Proxy:
    """`async with Proxy(centre) as proxy: await proxy.put_in_front("ari_app")`. With `doubles` every event from
    Asterisk goes out twice, some behind their successor; answers to requests are left alone (no network repeats those).
    """

    def __init__(self, centre: Centre, doubles: bool = False, chance: random.Random | None = None) -> None:
        self.centre = centre
        self.doubled = 0
        self._doubles = doubles
        self._chance = chance or random.Random(1)  # noqa: S311 - not a secret
        self._behind: list[str] = []
        self._links: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Proxy":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        for name in self._behind:  # there is nothing to reach behind this port any more
            self.centre.kill(name)
            await asyncio.to_thread(self.centre.start, name, {})
        self._server.close()
        self._break()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def put_in_front(self, name: str) -> None:
        """Start this program anew, with the proxy where it looks for ARI."""
        self._behind.append(name)
        self.centre.kill(name)
        await asyncio.to_thread(self.centre.start, name, {"CENTRE120_ARI_PORT": str(self._port)})

    async def storm(self, seconds: float, a_second: int) -> None:
        """Break every link so often."""
        for _ in range(int(seconds * a_second)):
            self._break()
            await asyncio.sleep(1 / a_second)

    def _break(self) -> None:
        for link in list(self._links):
            link.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.centre.settings.ari_port)
            self._links |= {writer, far_writer}
            back = self._frames if self._doubles else self._copy
            pumps = [
                asyncio.create_task(self._copy(reader, far_writer)),
                asyncio.create_task(back(far_reader, writer)),
            ]
            self._tasks |= set(pumps)
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in pumps:
                pump.cancel()
                self._tasks.discard(pump)
            for link in (writer, far_writer):
                self._links.discard(link)
                link.close()

    @staticmethod
    async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while block := await reader.read(65536):
                writer.write(block)
                await writer.drain()

    async def _frames(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            writer.write(await reader.readuntil(b"\r\n\r\n"))  # the upgrade
            kept = b""  # an event that goes out behind its successor
            coming = asyncio.create_task(_read_frame(reader))
            try:
                while True:
                    if kept and not (await asyncio.wait([coming], timeout=KEPT_SECONDS))[0]:
                        writer.write(kept)  # no successor: nothing is held back longer than that
                        kept = b""
                    frame, text = await coming
                    coming = asyncio.create_task(_read_frame(reader))
                    if text is None or b'"RESTResponse"' in text:
                        writer.write(frame)
                    elif not kept and self._chance.random() < 0.3:
                        self.doubled += 1
                        kept = frame + frame
                    else:
                        self.doubled += 1
                        writer.write(frame + frame + kept)
                        kept = b""
                    await writer.drain()
            finally:
                coming.cancel()


async def _read_frame(reader: asyncio.StreamReader) -> tuple[bytes, bytes | None]:
    """One unmasked websocket frame (RFC 6455 section 5.2), and its payload when it is a whole text."""
    head = await reader.readexactly(2)
    length, more = head[1] & 127, b""
    if length == 126:
        more = await reader.readexactly(2)
        (length,) = struct.unpack("!H", more)
    elif length == 127:
        more = await reader.readexactly(8)
        (length,) = struct.unpack("!Q", more)
    payload = await reader.readexactly(length)
    return head + more + payload, payload if head[0] == 0x81 else None
