"""Entries whose review date has come, by who owns them: what supervisors ask the owners to look at again."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from centre120.store.database import Transaction
from centre120.store.schema.consultation import consultation_entries
from centre120.store.schema.directory import departments, officials

MOST_SHOWN = 300


@dataclass(frozen=True)
class DueReview:
    entry_id: int
    code: str
    title: str
    language: str
    review_on: date
    version: int
    department_ko: str
    department_en: str
    department_number: str
    official: str
    official_number: str


def list_due_reviews(tx: Transaction, until: date) -> list[DueReview]:
    """Due until then, the oldest first, MOST_SHOWN at most."""
    entry, office, person = consultation_entries.c, departments.c, officials.c
    query = (
        select(
            entry.entry_id, entry.code, entry.title, entry.language, entry.review_on, entry.version,
            func.coalesce(office.name_ko, "").label("department_ko"),
            func.coalesce(office.name_en, "").label("department_en"),
            func.coalesce(office.number, "").label("department_number"),
            func.coalesce(person.name + " " + person.title, "").label("official"),
            func.coalesce(person.number, "").label("official_number"),
        )
        .outerjoin(departments, office.department_id == entry.owner_department_id)
        .outerjoin(officials, person.official_id == entry.official_id)
        .where(entry.review_on <= until)
        .order_by(entry.review_on, entry.code)
        .limit(MOST_SHOWN)
    )  # fmt: skip
    return [DueReview(**row._asdict()) for row in tx.execute(query)]


def count_due_reviews(tx: Transaction, until: date) -> int:
    """How many there are, shown or not."""
    entry = consultation_entries.c
    return int(tx.scalar(select(func.count()).where(entry.review_on <= until)) or 0)
