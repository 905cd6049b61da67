"""Groups of words that mean the same, as supervisors keep them; the search asks for them at every keystroke."""

import time
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from centre120.folding import fold
from centre120.store.database import Transaction
from centre120.store.errors import Refused
from centre120.store.schema.answers import consultation_synonyms

FRESH_SECONDS = 10.0
"""A change counts at once in the process that made it, in the others after so long."""
MOST_GROUPS = 2_000
_remembered: dict[str, tuple[float, list[tuple[str, ...]]]] = {}  # by database


@dataclass(frozen=True)
class SynonymGroup:
    group_id: int
    words: tuple[str, ...]
    changed_at: datetime
    changed_by: str  # login


def list_groups(tx: Transaction) -> list[SynonymGroup]:
    """In the order of their first words."""
    there = consultation_synonyms
    rows = tx.execute(select(there).order_by(there.c.words))
    return [SynonymGroup(row.group_id, tuple(row.words), row.changed_at, row.changed_by) for row in rows]


def add_group(tx: Transaction, words: tuple[str, ...], by: str, now: datetime) -> None:
    """Raises Refused when a word stands in another group already, or there are too many groups."""
    known = {fold(word): group for group in list_groups(tx) for word in group.words}
    for word in words:
        if (group := known.get(fold(word))) is not None:
            raise Refused(
                "word-in-group",
                f"{word} stands in {', '.join(group.words)} already.",
                "Remove that group and add one with all the words.",
            )
    if len(known) >= MOST_GROUPS:
        raise Refused("too-many-groups", f"There are {MOST_GROUPS} words in groups already.", "Remove some.")
    row = {"words": list(words), "changed_by": by, "changed_at": now}
    tx.execute(insert(consultation_synonyms).values(row))
    _remembered.clear()


def remove_group(tx: Transaction, group_id: int) -> None:
    """Gone already: nothing happens."""
    tx.execute(delete(consultation_synonyms).where(consultation_synonyms.c.group_id == group_id))
    _remembered.clear()


def synonym_groups(tx: Transaction) -> list[tuple[str, ...]]:
    """For the search; a few seconds old at most."""
    key = str(tx.engine.url)
    known = _remembered.get(key)
    if known is None or time.monotonic() - known[0] > FRESH_SECONDS:
        rows = tx.scalars(select(consultation_synonyms.c.words))
        known = _remembered[key] = (time.monotonic(), [tuple(words) for words in rows])
    return known[1]
