"""Calls of another system's log, in the record beside our own: marked with their import, never twice, taken out whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from sqlalchemy import delete, func, select, text, update

from centre120.foreign_calls import ForeignCall
from centre120.store.database import Transaction
from centre120.store.errors import NotFound
from centre120.store.rows import columns_of, to_values
from centre120.store.schema.calls import call_imports, calls

_COLUMNS: Final = (
    "call_id", "import_id", "foreign_type", "origin_number", "caller_number", "language", "arrived_at", "queued_at",
    "agent_answered_at", "ended_at", "agent_extension", "outcome", "route", "waited_seconds", "talked_seconds",
    "hold_seconds", "wrap_up_seconds",
)  # fmt: skip
_NAMED: Final = ", ".join(_COLUMNS)


@dataclass(frozen=True)
class CallImport:
    """One import that brought calls."""

    import_id: int
    file_name: str
    begun_at: datetime
    ended_at: datetime | None  # None: interrupted; importing the file again adds what is missing
    added: int
    rejected: int


def begin_import(tx: Transaction, file_name: str) -> int:
    """A number for what is going to be imported."""
    made = tx.scalar(
        call_imports.insert().values(file_name=file_name[:300]).returning(call_imports.c.import_id)
    )
    assert made is not None  # noqa: S101 - RETURNING returns
    return int(made)


def record_imported(tx: Transaction, import_id: int, some: Sequence[ForeignCall], zone: tzinfo) -> int:
    """Bring in a batch by COPY; what is on record already stays as it is. How many were added."""
    tx.execute(text(_STAGE))
    cursor = tx.connection.cursor()  # psycopg's: SQLAlchemy has no COPY
    with cursor.copy(f"COPY imported ({_NAMED}) FROM STDIN") as copy:
        for call in some:
            copy.write_row(_row(call, import_id, zone))
    added = tx.execute(text(_TAKE)).rowcount
    tx.execute(text("DROP TABLE imported"))
    change = update(call_imports).where(call_imports.c.import_id == import_id)
    tx.execute(change.values(added=call_imports.c.added + added))
    return int(added)


_STAGE: Final = (
    "CREATE TEMP TABLE imported AS SELECT " + _NAMED + " FROM calls WITH NO DATA"  # noqa: S608 - our own column names
)
_TAKE: Final = (
    "INSERT INTO calls (" + _NAMED + ") SELECT " + _NAMED + " FROM imported ON CONFLICT (call_id) DO NOTHING"  # noqa: S608
)


def _row(call: ForeignCall, import_id: int, zone: tzinfo) -> tuple[object, ...]:
    def aware(at: datetime | None) -> datetime | None:
        return at.replace(tzinfo=zone) if at else None

    return (
        call.call_id, import_id, call.type, call.origin_number, call.caller_number, call.language,
        aware(call.arrived_at), aware(call.queued_at), aware(call.answered_at), aware(call.ended_at), call.agent,
        call.outcome, "queue" if call.queued_at else None, call.waited_seconds, call.talked_seconds, call.hold_seconds,
        call.wrap_up_seconds,
    )  # fmt: skip


def end_import(tx: Transaction, import_id: int, rejected: int) -> bool:
    """It is complete. Whether it is kept: one that added nothing leaves no trace."""
    change = update(call_imports).where(call_imports.c.import_id == import_id)
    tx.execute(change.values(ended_at=func.now(), rejected=rejected))
    nothing = (call_imports.c.import_id == import_id) & (call_imports.c.added == 0)
    return tx.execute(delete(call_imports).where(nothing)).rowcount == 0


def undo_import(tx: Transaction, import_id: int, at_once: int) -> int:
    """Take out at most `at_once` of its calls; 0 when the import is gone. Raises NotFound for one that is not there."""
    if tx.scalar(select(call_imports.c.import_id).where(call_imports.c.import_id == import_id)) is None:
        raise NotFound("import", str(import_id))
    some = select(calls.c.call_id).where(calls.c.import_id == import_id).limit(at_once)
    gone = tx.execute(delete(calls).where(calls.c.call_id.in_(some))).rowcount
    if gone == 0:
        tx.execute(delete(call_imports).where(call_imports.c.import_id == import_id))
    return int(gone)


def list_imports(tx: Transaction) -> list[CallImport]:
    """Newest first."""
    query = select(*columns_of(CallImport, call_imports)).order_by(call_imports.c.import_id.desc())
    return to_values(CallImport, tx.execute(query))
