"""Words that mean the same, for the search: the supervisors' page."""

import structlog
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from centre120.store.errors import Refused
from centre120.store.synonyms import add_group, list_groups, remove_group
from centre120.synonyms import GroupRefused, group_of
from web.access import SUPERVISOR, access
from web.storage import now, transaction

log = structlog.get_logger("web")
blueprint = Blueprint("synonyms", __name__, url_prefix="/consultation/synonyms")


@blueprint.get("")
@access(SUPERVISOR)
def page() -> str:
    """All groups."""
    return _page()


def _page(typed: str = "", refused: str = "") -> str:
    with transaction() as tx:
        groups = list_groups(tx)
    return render_template("synonyms.html", groups=groups, typed=typed, refused=refused)


@blueprint.post("")
@access(SUPERVISOR)
def add() -> Response | tuple[str, int]:
    """A new group; 422 with what was typed when it can not be."""
    typed = request.form.get("words", "")
    try:
        words = group_of(typed)
        with transaction() as tx:
            add_group(tx, words, current_user.login, now())
    except (GroupRefused, Refused) as error:
        return _page(typed, str(error)), 422
    log.info("synonyms added", words=words, by=current_user.login)
    flash(_("The words are saved."))
    return redirect(url_for("synonyms.page"), 303)


@blueprint.post("/<int(max=9223372036854775807):group_id>/remove")
@access(SUPERVISOR)
def remove(group_id: int) -> Response:
    """Without this group from now on."""
    with transaction() as tx:
        remove_group(tx, group_id)
    log.info("synonyms removed", group=group_id, by=current_user.login)
    return redirect(url_for("synonyms.page"), 303)
