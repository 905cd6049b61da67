"""`python -m ops.recorder`: in the foreground until SIGTERM; waits for PostgreSQL and for the files by
itself.
"""

import signal
import sys
from types import FrameType

import structlog

from centre120.settings import settings
from centre120.store.database import Database
from ops.recorder.nightly import Nightly
from ops.recorder.recorder import Recorder
from ops.recorder.sums import KeptSums


def main() -> None:
    """Run until told to stop. Stopping in a transaction is safe: it is rolled back and read again."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    ours = settings()
    structlog.get_logger().info("recorder-started", home=str(ours.home))
    database = Database(ours.sqlalchemy_url, pool_size=1, application="recorder")
    Recorder(ours, database, beside=(Nightly(ours).look, KeptSums(ours).look)).run()


def _stop(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
