"""The kept sums of calls, counted again by the recorder beside its work: what just changed within a second or two, the day's sums
by agent, topic, district and department of today once a minute. Reports are right meanwhile: they count what is noted themselves.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from centre120.settings import Settings
from centre120.store.call_sums import refresh_day, refresh_quarters
from centre120.store.database import Database, StoreUnavailable

TODAY_EVERY_SECONDS: Final = 60.0
STATEMENT_SECONDS: Final = 120.0

log = structlog.get_logger()


def refresh_all(
    database: Database,
    zone: ZoneInfo,
    *,
    but_day: Callable[[], datetime] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> int:
    """Count everything that is noted, a day in a transaction; how many. `but_day`: the day of this moment waits."""
    done = 0
    while True:
        with database.transaction() as tx:
            quarters = refresh_quarters(tx, zone)
        if quarters == 0:
            break
        done += 1
        if done % 50 == 0:
            tell(f"sums by quarter of an hour: {done} days")
    while True:
        today = but_day().astimezone(zone).date() if but_day else None
        with database.transaction() as tx:
            day = refresh_day(tx, zone, today)
        if day is None:
            return done
        done += 1
        if done % 50 == 0:
            tell(f"sums by day: {day}")


class KeptSums:
    """Asked to `look` once a second; works in a thread of its own, one at a time."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._settings = settings
        self._zone = ZoneInfo(settings.time_zone)
        self._clock = clock
        self._thread: threading.Thread | None = None
        self._today_at: datetime | None = None
        self._database: Database | None = None

    def look(self) -> None:
        """Begin, unless it is at it. Returns at once."""
        if self._thread is not None and self._thread.is_alive():
            return
        self._thread = threading.Thread(target=self._count, name="sums", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Until what is being counted is counted."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _count(self) -> None:
        if self._database is None:
            self._database = Database(
                self._settings.sqlalchemy_url,
                statement_seconds=STATEMENT_SECONDS,
                pool_size=1,
                application="sums",
            )
        now = self._clock()
        today_too = self._today_at is None or (now - self._today_at).total_seconds() >= TODAY_EVERY_SECONDS
        try:
            refresh_all(self._database, self._zone, but_day=None if today_too else self._clock)
            if today_too:
                self._today_at = now
        except StoreUnavailable:
            pass  # the recorder says so; the notes wait in the database
        except Exception:
            log.exception("sums-not-counted")
