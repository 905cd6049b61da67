"""What people do on a case's page beside its fields: notes, links, undo, and seeing who else has it open."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, jsonify, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from centre120.case_rules import may_change
from centre120.clean_text import clean_text
from centre120.store.agents_calls import has_call
from centre120.store.case_work import (
    add_note,
    link_cases,
    record_opening,
    undo_change,
    unlink_cases,
    withdraw_note,
)
from centre120.store.cases import Case, find_case_of_call, get_case
from centre120.store.database import Transaction
from centre120.store.places import Place, search_places
from web.access import AGENT, SUPERVISOR, access
from web.case_access import case_for_reader, supervises, writer
from web.case_input import json_object
from web.language import page_language
from web.storage import now, record_access, sealer, transaction

blueprint = Blueprint("case_work", __name__)

LONGEST_NOTE = 4_000


def _back(case: Case, said: str) -> Response:
    flash(said)
    return redirect(url_for("cases.show", number=case.case_number), 303)


@blueprint.post("/cases/<number>/notes")
@access(AGENT, SUPERVISOR)
def note(number: str) -> Response:
    """A note, also on a closed case: what is learned later belongs there."""
    case = case_for_reader(number)
    text = clean_text(request.form.get("text", "").replace("\r\n", "\n"), LONGEST_NOTE)
    with transaction() as tx:
        add_note(tx, case, text, writer(), now(), sealer())
    return _back(case, _("The note is added."))


@blueprint.post("/cases/<number>/notes/<int:note_id>/withdraw")
@access(AGENT, SUPERVISOR)
def withdraw(number: str, note_id: int) -> Response:
    """One's own; supervisors any."""
    case = case_for_reader(number)
    with transaction() as tx:
        withdraw_note(tx, case, note_id, writer(), now(), any_author=supervises())
    return _back(case, _("The note is withdrawn."))


@blueprint.post("/cases/<number>/links")
@access(AGENT, SUPERVISOR)
def link(number: str) -> Response:
    """`other`: a case that this person may read as well."""
    case = case_for_reader(number)
    other = case_for_reader(request.form.get("other", "").strip())
    with transaction() as tx:
        link_cases(tx, case, other.case_number, writer(), now())
    return _back(case, _("The cases are linked."))


@blueprint.post("/cases/<number>/links/<other>/remove")
@access(AGENT, SUPERVISOR)
def unlink(number: str, other: str) -> Response:
    """Undo a link."""
    case = case_for_reader(number)
    with transaction() as tx:
        unlink_cases(tx, case, other, writer(), now())
    return _back(case, _("The cases are not linked any more."))


@blueprint.post("/cases/<number>/changes/<int:change_id>/undo")
@access(AGENT, SUPERVISOR)
def undo(number: str, change_id: int) -> Response:
    """Give a field back what it held before; 422 when it was changed again since."""
    case = case_for_reader(number)
    if not may_change(supervises(), case.status, None):
        abort(403)
    with transaction() as tx:
        undo_change(tx, get_case(tx, case.case_number), change_id, writer(), now())
        record_access(tx, whose=case.citizen_number, what=f"case:{case.case_number}", purpose="undo")
    return _back(case, _("The change is undone."))


@blueprint.post("/cases/<number>/open")
@access(AGENT, SUPERVISOR)
def opened(number: str) -> Response:
    """The page says every ten seconds that it is open: `{"version","others":[{"who","since"}]}`."""
    json_object()
    case = case_for_reader(number)
    with transaction() as tx:
        return _opening(tx, case)


@blueprint.post("/desk/cases/<uuid:call_id>/open")
@access(AGENT)
def opened_on_desk(call_id: UUID) -> Response:
    """The same for the case on the desk; nobody while the recorder has not seen the offer."""
    json_object()
    me = writer()
    with transaction() as tx:
        case = find_case_of_call(tx, call_id)
        if case is None or not (case.opened_by == me or has_call(tx, call_id, me)):
            return jsonify(version=None, others=[])
        return _opening(tx, case)


def _opening(tx: Transaction, case: Case) -> Response:
    others = record_opening(tx, case.case_id, writer(), now())
    told = [{"who": one.who, "since": one.since_at.isoformat()} for one in others]
    return jsonify(version=case.version, others=told)


@blueprint.post("/places/search")
@access(AGENT, SUPERVISOR)
def places() -> Response:
    """`q`: a landmark or an address. In the body: where a citizen lives must not stand in an address."""
    text = clean_text(str(json_object().get("q", "")), 100)
    with transaction() as tx:
        found = search_places(tx, text)
    return jsonify(hits=[_place_view(place) for place in found])


def _place_view(place: Place) -> dict[str, Any]:
    name = place.name_ko if page_language() == "ko" or not place.name_en else place.name_en
    return {
        "place_id": place.place_id,
        "name": name,
        "address": place.address,
        "district": place.district,
    }
