"""`ari_app` with a wall clock that steps: the file CENTRE120_CLOCK_STEP names holds the step in seconds. For F23 alone."""

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ari_app import worker
from ari_app.__main__ import main


def stepped() -> datetime:
    """UTC as a machine with a wrong clock has it."""
    text = Path(os.environ["CENTRE120_CLOCK_STEP"]).read_text(encoding="ascii") or "0"
    return datetime.now(UTC) + timedelta(seconds=float(text))


if __name__ == "__main__":
    worker.Worker.at = staticmethod(stepped)  # type: ignore[method-assign]
    sys.exit(main())
