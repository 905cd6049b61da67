"""Topics and dispositions for the desk, remembered: a desk must open while PostgreSQL is away."""

import threading
import time
from dataclasses import dataclass, replace

from centre120.store.database import StoreUnavailable
from centre120.store.lists import Disposition, Topic, list_dispositions, list_topics
from web.storage import transaction

FRESH_SECONDS = 60.0


@dataclass(frozen=True)
class DeskLists:
    topics: tuple[Topic, ...] = ()
    dispositions: tuple[Disposition, ...] = ()
    read_at: float = float("-inf")  # monotonic


_lock = threading.Lock()
_last = DeskLists()


def desk_lists() -> DeskLists:
    """At most a minute old, or the last ones known; empty only if the database was never there."""
    global _last
    with _lock:
        known = _last
    if time.monotonic() - known.read_at < FRESH_SECONDS:
        return known
    try:
        with transaction() as tx:
            fresh = DeskLists(tuple(list_topics(tx)), tuple(list_dispositions(tx)), time.monotonic())
    except StoreUnavailable:
        return known
    with _lock:
        _last = fresh
    return fresh


def forget_lists() -> None:
    """Read them again: somebody edited them. Other processes follow within FRESH_SECONDS."""
    global _last
    with _lock:
        _last = replace(_last, read_at=float("-inf"))
