"""The third witness as the books read it, and the books of each night."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from centre120.books import Books, CallRow
from centre120.store.database import Transaction
from centre120.store.rows import columns_of, to_values
from centre120.store.schema.books import books
from centre120.store.schema.calls import calls
from centre120.store.schema.cases import case_calls

_AT_ONCE = 5_000
_SHOWN = 1_000


@dataclass(frozen=True)
class KeptBooks:
    """One night's result."""

    since_at: datetime
    until_at: datetime
    made_at: datetime
    balanced: bool
    invites: int
    answered: int
    abandoned: int
    callback_requested: int
    refused: int
    self_served: int
    cut_by_system: int
    going_on: int
    not_judged: int
    unread_records: int
    discrepancies: int
    details: Mapping[str, Any]


def list_call_rows(
    tx: Transaction, since: datetime, until: datetime, named: Iterable[UUID], channels: Iterable[str]
) -> list[CallRow]:
    """All calls that arrived from `since` to `until`, and those that other witnesses name, whenever they arrived."""
    found = {
        row.call_id: row for row in _rows(tx, (calls.c.arrived_at >= since) & (calls.c.arrived_at < until))
    }
    missing = sorted(set(named) - set(found))
    for start in range(0, len(missing), _AT_ONCE):
        some = missing[start : start + _AT_ONCE]
        found |= {row.call_id: row for row in _rows(tx, calls.c.call_id.in_(some))}
    known = {row.channel_id for row in found.values()}
    lost = sorted(set(channels) - known - {None})
    for start in range(0, len(lost), _AT_ONCE):
        some_channels = lost[start : start + _AT_ONCE]
        of_channel = or_(calls.c.channel_id.in_(some_channels), calls.c.linked_id.in_(some_channels))
        found |= {row.call_id: row for row in _rows(tx, of_channel)}
    return list(found.values())


def _rows(tx: Transaction, of: ColumnElement[bool]) -> list[CallRow]:
    ours = calls.c.import_id.is_(None)  # the calls of another system's log have no witnesses here
    opened = (
        select(func.count())
        .where(case_calls.c.call_id == calls.c.call_id, case_calls.c.relation == "opened")
        .scalar_subquery()
        .label("case_count")
    )
    return to_values(CallRow, tx.execute(select(*columns_of(CallRow, calls), opened).where(of, ours)))


def record_books(tx: Transaction, made: Books, details: Mapping[str, Any]) -> None:
    """Keep one result; the books of the same `until` are replaced."""
    row = {
        "since_at": made.since,
        "until_at": made.until,
        "balanced": made.balanced,
        "invites": made.invites,
        **{ending.replace("-", "_"): count for ending, count in made.endings.items()},
        "going_on": len(made.going_on),
        "not_judged": len(made.not_judged),
        "unread_records": made.unread_records,
        "discrepancies": len(made.discrepancies),
        "details": {**details, "discrepancies": list(details.get("discrepancies", ()))[:_SHOWN]},
    }
    statement = insert(books).values(row)
    again = {name: statement.excluded[name] for name in row} | {"made_at": func.now()}
    tx.execute(statement.on_conflict_do_update(index_elements=[books.c.until_at], set_=again))


def list_kept_books(tx: Transaction, most: int) -> Sequence[KeptBooks]:
    """The newest first."""
    query = select(*columns_of(KeptBooks, books)).order_by(books.c.until_at.desc()).limit(most)
    return to_values(KeptBooks, tx.execute(query))
