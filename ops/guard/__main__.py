"""`python -m ops.guard`: in the foreground until SIGTERM."""

import signal
import sys
from types import FrameType

import structlog

from centre120.logs import configure_logs
from centre120.settings import settings
from ops.guard.guard import Guard


def main() -> None:
    """Run until told to stop. What is in force stays in force."""
    configure_logs("guard")
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    ours = settings()
    structlog.get_logger("guard").info("guarding", home=str(ours.home))
    Guard(ours).run()


def _stop(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
