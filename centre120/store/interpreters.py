"""Interpreter partners: who is rung for which language, in which order."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from centre120.store.database import Transaction
from centre120.store.rows import columns_of, to_values
from centre120.store.schema.interpreters import interpreter_partners


@dataclass(frozen=True)
class Partner:
    language: str
    name: str
    number: str
    position: int
    ring_seconds: int


def list_partners(tx: Transaction) -> list[Partner]:
    """Active ones, by language in the order in which they are tried."""
    table = interpreter_partners
    query = select(*columns_of(Partner, table)).where(table.c.active)
    return to_values(Partner, tx.execute(query.order_by(table.c.language, table.c.position)))


def record_partners(tx: Transaction, partners: Sequence[Partner]) -> int:
    """Put each in its place, in place of who stood there before. Returns how many."""
    if not partners:
        return 0
    statement = insert(interpreter_partners).values(
        [
            {
                "language": one.language,
                "name": one.name,
                "number": one.number,
                "position": one.position,
                "ring_seconds": one.ring_seconds,
            }
            for one in partners
        ]
    )
    replaced = {name: statement.excluded[name] for name in ("name", "number", "ring_seconds")}
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["language", "position"],
            set_={**replaced, "active": True, "changed_at": func.clock_timestamp()},
        )
    )
    return len(partners)
