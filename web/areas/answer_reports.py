"""Reports that an answer is wrong: from the desk by one key, from an entry's page by a form; the supervisors' page of those
that wait, escalated ones first.
"""

from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from centre120.answer_reports import LONGEST_WORDS, is_escalated
from centre120.clean_text import clean_text
from centre120.store.agents_calls import has_call
from centre120.store.answer_reports import (
    decide_report,
    inform_owner,
    list_decided_reports,
    list_waiting_reports,
    report_answer,
)
from centre120.store.database import Transaction
from centre120.told import uuid_of
from web.access import AGENT, SUPERVISOR, access
from web.case_input import json_object
from web.storage import now, storage, transaction
from web.waiting import forget

blueprint = Blueprint("answer_reports", __name__, url_prefix="/consultation")

LAST_DECIDED = 50
_HIGHEST_VERSION = 2**31 - 1


def _hours() -> float:
    return storage().settings.answer_report_hours


@blueprint.post("/<int(max=9223372036854775807):entry_id>/reports")
@access(AGENT, SUPERVISOR)
def report(entry_id: int) -> Response:
    """The desk's JSON (`report_id`, `version`, `words`, `call_id`), or the form of the entry's page."""
    if not request.is_json:
        with transaction() as tx:
            _report(tx, uuid4(), entry_id, dict(request.form))
        flash(_("The report is with the owner of this answer; the clock runs."))
        return redirect(url_for("consultation.show", entry_id=entry_id), 303)
    given = json_object()
    report_id = uuid_of(given.get("report_id"))
    if report_id is None:
        abort(422, _("This is no report."))
    with transaction() as tx:
        _report(tx, report_id, entry_id, given)
    return jsonify(kept=True)


def _report(tx: Transaction, report_id: UUID, entry_id: int, given: dict[str, Any]) -> None:
    version = str(given.get("version") or "")
    if not (version.isascii() and version.isdigit() and 0 < int(version[:11]) <= _HIGHEST_VERSION):
        abort(422, _("The version is no number."))
    words = clean_text(" ".join(str(given.get("words") or "").split()), LONGEST_WORDS)
    call_id, extension = uuid_of(given.get("call_id")), current_user.extension
    if call_id and not (extension and has_call(tx, call_id, extension)):
        call_id = None  # the report counts all the same
    report_answer(tx, report_id, entry_id, int(version), words, current_user.login, call_id, now(), _hours())


@blueprint.get("/reports")
@access(SUPERVISOR)
def page() -> str:
    """What waits, escalated first, and what was decided lately."""
    with transaction() as tx:
        waiting = list_waiting_reports(tx, now())
        decided = list_decided_reports(tx)[:LAST_DECIDED]
    return render_template(
        "answer_reports.html",
        waiting=[(one, is_escalated(one.report, now())) for one in waiting],
        decided=decided,
    )


@blueprint.post("/reports/<uuid:report_id>")
@access(SUPERVISOR)
def decide(report_id: UUID) -> Response:
    """`do`: informed, confirm, reject (with `reason`)."""
    what = request.form.get("do", "")
    reason = clean_text(" ".join(request.form.get("reason", "").split()), LONGEST_WORDS)
    if what not in ("informed", "confirm", "reject"):
        abort(422, _("A choice is not in its list."))
    with transaction() as tx:
        if what == "informed":
            inform_owner(tx, report_id, current_user.login, now())
        else:
            decide_report(tx, report_id, what, reason, current_user.login, now(), _hours())
    forget()
    flash(_("The report is changed."))
    return redirect(url_for("answer_reports.page"), 303)
