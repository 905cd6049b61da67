"""The language a number chose last time, so that nobody has to choose twice."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from centre120.store.database import Transaction
from centre120.store.schema.people import citizens_languages as remembered


def find_language(tx: Transaction, number: str) -> str | None:
    """The language this number chose, or None."""
    return tx.scalar(select(remembered.c.language).where(remembered.c.number == number))


def record_language(tx: Transaction, number: str, language: str, now: datetime) -> None:
    """This number chose `language` (one of names.LANGUAGES) at `now`; a later choice on record is kept."""
    statement = insert(remembered).values(number=number, language=language, chosen_at=now)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=[remembered.c.number],
            set_={"language": language, "chosen_at": now},
            where=remembered.c.chosen_at <= now,
        )
    )
