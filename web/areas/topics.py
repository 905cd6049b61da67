"""The tree of topics, for supervisors: add, rename, move, retire, take back. Desks have it within a minute."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from centre120.clean_text import clean_text
from centre120.store.topics import (
    TopicFields,
    add_topic,
    change_topic,
    list_all_topics,
    list_topic_changes,
    move_topic,
)
from centre120.topics import DEEPEST, in_order
from web.access import SUPERVISOR, access
from web.lists import forget_lists
from web.storage import now, transaction

blueprint = Blueprint("topics", __name__, url_prefix="/topics")

LONGEST_NAME = 60


@blueprint.get("")
@access(SUPERVISOR)
def listing() -> str:
    """The whole tree, retired topics too, and what was changed."""
    with transaction() as tx:
        every, changes = list_all_topics(tx), list_topic_changes(tx)
    return render_template("topics.html", tree=in_order(every), changes=changes, deepest=DEEPEST)


@blueprint.post("")
@access(SUPERVISOR)
def add() -> Response:
    """A new one, at the end of its brothers."""
    with transaction() as tx:
        add_topic(tx, _parent(), _name("name_ko"), _name("name_en"), current_user.login, now())
    return _done()


@blueprint.post("/<code>")
@access(SUPERVISOR)
def change(code: str) -> Response:
    """`do`: save (names and parent), retire, take-back, up, down."""
    what = request.form.get("do", "save")
    with transaction() as tx:
        if what in ("up", "down"):
            move_topic(tx, code, what == "up", current_user.login, now())
        else:
            fields: TopicFields = {"active": what == "take-back"}
            if what == "save":
                fields = {"name_ko": _name("name_ko"), "name_en": _name("name_en"), "parent": _parent()}
            change_topic(tx, code, current_user.login, now(), **fields)
    return _done()


def _done() -> Response:
    forget_lists()
    flash(_("The topics are saved. Desks have them within a minute."))
    return redirect(url_for("topics.listing"), 303)


def _name(field: str) -> str:
    return clean_text(request.form.get(field, ""), LONGEST_NAME).strip()


def _parent() -> str | None:
    return clean_text(request.form.get("parent", ""), 200).strip() or None
