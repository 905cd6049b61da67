"""What waits for the supervisors, for the bar of every page of theirs. Asked for every 15 s at most."""

import threading
import time

from flask import Flask

from centre120.store.answer_reports import count_waiting
from centre120.store.database import StoreUnavailable
from web.storage import now, storage, transaction

FRESH_SECONDS = 15.0
_lock = threading.Lock()
_known: dict[str, tuple[float, tuple[int, int]]] = {}  # by database


def reports_waiting() -> tuple[int, int]:
    """How many reports of wrong answers wait, and how many of them are escalated; the last ones known while
    PostgreSQL is away."""
    key = storage().settings.sqlalchemy_url
    with _lock:
        known = _known.get(key, (float("-inf"), (0, 0)))
    if time.monotonic() - known[0] < FRESH_SECONDS:
        return known[1]
    try:
        with transaction() as tx:
            counted = count_waiting(tx, now())
    except StoreUnavailable:
        return known[1]
    with _lock:
        _known[key] = (time.monotonic(), counted)
    return counted


def forget() -> None:
    """Somebody decided just now: the next page counts anew."""
    with _lock:
        _known.clear()


def install(app: Flask) -> None:
    """For templates."""
    app.jinja_env.globals["reports_waiting"] = reports_waiting
