"""The books of each night: made by the recorder beside its work, kept in the table `books`.

At `books_at` (local time) the calls of the days before are accounted for, from where the last kept books ended, so that
no day is left out when the centre was off. Missed while the recorder did not run: made once at its start.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from centre120.settings import Settings
from centre120.store.books import list_kept_books, record_books
from centre120.store.database import Database, StoreUnavailable
from ops.books import balance, to_json

AGAIN_AFTER = timedelta(minutes=10)
LOOK_BACK = timedelta(days=7)
PATIENCE_SECONDS = 60.0

log = structlog.get_logger()


def due(now: datetime, books_at: time, kept_until: datetime | None) -> tuple[datetime, datetime] | None:
    """The window that has to be accounted for, or None. `now` is aware, in the centre's zone.

    The window ends with the last midnight whose night has come; it begins where the last kept books ended, at most
    LOOK_BACK before, or with the day before when nothing is kept.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    until = midnight if now.time() >= books_at else midnight - timedelta(days=1)
    since = until - timedelta(days=1)
    if kept_until is not None:
        if kept_until >= until:
            return None
        since = max(kept_until, until - LOOK_BACK)
    return since, until


class Nightly:
    """Asked to `look` once a second; works in a thread of its own, one at a time."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._settings = settings
        self._zone = ZoneInfo(settings.time_zone)
        self._at = time.fromisoformat(settings.books_at)
        self._clock = clock
        self._next: datetime | None = None
        self._thread: threading.Thread | None = None

    def look(self) -> None:
        """Begin when it is time. Returns at once."""
        now = self._clock().astimezone(self._zone)
        busy = self._thread is not None and self._thread.is_alive()
        if busy or (self._next is not None and now < self._next):
            return
        self._next = now + AGAIN_AFTER  # also after a failure: the database may be away
        self._thread = threading.Thread(target=self._make, args=(now,), name="books", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Until the books that are being made are made."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _make(self, now: datetime) -> None:
        try:
            self._make_if_due(now)
        except StoreUnavailable as error:
            log.warning("books-not-made", reason=error.text, again_in_seconds=AGAIN_AFTER.total_seconds())
        except Exception:
            log.exception("books-not-made", again_in_seconds=AGAIN_AFTER.total_seconds())

    def _make_if_due(self, now: datetime) -> None:
        database = Database(self._settings.sqlalchemy_url, pool_size=1, application="books")
        try:
            with database.transaction() as tx:
                kept = list_kept_books(tx, 1)
            window = due(now, self._at, kept[0].until_at.astimezone(self._zone) if kept else None)
            if window is None:
                return
            made = balance(self._settings, *window, patience_seconds=PATIENCE_SECONDS)
            with database.transaction() as tx:
                record_books(tx, made, to_json(made))
        finally:
            database.close()
        since, until = (at.isoformat() for at in window)
        if made.balanced:
            log.info("books-balanced", since=since, until=until, invites=made.invites)
        else:
            first = [f"{one.kind} {one.witness}: {one.text}" for one in made.discrepancies[:5]]
            log.error(
                "books-unbalanced",
                since=since,
                until=until,
                invites=made.invites,
                discrepancies=len(made.discrepancies),
                unread_records=made.unread_records,
                first=first,
                next_step=f"./120 books --since {made.since.astimezone(self._zone):%Y-%m-%d}",
            )
