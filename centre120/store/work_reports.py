"""The time of agents in each state, and how departments pick up: sums for centre120/metrics.py."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Double, cast, func, select

from centre120.metrics import PickUp
from centre120.store.database import Transaction
from centre120.store.schema.calls import transfers
from centre120.store.schema.directory import departments
from centre120.store.schema.people import agent_state_log

LOOK_BACK: Final = timedelta(days=1)
"""A state that began longer ago than this before the period, and never changed in it, is not known."""
BROKEN_OFF: Final = ("cancelled", "citizen-gone")


def list_state_seconds(tx: Transaction, since: datetime, until: datetime) -> dict[str, dict[str, float]]:
    """Of each agent the seconds in each state from `since` to `until`, not later than now: {"201": {"available": 3600.0}}."""
    log = agent_state_log.c
    next_at = func.lead(log.at).over(partition_by=log.extension, order_by=(log.at, log.writer, log.seq))
    spans = (
        select(
            log.extension,
            log.state,
            func.greatest(log.at, since).label("start"),
            func.least(func.coalesce(next_at, until), until).label("end"),
        )
        .where(log.at >= since - LOOK_BACK, log.at < until)
        .subquery()
    )
    seconds = func.sum(func.extract("epoch", spans.c.end - spans.c.start))
    query = (
        select(spans.c.extension, spans.c.state, cast(seconds, Double).label("seconds"))
        .where(spans.c.end > spans.c.start)
        .group_by(spans.c.extension, spans.c.state)
        .order_by(spans.c.extension, spans.c.state)
    )
    found: dict[str, dict[str, float]] = {}
    for row in tx.execute(query):
        found.setdefault(row.extension, {})[row.state] = row.seconds
    return found


def list_pick_ups(tx: Transaction, since: datetime, until: datetime) -> list[tuple[int | None, str, PickUp]]:
    """(department_id, its Korean name, sums) of transfers begun in the period that the department decided; most tried first."""
    picked = transfers.c.result == "picked-up"
    query = (
        select(
            transfers.c.department_id,
            func.coalesce(departments.c.name_ko, "-").label("name"),
            func.count().label("tried"),
            func.count().filter(picked).label("picked_up"),
            func.coalesce(func.sum(transfers.c.ring_seconds).filter(picked), 0.0).label("ring_seconds"),
        )
        .select_from(
            transfers.outerjoin(departments, departments.c.department_id == transfers.c.department_id)
        )
        .where(
            transfers.c.started_at >= since,
            transfers.c.started_at < until,
            transfers.c.result.is_not(None),
            transfers.c.result.not_in(BROKEN_OFF),
        )
        .group_by(transfers.c.department_id, departments.c.name_ko)
        .order_by(func.count().desc(), transfers.c.department_id)
    )
    return [
        (row.department_id, row.name, PickUp(row.tried, row.picked_up, row.ring_seconds))
        for row in tx.execute(query)
    ]
