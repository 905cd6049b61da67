"""The lists an agent chooses from: topics (a tree) and dispositions."""

from dataclasses import dataclass

from sqlalchemy import select

from centre120.store.database import Transaction
from centre120.store.rows import columns_of, to_values
from centre120.store.schema.cases import dispositions
from centre120.store.topics import list_all_topics
from centre120.topics import choosable, in_order


@dataclass(frozen=True)
class Topic:
    code: str
    parent: str | None
    name_ko: str
    name_en: str
    depth: int = 0
    offered: bool = True  # False: retired; cases of before keep it


@dataclass(frozen=True)
class Disposition:
    code: str
    name_ko: str
    name_en: str


def list_topics(tx: Transaction) -> list[Topic]:
    """Topics in the order of the desk, each behind its parent; retired ones, and what is below them, say so."""
    every = list_all_topics(tx)
    offered = {topic.code for _, topic in choosable(every)}
    return [
        Topic(topic.code, topic.parent, topic.name_ko, topic.name_en, depth, topic.code in offered)
        for depth, topic in in_order(every)
    ]


def list_dispositions(tx: Transaction) -> list[Disposition]:
    """Active dispositions in the order of the desk."""
    query = select(*columns_of(Disposition, dispositions)).where(dispositions.c.active)
    return to_values(Disposition, tx.execute(query.order_by(dispositions.c.position)))
