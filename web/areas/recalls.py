"""Answer recall: the list of corrections, who was told the old answer, and the work list of call-backs.

A number is shown to the agent who has taken that citizen, while they have, and that is on record; everybody else sees it
masked. No number is part of an address: a citizen is named by a stamp.
"""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from centre120.clean_text import clean_text
from centre120.recall import RESULTS
from centre120.store.recalls import (
    change_draft,
    get_recall,
    list_recalls,
    record_attempt,
    show_recall,
    take_next,
)
from web.access import AGENT, SUPERVISOR, access
from web.storage import now, record_access, transaction

blueprint = Blueprint("recalls", __name__, url_prefix="/consultation/recalls")

LONGEST_NOTE, LONGEST_DRAFT, MOST_SHOWN = 500, 20_000, 500


@blueprint.get("")
@access(AGENT, SUPERVISOR)
def listing() -> str:
    """All recalls, newest first, each with its figures."""
    with transaction() as tx:
        shown = list_recalls(tx, now())
    return render_template("recalls.html", shown=shown)


@blueprint.get("/<int(max=9223372036854775807):recall_id>")
@access(AGENT, SUPERVISOR)
def show(recall_id: int) -> str:
    """One recall: exposure, what to say, everyone who was told so."""
    with transaction() as tx:
        shown = show_recall(tx, get_recall(tx, recall_id), now())
        mine = [one for one in shown.people if one.status == "taken" and one.by == current_user.login]
        for person in mine:
            record_access(tx, whose=person.number, what=f"recall:{recall_id}", purpose="recall: call-back")
        record_access(tx, whose=None, what=f"recall:{recall_id}:list", purpose="recall")
    return render_template(
        "recall.html", shown=shown, recall=shown.recall, mine=mine, people=shown.people[:MOST_SHOWN]
    )


@blueprint.post("/<int(max=9223372036854775807):recall_id>/next")
@access(AGENT, SUPERVISOR)
def take(recall_id: int) -> Response:
    """The next citizen to call is this person's."""
    with transaction() as tx:
        person = take_next(tx, recall_id, current_user.login, now())
    if person is None:
        flash(_("Nobody waits for a call-back."))
    return redirect(url_for("recalls.show", recall_id=recall_id), 303)


@blueprint.post("/<int(max=9223372036854775807):recall_id>/people/<uuid:told_id>")
@access(AGENT, SUPERVISOR)
def attempt(recall_id: int, told_id: UUID) -> Response:
    """`do`: taken, given-back, not-reached, refused, done."""
    what = request.form.get("do", "")
    if what not in RESULTS:
        abort(422, _("A choice is not in its list."))
    note = clean_text(" ".join(request.form.get("note", "").split()), LONGEST_NOTE)
    with transaction() as tx:
        record_attempt(tx, recall_id, told_id, what, current_user.login, note, now())
    return redirect(url_for("recalls.show", recall_id=recall_id), 303)


@blueprint.post("/<int(max=9223372036854775807):recall_id>/draft")
@access(SUPERVISOR)
def draft(recall_id: int) -> Response:
    """What agents say."""
    text = clean_text(request.form.get("draft", "").replace("\r\n", "\n"), LONGEST_DRAFT).strip()
    with transaction() as tx:
        change_draft(tx, recall_id, text)
    flash(_("The words are saved."))
    return redirect(url_for("recalls.show", recall_id=recall_id), 303)
