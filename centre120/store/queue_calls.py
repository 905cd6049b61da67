"""Calls of a period as Asterisk's queue_log tells of them (centre120/queue_log.py)."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from centre120.queue_log import QueueCall, QueueOffer
from centre120.store.call_facts import in_period, kind, with_case
from centre120.store.database import Transaction
from centre120.store.schema.calls import calls, offers, transfers


def list_queue_calls(
    tx: Transaction, since: datetime, until: datetime, shown: Callable[[str | None], str]
) -> list[QueueCall]:
    """Those that joined a queue in the period; `shown` says how a caller's number may be written."""
    rang: dict[UUID, list[QueueOffer]] = defaultdict(list)
    inside = select(calls.c.call_id).where(in_period(since, until))
    tried = select(offers).where(offers.c.call_id.in_(inside)).order_by(offers.c.offered_at)
    for row in tx.execute(tried):
        rang[row.call_id].append(QueueOffer(row.agent_extension, row.offered_at, row.ended_at, row.result))
    picked_up = select(transfers).where(transfers.c.call_id.in_(inside), transfers.c.result == "picked-up")
    handed = {row.call_id: row for row in tx.execute(picked_up.order_by(transfers.c.started_at))}
    query = (
        select(
            calls,
            kind("queue").label("queue"),
            func.coalesce(calls.c.channel_id, func.text(calls.c.call_id)).label("name"),
        )
        .select_from(with_case())
        .where(in_period(since, until))
    )
    return [
        QueueCall(
            name=row.name,
            queue=row.queue,
            queued_at=row.queued_at,
            outcome=row.outcome,
            waited_seconds=row.waited_seconds or 0.0,
            talked_seconds=row.talked_seconds or 0.0,
            caller_number=shown(row.caller_number),
            agent=row.agent_extension or "",
            agent_answered_at=row.agent_answered_at,
            ended_at=row.ended_at,
            hung_up_by=row.hung_up_by,
            handed_to=handed[row.call_id].number or "department" if row.call_id in handed else "",
            handed_kind=handed[row.call_id].kind or "" if row.call_id in handed else "",
            offers=tuple(rang.get(row.call_id, ())),
        )
        for row in tx.execute(query)
    ]
