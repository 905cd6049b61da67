"""The totals of centre120/metrics.py, computed in PostgreSQL: one statement for a period, grouped as asked."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, and_, cast, exists, func, literal, or_, select, text
from sqlalchemy.orm import aliased

from centre120.metrics import REPEAT_HOURS, Totals
from centre120.store.database import Transaction
from centre120.store.schema.calls import calls, transfers
from centre120.store.schema.cases import cases

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
KINDS: Final = ("queue", "language", "agent", "origin", "topic")
DIMENSIONS: Final = (*TIMES, *KINDS)

NOTHING: Final = "-"
"""The group of calls that have no language, agent, topic."""

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
    keys = [_key(name, zone).label(f"k{place}") for place, name in enumerate(by)]
    query = (
        select(*keys, *_sums(within_seconds))
        .select_from(calls.outerjoin(cases, cases.c.case_id == calls.c.case_id))
        .where(
            calls.c.queued_at >= since,
            calls.c.queued_at < until,
            # arrivals are indexed: nobody joins a queue before arriving, nor a day after
            calls.c.arrived_at >= since - timedelta(days=1),
            calls.c.arrived_at < until,
        )
    )
    if keys:
        query = query.group_by(*keys).order_by(*keys)
    names = [column.name for column in _sums(within_seconds)]
    return [
        (
            tuple(str(value) for value in row[: len(keys)]),
            Totals(**{name: value or 0 for name, value in zip(names, row[len(keys) :], strict=True)}),
        )
        for row in tx.execute(query)
    ]


def _key(name: str, zone: str) -> ColumnElement[Any]:
    if name in TIMES:
        local = func.timezone(zone, calls.c.queued_at)
        if TIMES[name][0].isdigit():
            start = func.date_bin(text(f"interval '{TIMES[name]}'"), local, text("timestamp '2001-01-01'"))
            return func.to_char(start, "YYYY-MM-DD HH24:MI")
        return func.to_char(func.date_trunc(TIMES[name], local), "YYYY-MM-DD")
    column = {
        "queue": func.coalesce(_fallback(), calls.c.language),
        "language": calls.c.language,
        "agent": calls.c.agent_extension,
        "origin": calls.c.origin_number,
        "topic": func.coalesce(cases.c.topic, calls.c.foreign_type),
    }[name]
    return func.coalesce(column, literal(NOTHING))


def _fallback() -> ColumnElement[Any]:
    """`fallback` for calls that the last resort had."""
    return func.nullif(calls.c.route, "queue")


def _sums(within_seconds: float) -> list[ColumnElement[Any]]:
    answered = calls.c.outcome == "answered"
    waited = func.coalesce(calls.c.waited_seconds, 0.0)
    forwarded = exists().where(transfers.c.call_id == calls.c.call_id, transfers.c.result == "picked-up")
    later = aliased(calls)
    again = exists().where(
        later.c.caller_number == calls.c.caller_number,
        later.c.arrived_at > calls.c.ended_at,
        later.c.arrived_at <= calls.c.ended_at + text(f"interval '{REPEAT_HOURS} hours'"),
    )
    known = calls.c.caller_number.is_not(None)

    def count(name: str, *rules: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.count().filter(and_(*rules)).label(name)

    def seconds(name: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.coalesce(func.sum(column).filter(answered), 0.0).label(name)

    return [
        cast(func.count(), Integer).label("offered"),
        count("answered", answered),
        count("answered_within", answered, waited <= within_seconds),
        count("abandoned", calls.c.outcome == "abandoned"),
        count("short_abandoned", calls.c.outcome == "short-abandoned"),
        count("callback_requested", calls.c.outcome == "callback-requested"),
        count("cut_by_system", calls.c.outcome == "cut-by-system"),
        count("in_progress", calls.c.outcome == "in-progress"),
        count("forwarded", answered, forwarded),
        count("known", answered, known),
        count("settled_at_once", answered, known, ~or_(forwarded, again)),
        seconds("waited_seconds", calls.c.waited_seconds),
        seconds("talked_seconds", calls.c.talked_seconds),
        seconds("hold_seconds", calls.c.hold_seconds),
        seconds("wrap_up_seconds", calls.c.wrap_up_seconds),
        func.coalesce(func.max(calls.c.waited_seconds), 0.0).label("longest_wait_seconds"),
    ]
