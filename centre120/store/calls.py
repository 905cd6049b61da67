"""Calls as reports and the desk read them. Nothing here writes but the disposition: `calls` is the
recorder's.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, update

from centre120.store.database import Transaction
from centre120.store.errors import NotFound, Refused
from centre120.store.rows import columns_of, to_value, to_values
from centre120.store.schema.calls import call_events, calls, offers, transfers
from centre120.store.schema.cases import cases, dispositions

PAGE_SIZE = 50
COUNTED = 10_000  # a page shows "more than 10,000" instead of counting millions


@dataclass(frozen=True)
class Call:
    call_id: UUID
    channel_id: str | None
    linked_id: str | None
    trunk: str | None
    dialled_number: str | None
    origin_number: str | None
    outside_area: bool
    caller_number: str | None
    caller_name: str | None
    language: str | None
    case_number: str | None
    case_status: str | None
    topic: str | None
    arrived_at: datetime
    answered_at: datetime | None
    queued_at: datetime | None
    first_offered_at: datetime | None
    agent_answered_at: datetime | None
    ended_at: datetime | None
    agent_extension: str | None
    outcome: str
    route: str | None
    waited_seconds: float | None
    talked_seconds: float | None
    hold_seconds: float | None
    hung_up_by: str | None
    hangup_cause: int | None
    sip_answer: int | None
    fallback_reason: str | None
    overflow_reason: str | None
    callback_number: str | None
    status_case_number: str | None
    menu_keys: str | None
    offer_count: int
    transfer_count: int
    returned_count: int
    disposition: str | None
    disposition_by: str | None
    disposition_at: datetime | None
    wrap_up_started_at: datetime | None
    wrap_up_ended_at: datetime | None
    wrap_up_seconds: float | None
    recording_file: str | None


@dataclass(frozen=True)
class CallEvent:
    at: datetime
    kind: str
    details: dict[str, Any]
    writer: str
    seq: int


@dataclass(frozen=True)
class Offer:
    offer_id: str
    agent_extension: str
    offered_at: datetime
    ring_seconds: float | None
    ended_at: datetime | None
    result: str | None


@dataclass(frozen=True)
class Transfer:
    transfer_id: str
    kind: str | None
    agent_extension: str | None
    number: str | None
    target_name: str | None
    department_id: int | None
    official_id: int | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    ring_seconds: float | None
    result: str | None
    summary: str | None


@dataclass(frozen=True)
class CallDetail:
    call: Call
    events: tuple[CallEvent, ...]
    offers: tuple[Offer, ...]
    transfers: tuple[Transfer, ...]


@dataclass(frozen=True)
class CallFilter:
    """Everything given must hold. `since` is included, `until` is not."""

    since: datetime | None = None
    until: datetime | None = None
    outcome: str | None = None
    route: str | None = None
    agent_extension: str | None = None
    caller_number: str | None = None
    origin_number: str | None = None
    trunk: str | None = None
    language: str | None = None
    disposition: str | None = None
    topic: str | None = None
    case_number: str | None = None
    outside_area: bool | None = None


@dataclass(frozen=True)
class CallPage:
    calls: tuple[Call, ...]
    page: int  # from 1
    total: int  # at most COUNTED
    more_than_counted: bool


_FROM = calls.outerjoin(cases, calls.c.case_id == cases.c.case_id)
_CALL = select(
    *columns_of(Call, calls), cases.c.case_number, cases.c.status.label("case_status"), cases.c.topic
).select_from(_FROM)


def list_calls(tx: Transaction, filters: CallFilter, page: int = 1, page_size: int = PAGE_SIZE) -> CallPage:
    """Newest first."""
    conditions = _conditions(filters)
    matching = select(calls.c.call_id).select_from(_FROM).where(*conditions).limit(COUNTED + 1)
    total = tx.scalar(select(func.count()).select_from(matching.subquery())) or 0
    rows = tx.execute(_page(_CALL.where(*conditions), page, page_size))
    return CallPage(tuple(to_values(Call, rows)), page, min(total, COUNTED), total > COUNTED)


def _page(query: Select[Any], page: int, size: int) -> Select[Any]:
    return (
        query.order_by(calls.c.arrived_at.desc(), calls.c.call_id)
        .limit(size)
        .offset((max(page, 1) - 1) * size)
    )


def _conditions(filters: CallFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.since is not None:
        conditions.append(calls.c.arrived_at >= filters.since)
    if filters.until is not None:
        conditions.append(calls.c.arrived_at < filters.until)
    for name in ("topic", "case_number"):
        wanted = getattr(filters, name)
        if wanted is not None:
            conditions.append(cases.c[name] == wanted)
    for name in (
        *("outcome", "route", "agent_extension", "caller_number", "origin_number"),
        *("trunk", "language", "disposition", "outside_area"),
    ):
        wanted = getattr(filters, name)
        if wanted is not None:
            conditions.append(calls.c[name] == wanted)
    return conditions


def find_call(tx: Transaction, call_id: UUID) -> Call | None:
    """The call alone."""
    row = tx.execute(_CALL.where(calls.c.call_id == call_id)).one_or_none()
    return to_value(Call, row) if row else None


def get_call(tx: Transaction, call_id: UUID) -> CallDetail:
    """The call with all that happened in it, in order. Raises NotFound."""
    call = find_call(tx, call_id)
    if call is None:
        raise NotFound("call", call_id)
    events = select(*columns_of(CallEvent, call_events)).where(call_events.c.call_id == call_id)
    offered = select(*columns_of(Offer, offers)).where(offers.c.call_id == call_id)
    handed = select(*columns_of(Transfer, transfers)).where(transfers.c.call_id == call_id)
    return CallDetail(
        call,
        tuple(to_values(CallEvent, tx.execute(events.order_by(call_events.c.at, call_events.c.event_id)))),
        tuple(to_values(Offer, tx.execute(offered.order_by(offers.c.offered_at, offers.c.offer_id)))),
        tuple(
            to_values(Transfer, tx.execute(handed.order_by(transfers.c.started_at, transfers.c.transfer_id)))
        ),
    )


def set_disposition(tx: Transaction, call_id: UUID, disposition: str, by: str, now: datetime) -> None:
    """How the call ended, as the agent sees it; the last word wins. Raises NotFound, Refused."""
    if not tx.scalar(select(dispositions.c.code).where(dispositions.c.code == disposition)):
        raise Refused(
            "disposition-unknown", f"There is no disposition {disposition}.", "Choose from the list."
        )
    changed = tx.execute(
        update(calls)
        .where(calls.c.call_id == call_id)
        .values(disposition=disposition, disposition_by=by, disposition_at=now)
    )
    if changed.rowcount != 1:
        raise NotFound("call", call_id)
