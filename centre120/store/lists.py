"""The lists an agent chooses from: topics (a tree of two levels) and dispositions."""

from dataclasses import dataclass

from sqlalchemy import select

from centre120.store.database import Transaction
from centre120.store.rows import columns_of, to_values
from centre120.store.schema.cases import dispositions, topics


@dataclass(frozen=True)
class Topic:
    code: str
    parent: str | None
    name_ko: str
    name_en: str


@dataclass(frozen=True)
class Disposition:
    code: str
    name_ko: str
    name_en: str


def list_topics(tx: Transaction) -> list[Topic]:
    """Active topics in the order of the desk; a topic follows its parent."""
    query = select(*columns_of(Topic, topics)).where(topics.c.active).order_by(topics.c.position)
    return to_values(Topic, tx.execute(query))


def list_dispositions(tx: Transaction) -> list[Disposition]:
    """Active dispositions in the order of the desk."""
    query = select(*columns_of(Disposition, dispositions)).where(dispositions.c.active)
    return to_values(Disposition, tx.execute(query.order_by(dispositions.c.position)))
