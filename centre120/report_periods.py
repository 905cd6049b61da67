"""Periods of reports in the centre's zone: a day, a week from Monday, a month, a year, the one before it, and where an
interval's row begins and ends. Pure: days and words in, moments out.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

NAMES: Final = ("day", "week", "month", "year")
LONGEST_DAYS: Final = 3_700
WITHIN_DAY: Final = {"quarter-hour": 15, "half-hour": 30, "hour": 60}
"""Minutes."""


@dataclass(frozen=True)
class Period:
    """From `first` to the day before `until`."""

    first: date
    until: date

    def moments(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Midnights, aware."""
        return datetime.combine(self.first, time(), zone), datetime.combine(self.until, time(), zone)

    @property
    def days(self) -> int:
        return (self.until - self.first).days


def period_of(name: str, on: date) -> Period:
    """The day, week, month or year (NAMES) that `on` is in. Raises KeyError, OverflowError."""
    if name == "day":
        return Period(on, on + timedelta(days=1))
    if name == "week":
        monday = on - timedelta(days=on.weekday())
        return Period(monday, monday + timedelta(days=7))
    if name == "month":
        first = on.replace(day=1)
        return Period(first, (first + timedelta(days=32)).replace(day=1))
    if name == "year":
        return Period(on.replace(month=1, day=1), date(on.year + 1, 1, 1))
    raise KeyError(name)


def period_before(period: Period, name: str) -> Period:
    """The same length just before: of a month the month before, else as many days."""
    if name in NAMES:
        return period_of(name, period.first - timedelta(days=1))
    return Period(period.first - timedelta(days=period.days), period.first)


def usual_interval(period: Period) -> str:
    """What a person wants to see rows of."""
    if period.days <= 2:
        return "half-hour"
    return "day" if period.days <= 62 else "month"


def row_bounds(interval: str, written: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Beginning and end of a row that `store.reports` calls `written`, e.g. `2026-11-21 09:00`, `2026-11-01`."""
    start = datetime.fromisoformat(written).replace(tzinfo=zone)
    if interval in WITHIN_DAY:
        return start, start + timedelta(minutes=WITHIN_DAY[interval])
    return period_of(interval, start.date()).moments(zone)
