"""Ending a login's sessions: a session carries the number that was valid when it began."""

from sqlalchemy import update

from centre120.store.database import Transaction
from centre120.store.schema.people import users


def end_sessions(tx: Transaction, user_id: int) -> None:
    """Every session of this login ends, wherever it was begun."""
    changed = update(users).where(users.c.user_id == user_id)
    tx.execute(changed.values(session_epoch=users.c.session_epoch + 1))
