"""The tree of topics as supervisors edit it: every change is kept, a topic is retired and never deleted."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TypedDict, Unpack

from sqlalchemy import func, insert, select, update

from centre120.store.database import Transaction
from centre120.store.errors import NotFound, Refused
from centre120.store.rows import columns_of, to_value, to_values
from centre120.store.schema.case_work import topic_changes
from centre120.store.schema.cases import topics
from centre120.topics import TopicNode, why_not_below

_WHY = {
    "unknown": "There is no such topic to hang it below.",
    "itself": "A topic can not hang below itself.",
    "too-deep": "The list on the desk has three levels.",
}


@dataclass(frozen=True)
class EditedTopic(TopicNode):
    name_ko: str = ""
    name_en: str = ""


@dataclass(frozen=True)
class TopicChange:
    at: datetime
    by: str
    code: str
    field: str
    before: str | None
    after: str | None


class TopicFields(TypedDict, total=False):
    name_ko: str
    name_en: str
    parent: str | None
    position: int
    active: bool


def list_all_topics(tx: Transaction) -> list[EditedTopic]:
    """Retired ones too, in no order (centre120/topics.py orders them)."""
    return to_values(EditedTopic, tx.execute(select(*columns_of(EditedTopic, topics))))


def list_topic_changes(tx: Transaction, limit: int = 100) -> list[TopicChange]:
    """Newest first."""
    query = select(*columns_of(TopicChange, topic_changes)).order_by(topic_changes.c.change_id.desc())
    return to_values(TopicChange, tx.execute(query.limit(limit)))


def add_topic(
    tx: Transaction, parent: str | None, name_ko: str, name_en: str, by: str, now: datetime
) -> EditedTopic:
    """A new topic behind its brothers; its code is made here and never changes. Raises Refused."""
    _check_names(name_ko, name_en)
    tx.execute(select(topics.c.code).with_for_update())  # one editor at a time: positions and codes
    known = {topic.code: topic.parent for topic in list_all_topics(tx)}
    base = f"{parent}." if parent else ""
    code = next(made for n in range(1, len(known) + 2) if (made := f"{base}added-{n}") not in known)
    _check_parent(code, parent, {**known, code: None})
    last = tx.scalar(select(func.coalesce(func.max(topics.c.position), 0))) or 0
    made_topic = EditedTopic(code, parent, last + 1, True, name_ko, name_en)
    tx.execute(insert(topics).values(asdict(made_topic)))
    _record(tx, code, "added", None, f"{name_ko} / {name_en}", by, now)
    return made_topic


def change_topic(
    tx: Transaction, code: str, by: str, now: datetime, **fields: Unpack[TopicFields]
) -> EditedTopic:
    """Rename, move, retire, take back. Raises NotFound, Refused."""
    tx.execute(select(topics.c.code).with_for_update())
    all_topics = {topic.code: topic for topic in list_all_topics(tx)}
    if code not in all_topics:
        raise NotFound("topic", code)
    stored = all_topics[code]
    given: dict[str, object] = dict(fields)
    changed = {name: after for name, after in given.items() if getattr(stored, name) != after}
    if not changed:
        return stored
    _check_names(fields.get("name_ko", stored.name_ko), fields.get("name_en", stored.name_en))
    if "parent" in changed:
        _check_parent(code, fields["parent"], {one.code: one.parent for one in all_topics.values()})
    row = tx.execute(
        update(topics)
        .where(topics.c.code == code)
        .values(changed)
        .returning(*columns_of(EditedTopic, topics))
    )
    for name, after in changed.items():
        before = getattr(stored, name)
        _record(
            tx,
            code,
            name,
            None if before is None else str(before),
            None if after is None else str(after),
            by,
            now,
        )
    return to_value(EditedTopic, row.one())


def move_topic(tx: Transaction, code: str, up: bool, by: str, now: datetime) -> None:
    """One place up or down among its brothers; at the end nothing happens. Raises NotFound."""
    all_topics = list_all_topics(tx)
    one = next((topic for topic in all_topics if topic.code == code), None)
    if one is None:
        raise NotFound("topic", code)
    brothers = sorted(
        (topic for topic in all_topics if topic.parent == one.parent),
        key=lambda topic: (topic.position, topic.code),
    )
    place = brothers.index(one)
    other = place + (-1 if up else 1)
    if not 0 <= other < len(brothers):
        return
    brothers[place], brothers[other] = brothers[other], brothers[place]
    positions = sorted(topic.position for topic in brothers)
    if len(set(positions)) < len(positions):
        positions = list(range(positions[0], positions[0] + len(positions)))
    for topic, position in zip(brothers, positions, strict=True):
        change_topic(tx, topic.code, by, now, position=position)


def _check_names(name_ko: str, name_en: str) -> None:
    if not name_ko.strip() or not name_en.strip():
        raise Refused("topic-unnamed", "A topic has a Korean and an English name.", "Write both.")


def _check_parent(code: str, parent: str | None, parents: dict[str, str | None]) -> None:
    why = why_not_below(code, parent, parents)
    if why is not None:
        raise Refused(f"topic-{why}", _WHY[why], "Choose another place in the tree.")


def _record(
    tx: Transaction, code: str, field: str, before: str | None, after: str | None, by: str, now: datetime
) -> None:
    values = {"code": code, "at": now, "by": by, "field": field, "before": before, "after": after}
    tx.execute(insert(topic_changes).values(values))
