"""The FastAGI server: one short conversation per connection; the path of the URL names the script.

Nothing here may hold a call up: reading the environment has a deadline, a script has one, and the store is asked in a
thread with its own time-out. Whatever goes wrong, the dialplan sees no CENTRE_AGI_DONE and takes its own branch.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping

import structlog
from asterisk.agi import AGIAppError, AGIHangup

from agi.protocol import MAX_LINE, parse_environment
from agi.session import Session

log = structlog.get_logger("agi")

ENVIRONMENT_SECONDS = 2.0
SCRIPT_SECONDS = 2.5

Script = Callable[[Session], Awaitable[None]]


class Server:
    """Dispatches by script name; `scripts` is the whole list of what can be asked."""

    def __init__(self, scripts: Mapping[str, Script]) -> None:
        self._scripts = scripts
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> asyncio.Server:
        """Listen; raises OSError when the port is taken."""
        return await asyncio.start_server(self._connected, host, port, limit=MAX_LINE, backlog=512)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            await self._converse(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(ENVIRONMENT_SECONDS):
                block = await reader.readuntil(b"\n\n")
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
            log.warning("no AGI environment; whoever connected is not our Asterisk")
            return
        session = Session(parse_environment(block), reader, writer)
        name = session.environment.get("agi_network_script", "").partition("?")[0].strip("/")
        script = self._scripts.get(name)
        if script is None:
            log.error(
                "dialplan asks for a script that is not there", script=name[:40], call_id=session.call_id
            )
            return
        try:
            async with asyncio.timeout(SCRIPT_SECONDS):
                await script(session)
        except AGIHangup:
            return
        except (AGIAppError, TimeoutError, OSError) as error:
            log.warning(
                "script not finished; the dialplan takes its own branch",
                script=name,
                call_id=session.call_id,
                error=str(error),
            )
        except Exception:
            log.exception(
                "script failed; the dialplan takes its own branch", script=name, call_id=session.call_id
            )
