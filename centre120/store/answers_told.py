"""Stamps: which entry, in which version, a citizen was told on which call. Written once, never changed."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from centre120.store.database import Transaction
from centre120.store.schema.answers import answers_told
from centre120.store.schema.cases import case_calls
from centre120.told import TellableEntry, Told


def record_told(tx: Transaction, stamps: Sequence[Told]) -> None:
    """Whichever way a stamp came, and however often: one row. The same entry and version once more on one call: none."""
    rows = [
        {
            "told_id": one.told_id,
            "call_id": one.call_id,
            "at": one.at,
            "agent": one.agent,
            **one.entry.as_json(),
        }
        for one in stamps
    ]
    if rows:
        tx.execute(insert(answers_told).on_conflict_do_nothing(), rows)


def list_told_on_call(tx: Transaction, call_id: UUID) -> list[Told]:
    """In the order in which they were told."""
    return _list(tx, answers_told.c.call_id == call_id)


def list_told_on_case(tx: Transaction, case_id: int) -> list[Told]:
    """On all calls of the case but those that only heard its status, in the order in which they were told."""
    of_case = select(case_calls.c.call_id).where(
        case_calls.c.case_id == case_id, case_calls.c.relation != "status-heard"
    )
    return _list(tx, answers_told.c.call_id.in_(of_case))


def _list(tx: Transaction, condition: object) -> list[Told]:
    there = answers_told.c
    rows = tx.execute(select(answers_told).where(condition).order_by(there.at, there.told_id))  # type: ignore[arg-type]
    return [told_of_row(row._asdict()) for row in rows]


def told_of_row(row: dict[str, object]) -> Told:
    """A row of answers_told as a value."""
    entry = {name: row[name] for name in TellableEntry.__dataclass_fields__}
    return Told(
        row["told_id"],  # type: ignore[arg-type]
        row["call_id"],  # type: ignore[arg-type]
        row["at"],  # type: ignore[arg-type]
        str(row["agent"]),
        TellableEntry(**entry),  # type: ignore[arg-type]
    )
