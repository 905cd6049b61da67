"""The FastAGI server: one short conversation per connection; the path of the URL names the script.

Nothing here may hold a call up: the environment has a deadline, and so has the script with every step in it; the store is
asked in a thread with its own time-out. Whatever goes wrong, the dialplan sees no CENTRE_AGI_DONE and takes its own branch.
One look every LOOK_SECONDS at all connections keeps the deadlines: a timer for each step would cost more than the step.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import structlog
import uvloop
from asterisk.agi import AGIAppError, AGIHangup

from agi.connection import Connection
from agi.protocol import parse_environment
from agi.session import Session

log = structlog.get_logger("agi")

ENVIRONMENT_SECONDS = 2.0
SCRIPT_SECONDS = 2.5
LOOK_SECONDS = 0.1
BACKLOG = 512

Script = Callable[[Session], Awaitable[None]]


def run(main: Coroutine[Any, Any, None]) -> None:
    """As asyncio.run, in uvloop's event loop (docs/decisions/agi-protocol.md)."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


class Server:
    """Dispatches by script name; `scripts` is the whole list of what can be asked."""

    def __init__(self, scripts: Mapping[str, Script]) -> None:
        self._scripts = scripts
        self._open: set[Connection] = set()
        self._clock: Callable[[], float] = lambda: 0.0
        self._look: asyncio.Task[None] | None = None

    async def start(self, host: str, port: int) -> asyncio.Server:
        """Listen; raises OSError when the port is taken."""
        loop = asyncio.get_running_loop()
        self._clock = loop.time
        listening = await loop.create_server(self._connected, host, port, backlog=BACKLOG)
        self._look = asyncio.create_task(self._keep_deadlines())
        return listening

    def _connected(self) -> Connection:
        connection = Connection(self._begin, self._lost)
        connection.deadline = self._clock() + ENVIRONMENT_SECONDS
        self._open.add(connection)
        return connection

    def _begin(self, connection: Connection, block: bytes) -> None:
        session = Session(parse_environment(block), connection)
        name = session.environment.get("agi_network_script", "").partition("?")[0].strip("/")
        script = self._scripts.get(name)
        if script is None:
            log.error(
                "dialplan asks for a script that is not there", script=name[:40], call_id=session.call_id
            )
            connection.close()
            return
        connection.deadline = self._clock() + SCRIPT_SECONDS
        connection.task = asyncio.create_task(self._converse(name, script, session, connection))

    async def _converse(self, name: str, script: Script, session: Session, connection: Connection) -> None:
        try:
            await script(session)
        except AGIHangup:
            return
        except asyncio.CancelledError:
            if not connection.expired:
                raise
            self._unfinished(name, session, f"not done after {SCRIPT_SECONDS} s")
        except (AGIAppError, TimeoutError, OSError) as error:
            self._unfinished(name, session, str(error))
        except Exception:
            log.exception(
                "script failed; the dialplan takes its own branch", script=name, call_id=session.call_id
            )
        finally:
            connection.close()

    def _lost(self, connection: Connection) -> None:
        self._open.discard(connection)
        if connection.task is None and not connection.begun and not connection.expired:
            log.warning("no AGI environment; whoever connected is not our Asterisk")

    @staticmethod
    def _unfinished(name: str, session: Session, error: str) -> None:
        log.warning(
            "script not finished; the dialplan takes its own branch",
            script=name,
            call_id=session.call_id,
            error=error,
        )

    async def _keep_deadlines(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = self._clock()
            for connection in [one for one in self._open if one.deadline < now and not one.expired]:
                connection.expired = True
                if connection.task is None:
                    log.warning("no AGI environment; whoever connected is not our Asterisk")
                    connection.close()
                else:
                    connection.task.cancel()
