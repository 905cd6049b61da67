"""The tracking codes of cases: drawn at random, none twice."""

import secrets

from sqlalchemy import select, update

from centre120.store.database import Transaction
from centre120.store.schema.cases import cases
from centre120.tracking import RANDOM_CODES, tracking_code


def next_tracking_code(tx: Transaction) -> str:
    """One that no case has."""
    while True:
        code = tracking_code(secrets.randbelow(RANDOM_CODES))
        if tx.scalar(select(cases.c.case_id).where(cases.c.tracking_code == code)) is None:
            return code


def ensure_tracking_code(tx: Transaction, case_id: int) -> str:
    """The case's code; a case from before there were codes gets one."""
    row = tx.scalar(select(cases.c.tracking_code).where(cases.c.case_id == case_id).with_for_update())
    if row is not None:
        return str(row)
    code = next_tracking_code(tx)
    tx.execute(update(cases).where(cases.c.case_id == case_id).values(tracking_code=code))
    return code
