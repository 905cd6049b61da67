"""Progress lines of a start: plain text, with the seconds since the person pressed Enter.

`120` notes that moment in CENTRE120_STARTED_AT, so that making the virtual environment counts too.
"""

import os
import sys
import threading
import time

_lock = threading.Lock()
_started = float(os.environ.get("CENTRE120_STARTED_AT") or time.time())


def line(seconds: float, text: str) -> str:
    """`[ 3.2 s] text`."""
    return f"[{seconds:5.1f} s] {text}"


def say(text: str) -> None:
    """One line for the person at the terminal. Safe from several threads."""
    with _lock:
        print(line(time.time() - _started, text), flush=True)


def complain(text: str) -> None:
    """One line on standard error."""
    with _lock:
        print(text, file=sys.stderr, flush=True)
