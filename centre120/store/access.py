"""Who opened whose file, and why: written in the same transaction that reads the person's data."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from centre120.store.database import Transaction
from centre120.store.rows import columns_of, to_values
from centre120.store.schema.people import access_log


@dataclass(frozen=True)
class Access:
    at: datetime
    who: str
    address: str | None
    whose: str | None
    what: str
    purpose: str


def record_access(
    tx: Transaction,
    *,
    who: str,
    address: str | None,
    whose: str | None,
    what: str,
    purpose: str,
    now: datetime,
) -> None:
    """`who` (login) looked at `what` (call:<id>, case:<number>, ...) of `whose` (number) for `purpose`."""
    values = {"at": now, "who": who, "address": address, "whose": whose, "what": what, "purpose": purpose}
    tx.execute(insert(access_log).values(values))


def list_accesses(
    tx: Transaction, *, whose: str | None = None, who: str | None = None, limit: int = 200
) -> list[Access]:
    """Newest first; of one citizen's number, or by one login, or all."""
    query = select(*columns_of(Access, access_log)).order_by(
        access_log.c.at.desc(), access_log.c.access_id.desc()
    )
    if whose is not None:
        query = query.where(access_log.c.whose == whose)
    if who is not None:
        query = query.where(access_log.c.who == who)
    return to_values(Access, tx.execute(query.limit(limit)))
