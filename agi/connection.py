"""One FastAGI connection as an asyncio protocol: bytes in, lines to whoever waits for one. It decides nothing.

Bounded on every side: the environment and each line may have 64 KiB; what comes while nobody asks is kept up to that size;
one command is in flight at a time, so what we write needs no bound of its own.
"""

import asyncio
from collections.abc import Callable
from typing import cast

from asterisk.agi import AGIAppError, AGIHangup

from agi.protocol import MAX_LINE


class Connection(asyncio.Protocol):
    """`on_environment` gets the first block once; then `ask` says one line and gets the next. `deadline`: see server.py."""

    def __init__(
        self, on_environment: Callable[["Connection", bytes], None], on_lost: Callable[["Connection"], None]
    ) -> None:
        self._on_environment = on_environment
        self._on_lost = on_lost
        self._buffer = b""
        self._waiter: asyncio.Future[bytes] | None = None
        self.begun = False
        self._transport: asyncio.Transport | None = None
        self.task: asyncio.Task[None] | None = None
        self.deadline = 0.0
        self.expired = False

    # --- asyncio's side -------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        if not self.begun:
            self._begin()
        elif self._waiter is not None:
            self._give()
        if len(self._buffer) > MAX_LINE:
            self._fail(AGIAppError("Asterisk sent more than 64 KiB that nobody asked for"))

    def eof_received(self) -> None:
        self._fail(AGIHangup("Asterisk closed the connection"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._fail(AGIHangup("Asterisk closed the connection"))
        self._on_lost(self)

    # --- the script's side ----------------------------------------------------------------------------------

    async def ask(self, command: bytes) -> bytes:
        """Say one line; the next line of Asterisk. Raises AGIHangup when the connection is gone."""
        if self._transport is None or self._transport.is_closing():
            raise AGIHangup("Asterisk closed the connection")
        self._transport.write(command)
        return await self.line()

    async def line(self) -> bytes:
        """The next line, with its end."""
        end = self._buffer.find(b"\n") + 1
        if end:
            line, self._buffer = self._buffer[:end], self._buffer[end:]
            return line
        if self._transport is None or self._transport.is_closing():
            raise AGIHangup("Asterisk closed the connection")
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            return await self._waiter
        finally:
            self._waiter = None

    def close(self) -> None:
        """After what was written has been sent."""
        if self._transport is not None:
            self._transport.close()

    # --- inside ---------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        end = self._buffer.find(b"\n\n")
        if end >= 0:
            block, self._buffer = self._buffer[: end + 1], self._buffer[end + 2 :]
            self.begun = True
            self._on_environment(self, block)

    def _give(self) -> None:
        end = self._buffer.find(b"\n") + 1
        if end and self._waiter is not None and not self._waiter.done():
            line, self._buffer = self._buffer[:end], self._buffer[end:]
            self._waiter.set_result(line)

    def _fail(self, error: Exception) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)
        self.close()
