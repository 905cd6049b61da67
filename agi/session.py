"""One FastAGI conversation: asks and sets, every step with a deadline. It plays nothing: audio is the dialplan's."""

import asyncio
from collections.abc import Mapping

from asterisk.agi import AGIAppError, AGIHangup

from agi.protocol import MAX_LINE, Reply, command, parse_reply
from centre120 import names

STEP_SECONDS = 2.0


class Session:
    """What a script sees. Verbs raise AGIHangup when the call is over: that is a normal ending, not an error."""

    def __init__(
        self, environment: Mapping[str, str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.environment = environment
        self._reader = reader
        self._writer = writer

    @property
    def call_id(self) -> str:
        """Our identity of the call: the dialplan set it as accountcode before asking."""
        return self.environment.get("agi_accountcode", "")

    @property
    def caller_number(self) -> str | None:
        """The presented number, or None when it is withheld or not a number."""
        number = self.environment.get("agi_callerid", "")
        digits = number.removeprefix("+")
        return number if digits.isascii() and digits.isdigit() and len(digits) <= 20 else None

    @property
    def argument(self) -> str:
        return self.environment.get("agi_arg_1", "")

    async def set_variable(self, name: str, value: str) -> None:
        await self._ask(command("SET VARIABLE", name, value))

    async def done(self) -> None:
        """The last act of every script: the dialplan believes this variable, not AGISTATUS."""
        await self.set_variable(names.AGI_DONE, "1")

    async def _ask(self, line: bytes) -> Reply:
        async with asyncio.timeout(STEP_SECONDS):
            self._writer.write(line)
            await self._writer.drain()
            while True:
                answer = await self._reader.readline()
                if not answer.endswith(b"\n"):
                    raise AGIHangup("Asterisk closed the connection")
                if len(answer) > MAX_LINE:
                    raise AGIAppError("Asterisk sent a line of more than 64 KiB")
                reply = parse_reply(answer)
                if reply is not None and reply.code >= 510:
                    raise AGIAppError(f"Asterisk refused {line[:60]!r}: {reply.code} {reply.rest}")
                if reply is not None:
                    return reply
