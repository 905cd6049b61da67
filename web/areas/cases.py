"""A case's page: what was asked, what became of it, who changed what; whoever may read it corrects it here, and assigns it.

The citizen's number stays masked here.
"""

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from centre120.case_rules import REOPENED, may_change
from centre120.cases import parse_case_number
from centre120.resident_numbers import mask_resident_numbers
from centre120.store.answers_told import list_told_on_case
from centre120.store.calls import find_call
from centre120.store.case_work import UNDOABLE, list_linked_cases, list_notes
from centre120.store.cases import (
    Case,
    CaseChange,
    CaseFields,
    change_case,
    find_case,
    get_case,
    list_calls_of_case,
    list_case_changes,
)
from centre120.store.database import Transaction
from centre120.store.directory import Department, find_department
from centre120.store.errors import ChangedMeanwhile, NotFound
from centre120.store.holidays import office_holidays
from centre120.store.places import find_place, list_districts
from centre120.store.sealed import list_sealed_numbers
from centre120.store.tracking_codes import ensure_tracking_code
from centre120.tracking import shown_code
from centre120.working_days import due_on
from web.access import AGENT, SUPERVISOR, access
from web.case_access import case_for_reader, supervises, writer
from web.case_input import check_department, saved_page
from web.lists import desk_lists
from web.storage import now, record_access, sealer, storage, today, transaction

blueprint = Blueprint("cases", __name__, url_prefix="/cases")

MOST_CALLS = 20
PERIODS = ("1", "3", "5", "7", "14", "30")
"""Working days; 7 for questions and complaints, 14 for proposals (민원처리법 시행령 제14조-제17조)."""


@blueprint.get("")
@access(SUPERVISOR)
def find() -> Response:
    """The page of the case whose number is in the address, hyphens and spaces allowed."""
    return _to_case(parse_case_number(request.args.get("number", "")))


@blueprint.post("/find")
@access(SUPERVISOR)
def find_typed() -> Response:
    """The same for a number that was typed. Only a case's number goes into an address: another may be a citizen's."""
    typed = request.form.get("number", "")[:40]
    with transaction() as tx:
        case = find_case(tx, typed)
    if case is None:
        raise NotFound("case", mask_resident_numbers(typed))
    return _to_case(case.case_number)


def _to_case(number: str | None) -> Response:
    if number is None:
        raise NotFound("case", "")
    return redirect(url_for("cases.show", number=number))


@blueprint.get("/<number>")
@access(AGENT, SUPERVISOR)
def show(number: str) -> str:
    """An agent may read a case of their own calls, and those of a citizen they speak with in this shift."""
    return _page(case_for_reader(number))


@blueprint.post("/<number>")
@access(AGENT, SUPERVISOR)
def save(number: str) -> Response | tuple[str, int]:
    """A correction by whoever may read the case, on record with their name; agents only reopen what is closed.

    409 with what was typed when somebody else saved meanwhile.
    """
    stored = case_for_reader(number)
    form = saved_page(desk_lists())
    assert form.version is not None  # noqa: S101 - saved_page lets nothing else through
    if not may_change(supervises(), stored.status, form.fields.get("status")):
        abort(403)
    try:
        with transaction() as tx:
            check_department(tx, form)
            fields = form.fields | _period(tx, stored)
            case = change_case(tx, number, form.version, writer(), now(), sealer=sealer(), **fields)
            purpose = "supervision: saved" if supervises() else "desk: saved"
            record_access(tx, whose=case.citizen_number, what=f"case:{case.case_number}", purpose=purpose)
    except ChangedMeanwhile:
        with transaction() as tx:
            case = get_case(tx, number)
        return _page(case, typed=request.form), 409
    flash(_("The case is saved."))
    return redirect(url_for("cases.show", number=case.case_number), 303)


def _period(tx: Transaction, case: Case) -> CaseFields:
    """The due date of a period that was chosen instead of a day; from the case's opening."""
    days = request.form.get("due_days", "")
    if not days:
        return {}
    if days not in PERIODS:
        abort(422, _("A choice is not in its list."))
    zone = ZoneInfo(storage().settings.time_zone)
    return {"due_on": due_on(case.opened_at.astimezone(zone), int(days), office_holidays(tx))}


def _page(case: Case, typed: Mapping[str, str] | None = None) -> str:
    """The page; with `typed` the form keeps what could not be saved, and the page shows what is stored."""
    with transaction() as tx:
        changes = list_case_changes(tx, case.case_id)
        calls = [find_call(tx, call_id) for call_id in list_calls_of_case(tx, case.case_id)[-MOST_CALLS:]]
        told = list_told_on_case(tx, case.case_id)
        ids = {entry for one in changes if one.field == "department_id" for entry in (one.before, one.after)}
        ids |= {str(case.department_id or ""), (typed or {}).get("department_id", "")}
        departments = _departments(tx, filter(None, ids))
        purpose = "supervision" if supervises() else "desk"
        record_access(tx, whose=case.citizen_number, what=f"case:{case.case_number}", purpose=purpose)
        parts = {
            "sealed": list_sealed_numbers(tx, case.case_id),
            "code": shown_code(ensure_tracking_code(tx, case.case_id)),
            "notes": list_notes(tx, case.case_id),
            "linked": list_linked_cases(tx, case.case_id),
            "places": _places(tx, changes, case),
            "districts": list_districts(tx),
        }
    return render_template(
        "case.html",
        case=case,
        changes=changes,
        calls=calls,
        told=told,
        departments=departments,
        topics={topic.code: topic for topic in desk_lists().topics},
        edits=may_change(supervises(), case.status, REOPENED),
        only_reopens=not may_change(supervises(), case.status, None),
        me=writer(),
        supervises=supervises(),
        undoable={one.change_id for one in changes if _is_undoable(case, one)},
        periods=PERIODS,
        today=today(),
        typed=typed,
        **parts,
    )


def _is_undoable(case: Case, change: CaseChange) -> bool:
    """The newest change of a field, as long as the field still holds it."""
    there = getattr(case, change.field, None)
    return change.field in UNDOABLE and (None if there is None else str(there)) == change.after


def _places(tx: Transaction, changes: Iterable[CaseChange], case: Case) -> dict[str, str]:
    """Names by their key as the history writes it."""
    keys = {entry for one in changes if one.field == "place_id" for entry in (one.before, one.after) if entry}
    keys |= {str(case.place_id)} if case.place_id else set()
    found = {key: find_place(tx, int(key)) for key in keys}
    return {key: place.name_ko for key, place in found.items() if place}


def _departments(tx: Transaction, ids: Iterable[str]) -> dict[str, Department]:
    """By their key as the history writes it."""
    found = {key: find_department(tx, int(key)) for key in ids if key.isascii() and key.isdigit()}
    return {key: department for key, department in found.items() if department is not None}
