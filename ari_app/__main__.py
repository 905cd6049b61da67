"""Program `ari_app`: `python -m ari_app [--worker N]`."""

import argparse
import asyncio
import gc
import signal
import sys

import uvloop

from ari_app.worker import Worker
from centre120.logs import configure_logs
from centre120.settings import settings


async def _serve(number: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    worker = Worker(settings(), number)
    # What was loaded stays: the collector need not look at it again. And the journal's thread hands over quickly.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
    sys.setswitchinterval(0.001)
    await worker.run(stop)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="ari_app", description="The ACD: owns waiting calls, chooses the agent."
    )
    parser.add_argument(
        "--worker", dest="number", type=int, default=1, choices=range(1, 10), help="which worker this is"
    )
    arguments = parser.parse_args()
    configure_logs(f"ari_app-{arguments.number}")
    uvloop.run(_serve(arguments.number))
    return 0


if __name__ == "__main__":
    sys.exit(main())
