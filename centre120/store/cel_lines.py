"""What Asterisk itself wrote down of one call: the second witness, as the call's page shows it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from centre120.store.database import Transaction
from centre120.store.rows import columns_of, to_values
from centre120.store.schema.witnesses import cel

MOST = 500


@dataclass(frozen=True)
class CelLine:
    at: datetime
    event: str
    user_event: str | None
    channame: str
    context: str
    exten: str
    appname: str
    extra: str


def list_cel_of_call(tx: Transaction, call_id: UUID) -> list[CelLine]:
    """In the order they were written; the first 500."""
    query = select(*columns_of(CelLine, cel)).where(cel.c.call_id == call_id)
    return to_values(CelLine, tx.execute(query.order_by(cel.c.at, cel.c.cel_id).limit(MOST)))
