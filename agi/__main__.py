"""Program `agi`: `python -m agi`."""

import asyncio
import signal
import sys

import structlog

from agi.scripts import SCRIPTS
from agi.server import Server, run
from centre120.logs import configure_logs
from centre120.settings import settings


async def _serve() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    server = await Server(SCRIPTS).start("127.0.0.1", settings().agi_port)
    structlog.get_logger("agi").info("ready", port=settings().agi_port, scripts=sorted(SCRIPTS))
    await stop.wait()
    server.close()


def main() -> int:
    configure_logs("agi")
    run(_serve())
    return 0


if __name__ == "__main__":
    sys.exit(main())
