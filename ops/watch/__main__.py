"""`python -m ops.watch`."""

import signal
import sys
import threading

from centre120.logs import configure_logs
from centre120.settings import settings
from ops.watch.watch import Watch


def main() -> int:
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    configure_logs("watch")
    Watch(settings()).run(stop.is_set)
    return 0


if __name__ == "__main__":
    sys.exit(main())
