"""What of each call goes into the figures, in SQL: the one place where PostgreSQL computes what centre120/metrics.py defines.

`facts` is a row per call that joined a queue in a period; `sums` are the totals over such rows. Both the report of a moment
(centre120/store/reports.py) and the kept sums (centre120/store/call_sums.py) are made of these two.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Subquery,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.orm import aliased

from centre120.metrics import REPEAT_HOURS
from centre120.store.schema.calls import calls, transfers
from centre120.store.schema.cases import cases

NOTHING: Final = "-"
"""The group of calls that have no language, agent, topic."""
KINDS: Final = ("queue", "language", "agent", "origin", "topic", "district", "department")
"""What calls are told apart by."""
EPOCH: Final = "timestamptz '2001-01-01 00:00:00+00'"


def kind(name: str) -> ColumnElement[Any]:
    """One of KINDS, of a call with its case."""
    department = (
        select(transfers.c.department_id)
        .where(transfers.c.call_id == calls.c.call_id, transfers.c.result == "picked-up")
        .order_by(transfers.c.started_at, transfers.c.transfer_id)
        .limit(1)
        .scalar_subquery()
    )
    column: dict[str, ColumnElement[Any]] = {
        # `fallback`: the last resort had the call
        "queue": func.coalesce(func.nullif(calls.c.route, "queue"), calls.c.language),
        "language": calls.c.language,
        "agent": calls.c.agent_extension,
        "origin": calls.c.origin_number,
        "topic": func.coalesce(cases.c.topic, calls.c.foreign_type),
        "district": cases.c.district,
        "department": cast(department, calls.c.language.type),
    }
    return func.coalesce(column[name], literal(NOTHING))


def in_period(since: datetime, until: datetime) -> ColumnElement[bool]:
    """Joined the queue from `since` to `until` (not included)."""
    return and_(
        calls.c.queued_at >= since,
        calls.c.queued_at < until,
        # arrivals are indexed: nobody joins a queue before arriving, nor a day after
        calls.c.arrived_at >= since - timedelta(days=1),
        calls.c.arrived_at < until,
    )


def with_case() -> FromClause:
    """Calls with the case opened with them."""
    return calls.outerjoin(cases, cases.c.case_id == calls.c.case_id)


def facts(since: datetime, until: datetime, kinds: tuple[str, ...]) -> Subquery:
    """A row per call of the period: `queued_at`, `kinds`, and what the sums need."""
    answered = calls.c.outcome == "answered"
    forwarded = exists().where(transfers.c.call_id == calls.c.call_id, transfers.c.result == "picked-up")
    later = aliased(calls)
    again = exists().where(
        later.c.caller_number == calls.c.caller_number,
        later.c.arrived_at > calls.c.ended_at,
        later.c.arrived_at <= calls.c.ended_at + text(f"interval '{REPEAT_HOURS} hours'"),
    )
    known = calls.c.caller_number.is_not(None)
    query = (
        select(
            calls.c.queued_at,
            *(kind(name).label(name) for name in kinds),
            calls.c.outcome,
            func.coalesce(calls.c.waited_seconds, 0.0).label("waited"),
            calls.c.talked_seconds,
            calls.c.hold_seconds,
            calls.c.wrap_up_seconds,
            and_(answered, forwarded).label("forwarded"),
            and_(answered, known).label("known"),
            and_(answered, known, ~or_(forwarded, again)).label("settled_at_once"),
        )
        .select_from(with_case())
        .where(in_period(since, until))
    )
    return query.offset(literal(0)).subquery(
        "facts"
    )  # a fence: each fact is worked out once, however often it is summed


def sums(of: Subquery) -> list[ColumnElement[Any]]:
    """Every sum of centre120/metrics.py's Totals but those within T, named as there."""
    answered = of.c.outcome == "answered"

    def count(name: str, rule: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.count().filter(rule).label(name)

    def seconds(name: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.coalesce(func.sum(column).filter(answered), 0.0).label(name)

    return [
        cast(func.count(), Integer).label("offered"),
        count("answered", answered),
        count("abandoned", of.c.outcome == "abandoned"),
        count("short_abandoned", of.c.outcome == "short-abandoned"),
        count("callback_requested", of.c.outcome == "callback-requested"),
        count("cut_by_system", of.c.outcome == "cut-by-system"),
        count("in_progress", of.c.outcome == "in-progress"),
        count("forwarded", of.c.forwarded),
        count("known", of.c.known),
        count("settled_at_once", of.c.settled_at_once),
        seconds("waited_seconds", of.c.waited),
        seconds("talked_seconds", of.c.talked_seconds),
        seconds("hold_seconds", of.c.hold_seconds),
        seconds("wrap_up_seconds", of.c.wrap_up_seconds),
        func.coalesce(func.max(of.c.waited), 0.0).label("longest_wait_seconds"),
    ]


def sums_within(of: Subquery, seconds: float) -> list[ColumnElement[Any]]:
    """`answered_within` and `abandoned_within` (short ones too) of one T."""
    soon = of.c.waited <= seconds
    gone = of.c.outcome.in_(("abandoned", "short-abandoned"))
    return [
        func.count().filter(of.c.outcome == "answered", soon).label("answered_within"),
        func.count().filter(gone, soon).label("abandoned_within"),
    ]
