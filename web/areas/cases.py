"""A case's page: what was asked, what became of it, who changed what. The citizen's number stays masked here."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from centre120.cases import parse_case_number
from centre120.store.agents_calls import has_case, has_citizen
from centre120.store.calls import find_call
from centre120.store.cases import find_case, list_calls_of_case, list_case_changes
from centre120.store.database import Transaction
from centre120.store.directory import find_department
from centre120.store.errors import NotFound
from web.access import AGENT, SUPERVISOR, access
from web.lists import desk_lists
from web.people import SHIFT
from web.refusals import refuse
from web.storage import now, record_access, transaction

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
    with transaction() as tx:
        case = find_case(tx, number) if parse_case_number(number) else None
        supervises = current_user.role == SUPERVISOR
        theirs = supervises or (
            case is not None and _is_theirs(tx, case.case_id, case.citizen_number, current_user.extension)
        )
    if not theirs:
        refuse(f"case:{number[:40]}", _("This case is not yours."))
    if case is None:
        raise NotFound("case", number[:40])
    with transaction() as tx:
        changes = list_case_changes(tx, case.case_id)
        calls = [find_call(tx, call_id) for call_id in list_calls_of_case(tx, case.case_id)[-MOST_CALLS:]]
        department = find_department(tx, case.department_id) if case.department_id else None
        purpose = "supervision" if supervises else "desk"
        record_access(tx, whose=case.citizen_number, what=f"case:{case.case_number}", purpose=purpose)
    topics = {topic.code: topic for topic in desk_lists().topics}
    return render_template(
        "case.html", case=case, changes=changes, calls=calls, department=department, topics=topics
    )


def _is_theirs(tx: Transaction, case_id: int, citizen_number: str | None, extension: str | None) -> bool:
    if not extension:
        return False
    if has_case(tx, case_id, extension):
        return True
    return citizen_number is not None and has_citizen(tx, citizen_number, extension, now() - SHIFT)
