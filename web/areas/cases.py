"""A case's page: what was asked, what became of it, who changed what; supervisors correct it here, and assign it.

The citizen's number stays masked here.
"""

from collections.abc import Iterable, Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from centre120.cases import parse_case_number
from centre120.store.calls import find_call
from centre120.store.cases import (
    Case,
    change_case,
    get_case,
    list_calls_of_case,
    list_case_changes,
)
from centre120.store.database import Transaction
from centre120.store.directory import Department, find_department
from centre120.store.errors import ChangedMeanwhile, NotFound
from centre120.store.sealed import list_sealed_numbers
from centre120.store.tracking_codes import ensure_tracking_code
from centre120.tracking import shown_code
from web.access import AGENT, SUPERVISOR, access
from web.case_access import case_for_reader, supervises
from web.case_input import check_department, saved_page
from web.lists import desk_lists
from web.storage import now, record_access, sealer, transaction

blueprint = Blueprint("cases", __name__, url_prefix="/cases")

MOST_CALLS = 20


@blueprint.get("")
@access(SUPERVISOR)
def find() -> Response:
    """The page of the case whose number was typed, hyphens and spaces allowed."""
    number = parse_case_number(request.args.get("number", ""))
    if number is None:
        raise NotFound("case", request.args.get("number", "")[:40])
    return redirect(url_for("cases.show", number=number))


@blueprint.get("/<number>")
@access(AGENT, SUPERVISOR)
def show(number: str) -> str:
    """An agent may read a case of their own calls, and those of a citizen they speak with in this shift."""
    return _page(case_for_reader(number), supervises())


@blueprint.post("/<number>")
@access(SUPERVISOR)
def save(number: str) -> Response | tuple[str, int]:
    """A supervisor's correction, on record with their login. 409 with what was typed when somebody else saved meanwhile."""
    if parse_case_number(number) is None:
        raise NotFound("case", number[:40])
    form = saved_page(desk_lists())
    assert form.version is not None  # noqa: S101 - saved_page lets nothing else through
    try:
        with transaction() as tx:
            check_department(tx, form)
            case = change_case(
                tx, number, form.version, current_user.login, now(), sealer=sealer(), **form.fields
            )
            record_access(
                tx, whose=case.citizen_number, what=f"case:{case.case_number}", purpose="supervision: saved"
            )
    except ChangedMeanwhile:
        with transaction() as tx:
            case = get_case(tx, number)
        return _page(case, edits=True, typed=request.form), 409
    flash(_("The case is saved."))
    return redirect(url_for("cases.show", number=case.case_number), 303)


def _page(case: Case, edits: bool, typed: Mapping[str, str] | None = None) -> str:
    """The page; with `typed` the form keeps what could not be saved, and the page shows what is stored."""
    with transaction() as tx:
        changes = list_case_changes(tx, case.case_id)
        calls = [find_call(tx, call_id) for call_id in list_calls_of_case(tx, case.case_id)[-MOST_CALLS:]]
        ids = {entry for one in changes if one.field == "department_id" for entry in (one.before, one.after)}
        ids |= {str(case.department_id or ""), (typed or {}).get("department_id", "")}
        departments = _departments(tx, filter(None, ids))
        purpose = "supervision" if edits else "desk"
        record_access(tx, whose=case.citizen_number, what=f"case:{case.case_number}", purpose=purpose)
        sealed = list_sealed_numbers(tx, case.case_id)
        code = ensure_tracking_code(tx, case.case_id)
    lists = desk_lists()
    return render_template(
        "case.html",
        case=case,
        changes=changes,
        calls=calls,
        departments=departments,
        topics={topic.code: topic for topic in lists.topics},
        edits=edits,
        typed=typed,
        sealed=sealed,
        code=shown_code(code),
    )


def _departments(tx: Transaction, ids: Iterable[str]) -> dict[str, Department]:
    """By their key as the history writes it."""
    found = {key: find_department(tx, int(key)) for key in ids if key.isascii() and key.isdigit()}
    return {key: department for key, department in found.items() if department is not None}
