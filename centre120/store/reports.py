"""The totals of centre120/metrics.py of a period, grouped as asked: from the kept sums where they hold the answer, and from
the calls themselves where they do not (a grouping nobody keeps, a T nobody keeps, an interval in which a call changed just now).

Either way each interval is exact as of one moment of the question.
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, not_, select, text

from centre120.metrics import Totals
from centre120.store.call_facts import KINDS, NOTHING, facts, sums, sums_within
from centre120.store.call_sums import DAY_CUBES, stale_periods, total
from centre120.store.database import Transaction
from centre120.store.schema.figures import COUNTS, LEVELS, SECONDS, call_sums

TIMES: Final = {
    "quarter-hour": "15 minutes",
    "half-hour": "30 minutes",
    "hour": "1 hour",
    "day": "day",
    "week": "week",
    "month": "month",
    "year": "year",
}
"""Intervals, in the centre's zone."""
DIMENSIONS: Final = (*TIMES, *KINDS)
MOST_PERIODS: Final = 40
"""More changed stretches than this: everything is counted from the calls, in one go."""

__all__ = [
    "DIMENSIONS",
    "KINDS",
    "NOTHING",
    "TIMES",
    "Group",
    "count_totals",
    "half_hours_by_day",
    "list_totals",
]

Group = tuple[tuple[str, ...], Totals]


def list_totals(
    tx: Transaction,
    since: datetime,
    until: datetime,
    by: Sequence[str],
    within_seconds: float,
    zone: str,
) -> list[Group]:
    """Totals of the calls that joined a queue from `since` to `until` (not included), grouped and sorted by `by`
    (DIMENSIONS): `[(("2026-11-21 09:00", "ko"), Totals(...)), ...]`. Raises KeyError for an unknown dimension."""
    cube = cube_for(since, until, by, within_seconds, ZoneInfo(zone))
    if cube is None:
        return count_totals(tx, since, until, by, within_seconds, zone)
    stale = stale_periods(tx, since, until, ZoneInfo(zone), cube=cube)
    if len(stale) > MOST_PERIODS or (stale and stale[0][0] <= since and stale[0][1] >= until):
        return count_totals(tx, since, until, by, within_seconds, zone)
    found = dict(_kept(tx, since, until, by, int(within_seconds), zone, cube, stale))
    for start, end in stale:
        for key, totals in count_totals(tx, max(start, since), min(end, until), by, within_seconds, zone):
            found[key] = found[key] + totals if key in found else totals
    if not by:
        return list(found.items()) or [((), Totals())]
    return [(key, found[key]) for key in sorted(found) if found[key].offered]


def half_hours_by_day(
    tx: Transaction, first: date, until: date, zone: str, language: str | None = None
) -> dict[date, dict[str, Totals]]:
    """Of each day from `first` to `until` (not included) on which a call joined a queue: {"09:30": Totals}."""
    since, end = (datetime.combine(day, time(), ZoneInfo(zone)) for day in (first, until))
    by = ("half-hour",) if language is None else ("half-hour", "language")
    found: dict[date, dict[str, Totals]] = {}
    for key, totals in list_totals(tx, since, end, by, 15, zone):
        if language is None or key[1] == language:
            found.setdefault(date.fromisoformat(key[0][:10]), {})[key[0][11:]] = totals
    return found


def count_totals(
    tx: Transaction, since: datetime, until: datetime, by: Sequence[str], within_seconds: float, zone: str
) -> list[Group]:
    """The same from the calls themselves, always."""
    of = facts(since, until, tuple(name for name in by if name not in TIMES))
    keys = [(_interval(name, of.c.queued_at, zone) if name in TIMES else of.c[name]).label(f"k{place}")
            for place, name in enumerate(by)]  # fmt: skip
    columns = [*sums(of), *sums_within(of, within_seconds)]
    query = select(*keys, *columns)
    if keys:
        query = query.group_by(*keys)
    return _groups(tx, query, len(keys), [column.name for column in columns])


def cube_for(
    since: datetime, until: datetime, by: Sequence[str], within_seconds: float, zone: ZoneInfo
) -> str | None:
    """The coarsest kept sums that answer the question; None: only the calls do."""
    if within_seconds not in LEVELS:
        return None
    kinds = {name for name in by if name not in TIMES}
    unknown = kinds - set(KINDS)
    if unknown:
        raise KeyError(unknown.pop())
    within_day = {"quarter-hour", "half-hour", "hour"} & set(by)
    midnights = all(_is_midnight(at, zone) for at in (since, until))
    if kinds <= {"queue", "language", "origin"}:
        if midnights and not within_day:
            return "line-day"
        return "line" if all(at.timestamp() % 900 == 0 for at in (since, until)) else None
    one = next(iter(kinds))
    return one if len(kinds) == 1 and one in DAY_CUBES and midnights and not within_day else None


def _is_midnight(at: datetime, zone: ZoneInfo) -> bool:
    local = at.astimezone(zone)
    return (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)


def _kept(
    tx: Transaction, since: datetime, until: datetime, by: Sequence[str], within: int, zone: str, cube: str,
    without: Sequence[tuple[datetime, datetime]],
) -> list[Group]:  # fmt: skip
    c = call_sums.c
    column = {"queue": c.key, "language": c.language, "origin": c.origin, **dict.fromkeys(DAY_CUBES, c.key)}
    keys = [(_interval(name, c.starts_at, zone) if name in TIMES else column[name]).label(f"k{place}")
            for place, name in enumerate(by)]  # fmt: skip
    columns = [total(name).label(name) for name in (*COUNTS, *SECONDS)]
    columns += [
        total(f"{name}_within_{within}").label(f"{name}_within") for name in ("answered", "abandoned")
    ]
    query = select(*keys, *columns).where(c.cube == cube, c.starts_at >= since, c.starts_at < until)
    for start, end in without:
        query = query.where(not_(and_(c.starts_at >= start, c.starts_at < end)))
    if keys:
        query = query.group_by(*keys)
    return _groups(tx, query, len(keys), [one.name for one in columns])


def _groups(tx: Transaction, query: Any, keys: int, names: Sequence[str]) -> list[Group]:
    found = []
    for row in tx.execute(query):
        told: dict[str, Any] = {name: value or 0 for name, value in zip(names, row[keys:], strict=True)}
        told |= {name: float(told[name]) for name in SECONDS}
        counts = {name: int(value) for name, value in told.items() if name not in SECONDS}
        found.append((tuple(str(value) for value in row[:keys]), Totals(**{**told, **counts})))
    return sorted(found, key=lambda group: group[0])


def _interval(name: str, at: ColumnElement[Any], zone: str) -> ColumnElement[Any]:
    local = func.timezone(zone, at)
    if TIMES[name][0].isdigit():
        start = func.date_bin(text(f"interval '{TIMES[name]}'"), local, text("timestamp '2001-01-01'"))
        return func.to_char(start, "YYYY-MM-DD HH24:MI")
    return func.to_char(func.date_trunc(TIMES[name], local), "YYYY-MM-DD")
