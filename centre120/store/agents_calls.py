"""Which calls and citizens are an agent's business: the rules by which a desk may read and write.

An offer that the agent answered, or that still rings, makes a call theirs; one that went to somebody else does not.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from centre120.store.database import Transaction
from centre120.store.schema.calls import calls, offers
from centre120.store.schema.cases import case_calls


def _theirs(extension: str) -> ColumnElement[bool]:
    return (offers.c.agent_extension == extension) & or_(
        offers.c.result.is_(None), offers.c.result == "answered"
    )


def has_call(tx: Transaction, call_id: UUID, extension: str) -> bool:
    """Whether this call is, or was, this agent's."""
    offered = select(offers.c.offer_id).where(offers.c.call_id == call_id, _theirs(extension))
    first = select(calls.c.call_id).where(calls.c.call_id == call_id, calls.c.agent_extension == extension)
    return bool(tx.scalar(select(offered.exists() | first.exists())))


def has_case(tx: Transaction, case_id: int, extension: str) -> bool:
    """Whether one of this case's calls is, or was, this agent's."""
    query = (
        select(offers.c.offer_id)
        .join(case_calls, case_calls.c.call_id == offers.c.call_id)
        .where(case_calls.c.case_id == case_id, _theirs(extension))
    )
    return bool(tx.scalar(select(query.exists())))


def has_citizen(tx: Transaction, number: str, extension: str, since: datetime) -> bool:
    """Whether a call from this number was this agent's since then: it lets them read what the citizen asked before."""
    query = (
        select(offers.c.offer_id)
        .join(calls, calls.c.call_id == offers.c.call_id)
        .where(calls.c.caller_number == number, offers.c.offered_at >= since, _theirs(extension))
    )
    return bool(tx.scalar(select(query.exists())))


def is_case_of_other_call(tx: Transaction, case_id: int, call_id: UUID) -> bool:
    """Whether this case was opened with another call than this one."""
    query = select(case_calls.c.case_id).where(
        case_calls.c.case_id == case_id,
        case_calls.c.relation == "opened",
        case_calls.c.call_id != call_id,
    )
    return bool(tx.scalar(select(query.exists())))
