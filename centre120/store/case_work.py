"""Working on a case with others: notes, links to other cases, undo, and who has it open. All of it is in the case's history."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from centre120.store.case_search import index_case
from centre120.store.cases import Case, CaseChange, CaseFields, change_case, get_case, record_change
from centre120.store.database import Transaction
from centre120.store.errors import NotFound, Refused
from centre120.store.rows import columns_of, to_value, to_values
from centre120.store.schema.case_work import case_links, case_notes, case_openings
from centre120.store.schema.cases import case_changes, cases
from centre120.store.sealed import Sealer, mask_and_seal

OPEN_SECONDS = 25.0
"""A page says every ten seconds that it is open; after so long it is not."""
UNDOABLE = ("text", "summary", "topic", "status", "department_id", "due_on", "district", "place", "place_id")
_NUMBERS = ("department_id", "place_id")
_TEXTS = ("text", "summary", "place")


@dataclass(frozen=True)
class Note:
    note_id: int
    at: datetime
    by: str
    text: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None


@dataclass(frozen=True)
class LinkedCase:
    case_number: str
    status: str
    summary: str
    opened_at: datetime


@dataclass(frozen=True)
class Opening:
    who: str
    since_at: datetime


def list_notes(tx: Transaction, case_id: int) -> list[Note]:
    """Oldest first, withdrawn ones too."""
    query = select(*columns_of(Note, case_notes)).where(case_notes.c.case_id == case_id)
    return to_values(Note, tx.execute(query.order_by(case_notes.c.note_id)))


def add_note(tx: Transaction, case: Case, text: str, by: str, now: datetime, sealer: Sealer | None) -> Note:
    """A note keeps its author; nobody changes it. Raises Refused when it is empty."""
    masked = mask_and_seal(tx, case.case_id, "note", text.strip(), by, now, sealer)
    if not masked:
        raise Refused("note-empty", "A note has a text.", "Write what the others should know.")
    written = insert(case_notes).values(case_id=case.case_id, at=now, by=by, text=masked)
    row = tx.execute(written.returning(*columns_of(Note, case_notes))).one()
    record_change(tx, case, "note", None, masked, by, now)
    index_case(tx, case.case_id)
    return to_value(Note, row)


def withdraw_note(
    tx: Transaction, case: Case, note_id: int, by: str, now: datetime, *, any_author: bool
) -> None:
    """Its author, or with `any_author` anybody, takes a note back: it stays readable in the history. Raises NotFound, Refused."""
    there = case_notes.c
    row = tx.execute(
        select(*columns_of(Note, case_notes)).where(there.case_id == case.case_id, there.note_id == note_id)
    ).one_or_none()
    if row is None:
        raise NotFound("note", note_id)
    if row.by != by and not any_author:
        raise Refused("note-of-other", f"{row.by} wrote this note.", "Add a note of your own.")
    if row.withdrawn_at is None:
        tx.execute(
            update(case_notes).where(there.note_id == note_id).values(withdrawn_at=now, withdrawn_by=by)
        )
        record_change(tx, case, "note", row.text, None, by, now)
        index_case(tx, case.case_id)


def list_linked_cases(tx: Transaction, case_id: int) -> list[LinkedCase]:
    """Newest first."""
    there = case_links.c
    others = select(there.other_id).where(there.case_id == case_id)
    others = others.union(select(there.case_id).where(there.other_id == case_id))  # type: ignore[assignment]
    query = select(*columns_of(LinkedCase, cases)).where(cases.c.case_id.in_(others))
    return to_values(LinkedCase, tx.execute(query.order_by(cases.c.opened_at.desc())))


def link_cases(tx: Transaction, case: Case, other_number: str, by: str, now: datetime) -> None:
    """Both show each other. Raises NotFound, Refused for the case itself."""
    other = get_case(tx, other_number)
    if other.case_id == case.case_id:
        raise Refused("link-to-itself", "A case is not linked to itself.", "Give the other case's number.")
    low, high = sorted((case.case_id, other.case_id))
    made = tx.execute(
        upsert(case_links).values(case_id=low, other_id=high, at=now, by=by).on_conflict_do_nothing()
    )
    if made.rowcount:
        record_change(tx, case, "link", None, other.case_number, by, now)
        record_change(tx, other, "link", None, case.case_number, by, now)


def unlink_cases(tx: Transaction, case: Case, other_number: str, by: str, now: datetime) -> None:
    """Undo link_cases; both histories keep it. Raises NotFound."""
    other = get_case(tx, other_number)
    low, high = sorted((case.case_id, other.case_id))
    gone = delete(case_links).where(case_links.c.case_id == low, case_links.c.other_id == high)
    if tx.execute(gone).rowcount:
        record_change(tx, case, "link", other.case_number, None, by, now)
        record_change(tx, other, "link", case.case_number, None, by, now)


def undo_change(tx: Transaction, case: Case, change_id: int, by: str, now: datetime) -> Case:
    """Give the field the value it had before that change: a new version. Raises NotFound, Refused when it changed again since."""
    query = select(*columns_of(CaseChange, case_changes)).where(
        case_changes.c.case_id == case.case_id, case_changes.c.change_id == change_id
    )
    row = tx.execute(query).one_or_none()
    if row is None or row.field not in UNDOABLE:
        raise NotFound("change", change_id)
    now_there = getattr(case, row.field)
    if (None if now_there is None else str(now_there)) != row.after:
        raise Refused(
            "changed-since", "This field was changed again since.", "Undo the newest change of it first."
        )
    fields: CaseFields = {}
    fields[row.field] = _value(row.field, row.before)  # type: ignore[literal-required]
    return change_case(tx, case.case_number, case.version, by, now, **fields)


def _value(field: str, text: str | None) -> object:
    if text is None:
        return "" if field in _TEXTS else None
    if field in _NUMBERS:
        return int(text)
    return date.fromisoformat(text) if field == "due_on" else text


def record_opening(tx: Transaction, case_id: int, who: str, now: datetime) -> list[Opening]:
    """`who` has this case open now; the others who have, the longest first."""
    mine = upsert(case_openings).values(case_id=case_id, who=who, since_at=now, seen_at=now)
    stale = case_openings.c.seen_at < now - timedelta(seconds=OPEN_SECONDS)
    tx.execute(delete(case_openings).where(case_openings.c.case_id == case_id, stale))
    tx.execute(mine.on_conflict_do_update(index_elements=["case_id", "who"], set_={"seen_at": now}))
    query = select(*columns_of(Opening, case_openings)).where(
        case_openings.c.case_id == case_id, case_openings.c.who != who
    )
    return to_values(Opening, tx.execute(query.order_by(case_openings.c.since_at)))


def record_closing(tx: Transaction, case_id: int, who: str) -> None:
    """The page was left."""
    there = case_openings.c
    tx.execute(delete(case_openings).where(there.case_id == case_id, there.who == who))
