"""One FastAGI conversation as a script sees it: asks and sets. It plays nothing: audio is the dialplan's."""

from collections.abc import Mapping

from asterisk.agi import AGIAppError

from agi.connection import Connection
from agi.protocol import Reply, command, parse_reply
from centre120 import names

_DONE = command("SET VARIABLE", names.AGI_DONE, "1")


class Session:
    """Verbs raise AGIHangup when the call is over: that is a normal ending, not an error. The server keeps the deadline."""

    __slots__ = ("_connection", "environment")

    def __init__(self, environment: Mapping[str, str], connection: Connection) -> None:
        self.environment = environment
        self._connection = connection

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

    async def get_variable(self, name: str) -> str | None:
        """The value of a channel variable, or None when it is not set."""
        return (await self._ask(command("GET VARIABLE", name))).value

    async def done(self) -> None:
        """The last act of every script: the dialplan believes this variable, not AGISTATUS."""
        await self._ask(_DONE)

    async def _ask(self, line: bytes) -> Reply:
        reply = parse_reply(await self._connection.ask(line))
        while reply is None:  # a usage text of several lines; its last one is the reply
            reply = parse_reply(await self._connection.line())
        if reply.code >= 510:
            raise AGIAppError(f"Asterisk refused {line[:60]!r}: {reply.code} {reply.rest}")
        return reply
