"""Recalls: opened with the correction of an entry, worked off by agents. Who is in one is computed from the stamps at every
look (centre120/recall.py), so a stamp that comes late, or is told from an old screen, is in it too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update

from centre120.recall import (
    OPEN,
    Attempt,
    Correction,
    Exposure,
    Person,
    Telling,
    draft_of,
    exposure_of,
    next_to_call,
    people_of,
    refusal_of,
    wrong_since,
)
from centre120.store.consultation import Entry, get_entry, list_revisions
from centre120.store.database import Transaction
from centre120.store.errors import NotFound, Refused
from centre120.store.schema.answers import answer_recalls, answers_told, recall_attempts
from centre120.store.schema.calls import calls
from centre120.store.schema.consultation import consultation_entries


@dataclass(frozen=True)
class Recall:
    recall_id: int
    entry_id: int
    code: str
    title: str
    wrong_from: int
    wrong_until: int
    corrected_version: int
    opened_at: datetime
    opened_by: str
    reason: str
    draft: str
    is_active: bool  # no later correction of the entry took its people over


@dataclass(frozen=True)
class RecallShown:
    recall: Recall
    people: list[Person]
    exposure: Exposure


def list_wrong_since(tx: Transaction, entry: Entry) -> int:
    """The version since which the answer is what it is now: the default of what a correction finds wrong."""
    answers = {one.version: one.fields.answer for one in list_revisions(tx, entry.entry_id)}
    return wrong_since(answers | {entry.version: entry.fields.answer}, entry.version)


def open_recall(
    tx: Transaction, corrected: Entry, wrong_from: int, by: str, reason: str, now: datetime
) -> Recall:
    """The correction is saved as `corrected`; versions `wrong_from` to the one before it were wrong. In the transaction
    that saves the correction: there is never the one without the other."""
    wrong_until = corrected.version - 1
    if not 1 <= wrong_from <= wrong_until:
        raise Refused(
            "wrong-since",
            f"Version {wrong_from} can not be the first wrong one of {wrong_until}.",
            "Choose a version that was saved before this correction, and change something of the entry.",
        )
    fields = corrected.fields
    row = {
        "entry_id": corrected.entry_id,
        "wrong_from": wrong_from,
        "wrong_until": wrong_until,
        "corrected_version": corrected.version,
        "opened_at": now,
        "opened_by": by,
        "reason": reason,
        "draft": draft_of(fields.title, fields.answer, fields.language),
    }
    written = insert(answer_recalls).values(row).returning(answer_recalls.c.recall_id)
    return get_recall(tx, int(tx.scalar(written) or 0))


def get_recall(tx: Transaction, recall_id: int) -> Recall:
    """Raises NotFound."""
    found = _recalls(tx, answer_recalls.c.recall_id == recall_id)
    if not found:
        raise NotFound("recall", recall_id)
    return found[0]


def list_recalls(tx: Transaction, now: datetime, limit: int = 50) -> list[RecallShown]:
    """Newest first."""
    return [show_recall(tx, recall, now) for recall in _recalls(tx)[:limit]]


def show_recall(tx: Transaction, recall: Recall, now: datetime) -> RecallShown:
    """The recall with everyone in it."""
    corrections = [
        Correction(one.recall_id, one.wrong_from, one.wrong_until, one.corrected_version, one.opened_at)
        for one in _recalls(tx, answer_recalls.c.entry_id == recall.entry_id)
    ]
    tellings = _tellings(tx, recall.entry_id)
    attempts = _attempts(tx, [one.recall_id for one in corrections])
    people = people_of(recall.recall_id, corrections, tellings, attempts, now)
    return RecallShown(recall, people, exposure_of(people))


def take_next(tx: Transaction, recall_id: int, by: str, now: datetime) -> Person | None:
    """Take the next citizen to call; None: there is nobody. Two agents never take the same."""
    shown = _locked(tx, recall_id, now)
    person = next_to_call(shown.people)
    if person is None or not shown.recall.is_active:
        return None
    _write(tx, recall_id, person, "taken", by, "", None, now)
    return person


def record_attempt(
    tx: Transaction, recall_id: int, told_id: UUID, what: str, by: str, note: str, now: datetime
) -> None:
    """What became of a citizen: `what` is one of RESULTS. Raises Refused when it is not `by` who has taken them, or somebody
    else was faster; NotFound when nobody in this recall was told so."""
    shown = _locked(tx, recall_id, now)
    person = next(
        (one for one in shown.people if told_id in {telling.told_id for telling in one.tellings}), None
    )
    if person is None:
        raise NotFound("citizen of this recall", told_id)
    why = refusal_of(person, what, by, shown.recall.is_active)
    if why is not None:
        raise Refused(
            f"recall-{why}",
            "This call-back is not yours to change: " + _WHYS.get(why, f"it is {person.status}") + ".",
            "Load the list again and take the next one.",
        )
    version = get_entry(tx, shown.recall.entry_id).version if what == "done" else None
    _write(tx, recall_id, person, what, by, note, version, now)


_WHYS = {
    "not-yours": "take it first",
    "superseded": "a later correction took it over",
    "no-such-result": "there is no such result",
}


def change_draft(tx: Transaction, recall_id: int, draft: str) -> None:
    """What agents say from now on."""
    get_recall(tx, recall_id)
    tx.execute(update(answer_recalls).where(answer_recalls.c.recall_id == recall_id).values(draft=draft))


def count_open(shown: Sequence[RecallShown]) -> int:
    """Call-backs that are still owed."""
    return sum(person.status in OPEN for one in shown for person in one.people)


def _locked(tx: Transaction, recall_id: int, now: datetime) -> RecallShown:
    there = answer_recalls.c
    tx.execute(select(there.recall_id).where(there.recall_id == recall_id).with_for_update())
    return show_recall(tx, get_recall(tx, recall_id), now)


def _write(
    tx: Transaction,
    recall_id: int,
    person: Person,
    what: str,
    by: str,
    note: str,
    version: int | None,
    now: datetime,
) -> None:
    row = {"recall_id": recall_id, "told_id": person.told_id, "at": now, "by": by, "result": what}
    tx.execute(insert(recall_attempts).values(row | {"note": note, "version": version}))


def _recalls(tx: Transaction, *conditions: Any) -> list[Recall]:
    there, entries, later = answer_recalls.c, consultation_entries.c, answer_recalls.alias()
    newer = select(later.c.recall_id).where(
        later.c.entry_id == there.entry_id, later.c.corrected_version > there.corrected_version
    )
    query = (
        select(answer_recalls, entries.code, entries.title, (~newer.exists()).label("is_active"))
        .join(consultation_entries, entries.entry_id == there.entry_id)
        .where(*conditions)
        .order_by(there.opened_at.desc(), there.recall_id.desc())
    )
    return [Recall(**row._asdict()) for row in tx.execute(query)]


def _tellings(tx: Transaction, entry_id: int) -> list[Telling]:
    there = answers_told.c
    number = func.nullif(calls.c.caller_number, "").label("number")
    query = (
        select(there.told_id, there.call_id, there.at, there.agent, there.version, number)
        .outerjoin(calls, calls.c.call_id == there.call_id)
        .where(there.entry_id == entry_id)
    )
    return [Telling(**row._asdict()) for row in tx.execute(query)]


def _attempts(tx: Transaction, recall_ids: Sequence[int]) -> list[Attempt]:
    there = recall_attempts.c
    names = [getattr(there, name) for name in Attempt.__dataclass_fields__]
    query = select(*names).where(there.recall_id.in_(recall_ids)).order_by(there.at, there.attempt_id)
    return [Attempt(**row._asdict()) for row in tx.execute(query)]
