"""Consultation entries: read, write, and every version they had. Whoever saves says why."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from centre120.entries import EntryFields, fields_of_json
from centre120.folding import letters
from centre120.search_terms import SPELLING, index_terms
from centre120.store.database import Transaction
from centre120.store.errors import ChangedMeanwhile, NotFound, Refused
from centre120.store.schema.consultation import (
    consultation_entries,
    consultation_questions,
    consultation_revisions,
    consultation_search,
)
from centre120.term_weights import weigh

BATCH = 500
_OWN = tuple(name for name in EntryFields.__dataclass_fields__ if name != "questions")


@dataclass(frozen=True)
class Entry:
    entry_id: int
    code: str
    version: int
    changed_at: datetime
    fields: EntryFields


@dataclass(frozen=True)
class Revision:
    version: int
    at: datetime
    by: str
    reason: str
    fields: EntryFields


def find_entry(tx: Transaction, entry_id: int) -> Entry | None:
    """One entry with its question forms."""
    there = consultation_entries.c
    found = list_entries(tx, there.entry_id == entry_id)
    return found[0] if found else None


def get_entry(tx: Transaction, entry_id: int) -> Entry:
    """One entry. Raises NotFound."""
    found = find_entry(tx, entry_id)
    if found is None:
        raise NotFound("consultation entry", entry_id)
    return found


def list_entries(tx: Transaction, *conditions: Any) -> list[Entry]:
    """By their code; all of them without conditions."""
    there = consultation_entries
    rows = tx.execute(select(there).where(*conditions).order_by(there.c.code)).all()
    asked: dict[int, list[str]] = {}
    questions = consultation_questions.c
    of_these = select(there.c.entry_id).where(*conditions)
    for row in tx.execute(
        select(questions.entry_id, questions.question)
        .where(questions.entry_id.in_(of_these))
        .order_by(questions.entry_id, questions.position)
    ):
        asked.setdefault(row.entry_id, []).append(row.question)
    return [_entry(row, asked.get(row.entry_id, [])) for row in rows]


def _entry(row: Any, questions: Iterable[str]) -> Entry:
    own = {name: row._mapping[name] for name in _OWN}
    fields = EntryFields(**own, questions=tuple(questions))
    return Entry(row.entry_id, row.code, row.version, row.changed_at, fields)


def list_codes(tx: Transaction) -> dict[str, int]:
    """code -> entry_id of every entry."""
    there = consultation_entries.c
    return {row.code: row.entry_id for row in tx.execute(select(there.code, there.entry_id))}


def add_entry(tx: Transaction, code: str, fields: EntryFields, by: str, reason: str, now: datetime) -> Entry:
    """A new entry, version 1. Raises Refused when the code is taken."""
    try:
        with tx.begin_nested():
            return add_entries(tx, [(code, fields)], by, reason, now)[0]
    except IntegrityError as error:
        if "entries_code_key" not in str(error.orig):
            raise
        raise Refused("code-taken", f"There is an entry {code} already.", "Choose another code.") from error


def add_entries(
    tx: Transaction, new: list[tuple[str, EntryFields]], by: str, reason: str, now: datetime
) -> list[Entry]:
    """Many new entries, version 1 each; their codes must be free."""
    made: list[Entry] = []
    for start in range(0, len(new), BATCH):
        part = new[start : start + BATCH]
        rows = [{"code": code, "changed_at": now, **_own(fields)} for code, fields in part]
        written = insert(consultation_entries).returning(
            consultation_entries.c.code, consultation_entries.c.entry_id
        )
        ids = {row.code: row.entry_id for row in tx.execute(written, rows)}
        entries = [Entry(ids[code], code, 1, now, fields) for code, fields in part]
        _write_parts(tx, entries, by, reason, now)
        made += entries
    return made


def change_entry(
    tx: Transaction, entry_id: int, version: int, fields: EntryFields, by: str, reason: str, now: datetime
) -> Entry:
    """Save a new version. Raises ChangedMeanwhile when `version` is not the stored one, Refused without a reason."""
    if not reason.strip():
        raise Refused(
            "reason-empty", "A change of an entry has a reason.", "Say in a few words what was wrong."
        )
    there = consultation_entries
    tx.execute(select(there.c.entry_id).where(there.c.entry_id == entry_id).with_for_update())
    stored = get_entry(tx, entry_id)
    if stored.version != version:
        raise ChangedMeanwhile(stored.code, stored.version, "Entry")
    if stored.fields == fields:
        return stored
    _keep_revision(tx, stored)
    saved = replace(stored, version=version + 1, changed_at=now, fields=fields)
    tx.execute(
        update(there)
        .where(there.c.entry_id == entry_id)
        .values(**_own(fields), version=saved.version, changed_at=now)
    )
    tx.execute(delete(consultation_questions).where(consultation_questions.c.entry_id == entry_id))
    _write_parts(tx, [saved], by, reason.strip(), now)
    return saved


def list_revisions(tx: Transaction, entry_id: int) -> list[Revision]:
    """Newest first. An entry nobody changed since an old version loaded it has none."""
    there = consultation_revisions.c
    rows = tx.execute(
        select(there.version, there.at, there.by, there.reason, there.fields)
        .where(there.entry_id == entry_id)
        .order_by(there.version.desc())
    )
    return [Revision(row.version, row.at, row.by, row.reason, fields_of_json(row.fields)) for row in rows]


def index_stale_entries(tx: Transaction) -> int:
    """Index what the search does not know as it is now; the number of entries."""
    there, known = consultation_entries.c, consultation_search.c
    fresh = select(known.entry_id).where(
        known.entry_id == there.entry_id, known.version == there.version, known.spelling == SPELLING
    )
    stale = list(tx.scalars(select(there.entry_id).where(~fresh.exists()).order_by(there.entry_id)))
    for start in range(0, len(stale), BATCH):
        _index(tx, list_entries(tx, there.entry_id.in_(stale[start : start + BATCH])))
    return len(stale)


def _own(fields: EntryFields) -> dict[str, Any]:
    return {name: getattr(fields, name) for name in _OWN}


def _write_parts(tx: Transaction, entries: list[Entry], by: str, reason: str, now: datetime) -> None:
    questions = [
        {"entry_id": entry.entry_id, "position": position, "question": question, "answer": ""}
        for entry in entries
        for position, question in enumerate(entry.fields.questions)
    ]
    if questions:
        tx.execute(insert(consultation_questions), questions)
    tx.execute(insert(consultation_revisions), [_revision(entry, by, reason, now) for entry in entries])
    _index(tx, entries)


def _revision(entry: Entry, by: str, reason: str, at: datetime) -> dict[str, Any]:
    shared = {"entry_id": entry.entry_id, "version": entry.version, "fields": entry.fields.as_json()}
    return {**shared, "at": at, "by": by, "reason": reason}


def _keep_revision(tx: Transaction, stored: Entry) -> None:
    """The version before the first change, of an entry that came from the demo."""
    first = upsert(consultation_revisions).values(_revision(stored, "demo", "", stored.changed_at))
    tx.execute(first.on_conflict_do_nothing())


def _index(tx: Transaction, entries: list[Entry]) -> None:
    rows = [
        {
            "entry_id": entry.entry_id,
            "version": entry.version,
            "spelling": SPELLING,
            "letters": letters(entry.fields.title),
            "terms": index_terms(entry.fields.title, [*entry.fields.questions, entry.fields.answer]),
            "weighed": weigh(entry.fields.title, entry.fields.questions, entry.fields.answer),
        }
        for entry in entries
    ]
    statement = upsert(consultation_search)
    again = {
        name: statement.excluded[name] for name in ("version", "spelling", "letters", "terms", "weighed")
    }
    tx.execute(statement.on_conflict_do_update(index_elements=["entry_id"], set_=again), rows)
