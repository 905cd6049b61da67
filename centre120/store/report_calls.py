"""The calls behind a figure, newest first. The kept sums say how far back a page's calls reach, so a rare kind of call among
millions is found without reading the millions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, func, select

from centre120.store.call_facts import KINDS, in_period, kind, with_case
from centre120.store.call_sums import DAY_CUBES, stale_periods
from centre120.store.calls import PAGE_SIZE, Call
from centre120.store.database import Transaction
from centre120.store.reports import cube_for
from centre120.store.rows import columns_of, to_values
from centre120.store.schema.calls import calls, transfers
from centre120.store.schema.cases import cases
from centre120.store.schema.figures import call_sums

OUTCOME_OF: Final = {
    "answered": "answered",
    "abandoned": "abandoned",
    "short_abandoned": "short-abandoned",
    "callback_requested": "callback-requested",
    "cut_by_system": "cut-by-system",
    "in_progress": "in-progress",
}
WHICH: Final = ("offered", *OUTCOME_OF, "forwarded")
"""The figures (names of Totals) whose calls can be opened."""


@dataclass(frozen=True)
class ReportCalls:
    """One page of them, and how many there are."""

    calls: tuple[Call, ...]
    total: int
    page: int  # from 1


def list_report_calls(
    tx: Transaction,
    since: datetime,
    until: datetime,
    where: Mapping[str, str],
    which: str,
    zone: str,
    page: int = 1,
    page_size: int = PAGE_SIZE,
) -> ReportCalls:
    """Calls that joined a queue in the period, of the kinds of `where` (KINDS; `-`: of none), counted in `which` (WHICH)."""
    if which not in WHICH or set(where) - set(KINDS):
        raise KeyError(which if which not in WHICH else next(iter(set(where) - set(KINDS))))
    total, start = _counted(tx, since, until, where, which, ZoneInfo(zone), page * page_size)
    query = (
        select(
            *columns_of(Call, calls), cases.c.case_number, cases.c.status.label("case_status"), cases.c.topic
        )
        .select_from(with_case())
        .where(in_period(start, until), *conditions(where, which))
        .order_by(calls.c.arrived_at.desc(), calls.c.call_id)
        .limit(page_size)
        .offset((page - 1) * page_size)
    )
    return ReportCalls(tuple(to_values(Call, tx.execute(query))), total, page)


def conditions(where: Mapping[str, str], which: str) -> list[ColumnElement[bool]]:
    """Of a call with its case."""
    found: list[ColumnElement[bool]] = [kind(name) == value for name, value in where.items()]
    if where.get("agent", "-") != "-":
        found.append(calls.c.agent_extension == where["agent"])  # has an index
    if which in OUTCOME_OF:
        found.append(calls.c.outcome == OUTCOME_OF[which])
    elif which == "forwarded":
        handed = exists().where(transfers.c.call_id == calls.c.call_id, transfers.c.result == "picked-up")
        found += [calls.c.outcome == "answered", handed]
    return found


def _counted(
    tx: Transaction,
    since: datetime,
    until: datetime,
    where: Mapping[str, str],
    which: str,
    zone: ZoneInfo,
    wanted: int,
) -> tuple[int, datetime]:
    """How many there are, to the last one; and a moment from which on there are at least `wanted` of them."""
    cube = cube_for(since, until, tuple(where), 15, zone)
    if cube is None:
        return _count(tx, since, until, where, which), since
    c = call_sums.c
    column: dict[str, ColumnElement[Any]] = {
        "queue": c.key, "language": c.language, "origin": c.origin, **dict.fromkeys(DAY_CUBES, c.key),
    }  # fmt: skip
    stale = stale_periods(tx, since, until, zone, cube=cube)
    query = (
        select(c.starts_at, func.sum(c[which]).label("number"))
        .where(c.cube == cube, c.starts_at >= since, c.starts_at < until, c[which] > 0)
        .where(*(column[name] == value for name, value in where.items()))
        .group_by(c.starts_at)
        .order_by(c.starts_at.desc())
    )
    total, reach = 0, since
    for row in tx.execute(query):
        if any(start <= row.starts_at < end for start, end in stale):
            continue
        if total < wanted <= total + row.number:
            reach = row.starts_at
        total += int(row.number)
    return total + sum(
        _count(tx, max(start, since), min(end, until), where, which) for start, end in stale
    ), reach


def _count(tx: Transaction, since: datetime, until: datetime, where: Mapping[str, str], which: str) -> int:
    query = (
        select(func.count())
        .select_from(with_case())
        .where(in_period(since, until), *conditions(where, which))
    )
    return tx.scalar(query) or 0
