"""panoramisk, hardened: the only AMI in the project. Used for actions (Redirect, Setvar, queue members), not for events.

panoramisk 1.4's faults, each guarded here and by tests/unit/test_ami.py: it decodes each TCP chunk for itself (a Korean
name cut in two raises), it writes CR and LF of a value straight into the stream (a header, or a whole action, injected),
it re-sends unanswered actions after a reconnect (an `Originate` twice), it takes "Added interface to queue" for the first of
several answers and waits for an event that nobody asked for, and it waits for an answer for ever.
"""

import asyncio
import codecs
from typing import Any

import structlog
from panoramisk import Manager
from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol

log = structlog.get_logger("ami")

DEADLINE_SECONDS = 2.0
IDLE_SECONDS = 1.0
"""Counted from the end of the last action: one hand-over is several actions within milliseconds."""


class AmiError(Exception):
    """An action that was refused, or got no answer in time."""


class _Protocol(AMIProtocol):  # type: ignore[misc]
    """Feeds panoramisk whole characters: a multi-byte letter may arrive in two chunks, and broken ones become U+FFFD."""

    def connection_made(self, transport: Any) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        text = self._decoder.decode(data)
        if text:
            super().data_received(text.encode("utf-8"))


class _OneAnswer(Action):  # type: ignore[misc]
    """An action with exactly one answer."""

    multi = False


def checked(fields: dict[str, str]) -> dict[str, str]:
    """The fields, or ValueError: a line end in a value would be a header of its own."""
    for name, value in fields.items():
        if any(character in name + value for character in "\r\n\0"):
            raise ValueError(f"AMI {name}: a line end in a value is an injected header")
    return fields


class _Everything:
    """Contains any name: an action whose link dropped may have been done, so none is ever sent again."""

    def __contains__(self, name: object) -> bool:
        return True


class Ami:
    """Connects when there is something to do and leaves after `IDLE_SECONDS`: with a session open, Asterisk writes every
    event of every call as text for it (measured: a tenth of a call's cost). Actions have a deadline, none is repeated.
    """

    def __init__(self, port: int, secret: str) -> None:
        self._port = port
        self._secret = secret
        self._manager: Any = None
        self._idle: asyncio.TimerHandle | None = None
        self._under_way = 0

    @property
    def connected(self) -> bool:
        """Logged in on a living connection (panoramisk keeps `authenticated` of the one before)."""
        manager = self._manager
        return manager is not None and manager._connected and manager.authenticated

    def close(self) -> None:
        """Leave; the next action connects again."""
        if self._idle is not None:
            self._idle.cancel()
        if self._manager is not None:
            self._manager.close()
            self._manager = None

    async def action(self, action: str, **fields: str) -> None:
        """Do one action and wait for its answer. Raises AmiError; ValueError for a value with a line end."""
        message = _OneAnswer({"Action": action, **checked(fields)})
        self._stay()
        self._under_way += 1
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                while not self.connected:  # noqa: ASYNC110 - panoramisk offers nothing to wait on
                    await asyncio.sleep(0.01)
                answer = await self._manager.send_action(message)
        except TimeoutError as error:
            what = "no answer" if self.connected else "not connected"
            raise AmiError(f"AMI {action}: {what} within {DEADLINE_SECONDS} s") from error
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle = asyncio.get_running_loop().call_later(IDLE_SECONDS, self.close)
        if isinstance(answer, list):
            answer = answer[0]
        if not answer.success:
            raise AmiError(f"AMI {action}: {answer.message}")

    def _stay(self) -> None:
        """Be connected, until `IDLE_SECONDS` after the last action."""
        if self._idle is not None:
            self._idle.cancel()
        if self._manager is None:
            self._manager = Manager(
                loop=asyncio.get_running_loop(),
                host="127.0.0.1",
                port=self._port,
                username="centre120",
                secret=self._secret,
                events="off",
                reconnect_timeout=1,
                forgetable_actions=_Everything(),
                protocol_factory=_Protocol,
            )
            self._manager.connect()
