"""The recorder's own case numbers (writer 0), for calls that never met `ari_app`."""

from datetime import date

from sqlalchemy.dialects.postgresql import insert

from centre120.cases import WRITER_RECORDER, case_number
from centre120.store.database import Transaction
from centre120.store.schema.cases import case_counters


def next_case_number(tx: Transaction, day: date) -> str:
    """The next number of `day`; the counter's row is locked until the end of the transaction."""
    first = insert(case_counters).values(day=day, counter=1)
    counter = tx.scalar(
        first.on_conflict_do_update(
            index_elements=[case_counters.c.day], set_={"counter": case_counters.c.counter + 1}
        ).returning(case_counters.c.counter)
    )
    return case_number(day, WRITER_RECORDER, counter or 0)
