"""The kept sums of calls: counted again where a call changed, never added up or taken off; read by the reports.

Two grains. By quarter of an hour: `line` (queue, language, origin), of which `line-day` is the sum. By day of the centre's zone:
`agent`, `topic`, `district`, `department`. A quarter is noted by triggers, with the change and in its transaction; counting it
takes the note away in the transaction that counts, so a change that comes meanwhile leaves a note of its own.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, delete, exists, func, literal, null, select, text, update
from sqlalchemy.dialects.postgresql import insert

from centre120.store.call_facts import EPOCH, NOTHING, facts, sums, sums_within
from centre120.store.database import Transaction
from centre120.store.schema.figures import (
    COUNTS,
    LEVELS,
    SECONDS,
    WITHIN,
    call_days_stale,
    call_sums,
    call_sums_stale,
    call_sums_zone,
)

QUARTER: Final = timedelta(minutes=15)
DAY_CUBES: Final = ("agent", "topic", "district", "department")
_ONE_AT_A_TIME: Final = 120_031
_SUMS: Final = (*COUNTS, *SECONDS, *WITHIN)
_INTO: Final = ("cube", "starts_at", "key", "language", "origin", *_SUMS)


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Its midnight and the next, aware."""
    next_day = day + timedelta(days=1)
    return datetime.combine(day, time(), zone), datetime.combine(next_day, time(), zone)


def refresh_quarters(tx: Transaction, zone: ZoneInfo) -> int:
    """Count the noted quarters of one day again, the latest such day first; how many quarters. 0: all is counted, or somebody
    else is at it."""
    if not tx.scalar(select(func.pg_try_advisory_xact_lock(_ONE_AT_A_TIME))):
        return 0
    _check_zone(tx, zone)
    latest = tx.scalar(select(func.max(call_sums_stale.c.quarter)))
    if latest is None:
        return 0
    day = latest.astimezone(zone).date()
    since, until = day_bounds(day, zone)
    noted = delete(call_sums_stale).where(
        call_sums_stale.c.quarter >= since, call_sums_stale.c.quarter < until
    )
    quarters = {row.quarter for row in tx.execute(noted.returning(call_sums_stale.c.quarter))}
    for start, end in joined((quarter, quarter + QUARTER) for quarter in quarters):
        _count_line(tx, start, end)
    _sum_line_day(tx, since, until)
    later = insert(call_days_stale).values(day=day)
    tx.execute(later.on_conflict_do_nothing())
    return len(quarters)


def refresh_day(tx: Transaction, zone: ZoneInfo, not_day: date | None) -> date | None:
    """Count one day anew by agent, topic, district and department, not `not_day`; which one. None: nothing is left to do."""
    if not tx.scalar(select(func.pg_try_advisory_xact_lock(_ONE_AT_A_TIME))):
        return None
    _check_zone(tx, zone)
    days = select(func.max(call_days_stale.c.day))
    day: date | None = tx.scalar(days if not_day is None else days.where(call_days_stale.c.day != not_day))
    if day is None:
        return None
    tx.execute(delete(call_days_stale).where(call_days_stale.c.day == day))
    since, until = day_bounds(day, zone)
    _forget(tx, DAY_CUBES, since, until)
    of = facts(since, until, DAY_CUBES)
    by = [of.c[name] for name in DAY_CUBES]
    # exactly one of the four is not null in a row of grouping sets; NOTHING stands for a call that has none
    which = func.coalesce(*(_if_grouped(of.c[name], name) for name in DAY_CUBES))
    query = select(
        which, literal(since), func.coalesce(*by), literal(NOTHING), literal(NOTHING), *_all_sums(of)
    )
    sets = func.grouping_sets(*by)
    tx.execute(insert(call_sums).from_select(list(_INTO), query.group_by(sets)))
    return day


def _if_grouped(column: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    return case((func.grouping(column) == 0, literal(name)), else_=null())


def _check_zone(tx: Transaction, zone: ZoneInfo) -> None:
    """A centre that moved to another zone has other days: all of them are counted anew."""
    known = tx.scalar(select(call_sums_zone.c.zone))
    if known == zone.key:
        return
    if known is None:
        tx.execute(call_sums_zone.insert().values(zone=zone.key))
        return
    tx.execute(update(call_sums_zone).values(zone=zone.key))
    quarters = select(call_sums.c.starts_at).where(call_sums.c.cube == "line").distinct()
    tx.execute(insert(call_sums_stale).from_select(["quarter"], quarters))
    tx.execute(delete(call_sums).where(call_sums.c.cube != "line"))
    tx.execute(delete(call_days_stale))


def _count_line(tx: Transaction, since: datetime, until: datetime) -> None:
    _forget(tx, ("line",), since, until)
    of = facts(since, until, ("queue", "language", "origin"))
    quarter = func.date_bin(text("interval '15 minutes'"), of.c.queued_at, text(EPOCH))
    by = (quarter, of.c.queue, of.c.language, of.c.origin)
    query = select(literal("line"), *by, *_all_sums(of)).group_by(*by)
    tx.execute(insert(call_sums).from_select(list(_INTO), query))


def _sum_line_day(tx: Transaction, since: datetime, until: datetime) -> None:
    _forget(tx, ("line-day",), since, until)
    by = (call_sums.c.key, call_sums.c.language, call_sums.c.origin)
    whole = [total(name) for name in _SUMS]
    query = select(literal("line-day"), literal(since), *by, *whole).group_by(*by)
    inside = (call_sums.c.starts_at >= since, call_sums.c.starts_at < until)
    query = query.where(call_sums.c.cube == "line", *inside)
    tx.execute(insert(call_sums).from_select(list(_INTO), query))


def _forget(tx: Transaction, cubes: Sequence[str], since: datetime, until: datetime) -> None:
    inside = (call_sums.c.starts_at >= since, call_sums.c.starts_at < until)
    tx.execute(delete(call_sums).where(call_sums.c.cube.in_(cubes), *inside))


def _all_sums(of: Any) -> list[ColumnElement[Any]]:
    plain = {column.name: column for column in sums(of)}
    return [plain[name] for name in (*COUNTS, *SECONDS)] + [
        column for level in LEVELS for column in sums_within(of, level)
    ]


def total(name: str) -> ColumnElement[Any]:
    """The kept sum over several rows: of the longest wait the longest, of all else the sum."""
    column = call_sums.c[name]
    return func.max(column) if name == "longest_wait_seconds" else func.sum(column)


def stale_periods(
    tx: Transaction, since: datetime, until: datetime, zone: ZoneInfo, *, cube: str
) -> list[tuple[datetime, datetime]]:
    """What of a period the kept sums of `cube` do not hold as it is now, in order, joined."""
    known = tx.scalar(select(call_sums_zone.c.zone))
    if known != zone.key and (cube != "line" or known is None):
        return [(since, until)] if known is not None or _any_noted(tx) else []
    noted = select(call_sums_stale.c.quarter).where(
        call_sums_stale.c.quarter >= since, call_sums_stale.c.quarter < until
    )
    quarters = set(tx.scalars(noted.distinct()))
    if cube == "line":
        return joined((quarter, quarter + QUARTER) for quarter in quarters)
    days = {quarter.astimezone(zone).date() for quarter in quarters}
    if cube != "line-day":
        wanted = call_days_stale.c.day
        first, last = since.astimezone(zone).date(), until.astimezone(zone).date()
        days |= set(tx.scalars(select(wanted).where(wanted >= first, wanted < last)))
    return joined(day_bounds(day, zone) for day in days)


def _any_noted(tx: Transaction) -> bool:
    return bool(tx.scalar(select(exists(select(call_sums_stale.c.stale_id)))))


def joined(periods: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """In order, those that touch made one."""
    found: list[tuple[datetime, datetime]] = []
    for start, end in sorted(periods):
        if found and found[-1][1] >= start:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
