"""The agent's page and what its script asks. What is live comes from `ari_app`; here are the case and its past.

No number of a citizen is ever part of an address: the desk names a call by its `call_id`, and reads about a citizen only
through a call that is this agent's.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, jsonify, render_template
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from centre120.cases import shown
from centre120.store.agents_calls import has_call, is_case_of_other_call
from centre120.store.calls import find_call, set_disposition
from centre120.store.cases import (
    Case,
    find_case,
    find_case_of_call,
    list_earlier_cases,
    save_case_for_call,
)
from centre120.store.database import Transaction
from centre120.store.directory import find_department
from centre120.store.errors import ChangedMeanwhile
from centre120.store.tracking_codes import ensure_tracking_code
from centre120.tracking import shown_code
from web.access import AGENT, access
from web.case_input import SavedForm, check_department, saved_form
from web.desk_words import desk_words
from web.display import department_name
from web.language import page_language
from web.lists import desk_lists
from web.phone_words import phone_words
from web.storage import now, record_access, sealer, storage, transaction
from web.tokens import live_token

blueprint = Blueprint("desk", __name__)

EARLIER = 8


def _extension() -> str:
    if not current_user.extension:
        abort(403)
    return str(current_user.extension)


@blueprint.get("/desk")
@access(AGENT)
def page() -> str:
    """The desk. Opens without PostgreSQL."""
    settings = storage().settings
    lists = desk_lists()
    facts = {
        "extension": _extension(),
        "language": page_language(),
        "live_port": settings.live_port,
        "token": live_token(settings, _extension(), current_user.role),
        "phone": {"allowed": settings.page_phone, "port": settings.ari_port},
        "wrap_up_seconds": settings.wrap_up_seconds,
        "time_zone": settings.time_zone,
    }
    return render_template(
        "desk.html", facts=facts, words=desk_words(), phone_words=phone_words(), lists=lists
    )


@blueprint.get("/live-token")
@access(AGENT)
def token() -> Response:
    """A fresh ticket for the live stream, and the CSRF token of the session as it is now."""
    ticket = live_token(storage().settings, _extension(), current_user.role)
    return jsonify(token=ticket, csrf=generate_csrf(), extension=_extension())


@blueprint.get("/desk/earlier/<uuid:call_id>")
@access(AGENT)
def earlier(call_id: UUID) -> Response:
    """What the citizen of this call asked before; `cases` null while the recorder has not seen the offer."""
    with transaction() as tx:
        call = find_call(tx, call_id)
        if call is None or not has_call(tx, call_id, _extension()):
            return jsonify(cases=None)
        if call.caller_number is None:
            return jsonify(cases=[])
        found = list_earlier_cases(tx, call.caller_number, EARLIER + 1)
        found = [case for case in found if case.case_number != call.case_number][:EARLIER]
        if found:
            numbers = ",".join(case.case_number for case in found)
            record_access(tx, whose=call.caller_number, what=f"cases:{numbers}", purpose=f"call:{call_id}")
    return jsonify(cases=[_earlier_view(case) for case in found])


def _earlier_view(case: Case) -> dict[str, Any]:
    return {
        "case_number": case.case_number,
        "shown": shown(case.case_number),
        "opened_at": case.opened_at.isoformat(),
        "topic": case.topic,
        "status": case.status,
        "gist": (case.summary or case.text)[:160],
    }


def _case_view(tx: Transaction, call_id: UUID, case: Case) -> dict[str, Any]:
    call = find_call(tx, call_id)
    department = find_department(tx, case.department_id) if case.department_id else None
    return {
        "case_number": case.case_number,
        "tracking_code": shown_code(ensure_tracking_code(tx, case.case_id)),
        "version": case.version,
        "text": case.text,
        "summary": case.summary,
        "topic": case.topic,
        "status": case.status,
        "department_id": case.department_id,
        "department": department_name(department) if department else "",
        "disposition": call.disposition if call else None,
    }


def _is_theirs_or_unknown(tx: Transaction, call_id: UUID) -> bool:
    """A call that the recorder has not seen yet is nobody's: whoever writes first opens its case."""
    return has_call(tx, call_id, _extension()) or find_call(tx, call_id) is None


@blueprint.get("/desk/cases/<uuid:call_id>")
@access(AGENT)
def read(call_id: UUID) -> Response:
    """The case of this agent's call as it is stored; `case` null while it is not."""
    with transaction() as tx:
        case = find_case_of_call(tx, call_id)
        if case is None:
            return jsonify(case=None)
        if not has_call(tx, call_id, _extension()) and case.opened_by != _extension():
            abort(403)
        record_access(
            tx, whose=case.citizen_number, what=f"case:{case.case_number}", purpose=f"call:{call_id}"
        )
        return jsonify(case=_case_view(tx, call_id, case))


@blueprint.post("/desk/cases/<uuid:call_id>")
@access(AGENT)
def save(call_id: UUID) -> Response | tuple[Response, int]:
    """Save what the agent wrote. 409 with the stored text when somebody else saved it meanwhile."""
    form = saved_form(desk_lists())
    try:
        with transaction() as tx:
            case = find_case_of_call(tx, call_id)
            opened_here = case is not None and case.opened_by == _extension()
            if not opened_here and not _is_theirs_or_unknown(tx, call_id):
                abort(403)
            number = _checked_number(tx, form, call_id)
            check_department(tx, form)
            case = save_case_for_call(
                tx,
                call_id,
                number,
                _extension(),
                now(),
                version=form.version if case is not None else None,
                day=_today(),
                sealer=sealer(),
                **form.fields,
            )
            if form.disposition:
                set_disposition(tx, call_id, form.disposition, _extension(), now())
            return jsonify(case=_case_view(tx, call_id, case))
    except ChangedMeanwhile as error:
        with transaction() as tx:
            stored = find_case_of_call(tx, call_id)
            view = _case_view(tx, call_id, stored) if stored else None
        text = _("Somebody else saved this case meanwhile.")
        return jsonify(code=error.code, text=text, case=view), 409


def _checked_number(tx: Transaction, form: SavedForm, call_id: UUID) -> str | None:
    """The number `ari_app` gave this call, unless it is another call's: then this save is an attempt on that case."""
    number = form.case_number
    if number is None:
        return None
    today = _today()
    if number[:6] not in {f"{today - timedelta(days=back):%y%m%d}" for back in (0, 1)}:
        known = find_case_of_call(tx, call_id)
        if known is None or known.case_number != number:
            abort(422, _("This case number is not of today."))
    there = find_case(tx, number)
    if there is not None and is_case_of_other_call(tx, there.case_id, call_id):
        abort(403)
    return number


def _today() -> date:
    return now().astimezone(ZoneInfo(storage().settings.time_zone)).date()
