"""Cases: read, saved with an optimistic lock, with a history of every field that changed.

A case is opened by the recorder (centre120/store/projection.py) or, when an agent saves before the
recorder has seen the call, by `save_case_for_call`: whoever comes second finds it there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from centre120.call_words import CASE_STATUSES
from centre120.cases import parse_case_number
from centre120.store.case_numbers import next_case_number
from centre120.store.case_search import index_case
from centre120.store.database import Transaction
from centre120.store.errors import ChangedMeanwhile, NotFound, Refused
from centre120.store.rows import columns_of, to_value, to_values
from centre120.store.schema.calls import calls
from centre120.store.schema.cases import case_calls, case_changes, cases
from centre120.store.schema.directory import departments
from centre120.store.sealed import Sealer, mask_and_seal
from centre120.store.tracking_codes import next_tracking_code
from centre120.tracking import parse_tracking_code


@dataclass(frozen=True)
class Case:
    case_id: int
    case_number: str
    citizen_number: str | None
    origin_number: str | None
    language: str | None
    topic: str | None
    status: str
    summary: str
    text: str
    department_id: int | None
    official_id: int | None
    due_on: date | None
    opened_at: datetime
    opened_by: str | None
    changed_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None
    version: int
    tracking_code: str | None  # null: opened before there were codes, and nobody has looked at it since
    district: str | None
    place: str  # as written: an address, or where the citizen says it is
    place_id: int | None


@dataclass(frozen=True)
class CaseStatus:
    """What a citizen may hear of a case by its number or code alone: nothing personal."""

    case_number: str
    status: str
    department_ko: str | None
    department_en: str | None
    due_on: date | None
    opened_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class CaseChange:
    change_id: int
    at: datetime
    by: str
    field: str
    before: str | None
    after: str | None
    version: int


class CaseFields(TypedDict, total=False):
    summary: str
    text: str
    topic: str | None
    status: str
    department_id: int | None
    official_id: int | None
    due_on: date | None
    district: str | None
    place: str
    place_id: int | None


def find_case(tx: Transaction, case_number: str) -> Case | None:
    """By its thirteen digits (hyphens allowed)."""
    digits = parse_case_number(case_number)
    row = tx.execute(select(*columns_of(Case, cases)).where(cases.c.case_number == digits)).one_or_none()
    return to_value(Case, row) if row else None


def get_case(tx: Transaction, case_number: str) -> Case:
    """find_case that raises NotFound."""
    case = find_case(tx, case_number)
    if case is None:
        raise NotFound("case", case_number)
    return case


def find_case_status(tx: Transaction, case_number: str) -> CaseStatus | None:
    """For the citizen who keys in a case number or a tracking code."""
    query = select(
        cases.c.case_number,
        cases.c.status,
        departments.c.name_ko.label("department_ko"),
        departments.c.name_en.label("department_en"),
        cases.c.due_on,
        cases.c.opened_at,
        cases.c.changed_at,
    ).select_from(cases.outerjoin(departments, cases.c.department_id == departments.c.department_id))
    code = parse_tracking_code(case_number)
    wanted = cases.c.tracking_code == code if code else cases.c.case_number == parse_case_number(case_number)
    row = tx.execute(query.where(wanted)).one_or_none()
    return to_value(CaseStatus, row) if row else None


def find_case_of_call(tx: Transaction, call_id: UUID) -> Case | None:
    """The case opened with this call."""
    query = select(*columns_of(Case, cases)).join(case_calls, case_calls.c.case_id == cases.c.case_id)
    opened = (case_calls.c.call_id == call_id) & (case_calls.c.relation == "opened")
    row = tx.execute(query.where(opened)).one_or_none()
    return to_value(Case, row) if row else None


def list_earlier_cases(
    tx: Transaction, citizen_number: str, limit: int = 20, *, before: datetime | None = None
) -> list[Case]:
    """What this number asked before, newest first."""
    query = select(*columns_of(Case, cases)).where(cases.c.citizen_number == citizen_number)
    if before is not None:
        query = query.where(cases.c.opened_at < before)
    ordered = query.order_by(cases.c.opened_at.desc(), cases.c.case_id.desc())
    return to_values(Case, tx.execute(ordered.limit(limit)))


def list_case_changes(tx: Transaction, case_id: int) -> list[CaseChange]:
    """The history, oldest first."""
    query = select(*columns_of(CaseChange, case_changes)).where(case_changes.c.case_id == case_id)
    return to_values(CaseChange, tx.execute(query.order_by(case_changes.c.change_id)))


def list_calls_of_case(tx: Transaction, case_id: int) -> list[UUID]:
    """Calls that touched this case, the one that opened it first."""
    query = select(case_calls.c.call_id).join(calls, calls.c.call_id == case_calls.c.call_id)
    return list(tx.scalars(query.where(case_calls.c.case_id == case_id).order_by(calls.c.arrived_at)))


def change_case(
    tx: Transaction,
    case_number: str,
    version: int,
    by: str,
    now: datetime,
    *,
    sealer: Sealer | None = None,
    **fields: Unpack[CaseFields],
) -> Case:
    """Save what changed; resident registration numbers are masked, and sealed with `sealer`.

    Raises ChangedMeanwhile when `version` is not the one in the database.
    """
    row = tx.execute(
        select(*columns_of(Case, cases))
        .where(cases.c.case_number == parse_case_number(case_number))
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound("case", case_number)
    case = to_value(Case, row)
    if case.version != version:
        raise ChangedMeanwhile(case_number, case.version)
    for name in ("text", "summary", "place"):
        if name in fields:
            fields[name] = mask_and_seal(tx, case.case_id, name, fields[name], by, now, sealer)
    return _saved(tx, case, by, now, fields)


def save_case_for_call(
    tx: Transaction,
    call_id: UUID,
    case_number: str | None,
    by: str,
    now: datetime,
    *,
    version: int | None = None,
    day: date | None = None,
    sealer: Sealer | None = None,
    **fields: Unpack[CaseFields],
) -> Case:
    """Save the case of a call, opening it (and a bare call) when the recorder has not yet.

    With `version` as change_case; without it (the desk never read the case) what is there is overwritten
    field by field, and the history keeps it. `day` (in the centre's zone) only matters without a case number.
    """
    stub = upsert(calls).values(call_id=call_id, arrived_at=now, outcome="in-progress")
    tx.execute(stub.on_conflict_do_nothing())
    case = open_case(tx, call_id, case_number, opened_at=now, opened_by=by, day=day or now.date())
    known = case.version if version is None else version
    return change_case(tx, case.case_number, known, by, now, sealer=sealer, **fields)


def open_case(
    tx: Transaction,
    call_id: UUID,
    case_number: str | None,
    *,
    opened_at: datetime,
    day: date,
    opened_by: str | None = None,
    facts: Mapping[str, object] | None = None,
) -> Case:
    """The one case opened with this call, made if it is not there.

    `case_number` None: the recorder's own number, unless there is a case already. A case that has a
    recorder's number (writer 0) takes the number that `ari_app` gave, whenever that becomes known: it was
    said to somebody.
    """
    case = find_case_of_call(tx, call_id)
    if case is None:
        number = case_number or next_case_number(tx, day)
        opened = {"case_number": number, "opened_at": opened_at, "opened_by": opened_by, **(facts or {})}
        opened["tracking_code"] = next_tracking_code(tx)
        tx.execute(upsert(cases).values(opened).on_conflict_do_nothing(index_elements=[cases.c.case_number]))
        case = get_case(tx, number)
        link = upsert(case_calls).values(case_id=case.case_id, call_id=call_id, relation="opened")
        tx.execute(link.on_conflict_do_nothing())
        tx.execute(update(calls).where(calls.c.call_id == call_id).values(case_id=case.case_id))
        index_case(tx, case.case_id)
    elif case_number and case.case_number[6] == "0" and find_case(tx, case_number) is None:
        tx.execute(update(cases).where(cases.c.case_id == case.case_id).values(case_number=case_number))
        case = get_case(tx, case_number)
    return case


def _saved(tx: Transaction, case: Case, by: str, now: datetime, fields: CaseFields) -> Case:
    given: dict[str, object] = dict(fields)
    changed = {name: after for name, after in given.items() if getattr(case, name) != after}
    if not changed:
        return case
    status = changed.get("status")
    if status is not None and status not in CASE_STATUSES:
        raise Refused("status-unknown", f"{status} is no case status.", f"Use {', '.join(CASE_STATUSES)}.")
    times: dict[str, object] = {}
    if status == "resolved":
        times["resolved_at"] = now
    if status == "closed":
        times["closed_at"] = now
    if status in ("open", "reopened"):
        times |= {"resolved_at": None, "closed_at": None}
    version = case.version + 1
    row = tx.execute(
        update(cases)
        .where(cases.c.case_id == case.case_id)
        .values(**changed, **times, version=version, changed_at=now)
        .returning(*columns_of(Case, cases))
    ).one()
    shared = {"case_id": case.case_id, "at": now, "by": by, "version": version}
    history = [
        {**shared, "field": name, "before": _text(getattr(case, name)), "after": _text(after)}
        for name, after in changed.items()
    ]
    tx.execute(insert(case_changes), history)
    index_case(tx, case.case_id)
    return to_value(Case, row)


def record_change(
    tx: Transaction, case: Case, field: str, before: str | None, after: str | None, by: str, now: datetime
) -> None:
    """Something beside the fields (a note, a link) in the case's history; its version stays."""
    values = {"field": field, "before": before, "after": after, "version": case.version}
    tx.execute(insert(case_changes).values(case_id=case.case_id, at=now, by=by, **values))


def _text(entry: object) -> str | None:
    return None if entry is None else str(entry)
