"""Where a person starts, the switch of language, and whether the program works."""

from flask import Blueprint, jsonify, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from web.access import ADMIN, AGENT, EVERYBODY, SUPERVISOR, access, public
from web.language import COOKIE, LANGUAGES

blueprint = Blueprint("home", __name__)

FIRST_PAGES = {AGENT: "desk.page", SUPERVISOR: "calls.listing", ADMIN: "agents.listing"}
_YEAR = 365 * 24 * 3600


def local_path(path: str | None) -> str | None:
    """`path` when it stays on this site: a link from elsewhere must not send a person on after logging in."""
    if (
        not path
        or not path.startswith("/")
        or path.startswith(("//", "/\\"))
        or any(ord(c) < 32 for c in path)
    ):
        return None
    return path


@blueprint.get("/")
@access(*EVERYBODY)
def first() -> Response:
    """The first page of one's role."""
    return redirect(url_for(FIRST_PAGES[current_user.role]))


@blueprint.post("/language")
@public
def language() -> Response:
    """Keep the language of the switch in a cookie."""
    answer = redirect(local_path(request.form.get("next")) or url_for("home.first"))
    chosen = request.form.get("language")
    if chosen in LANGUAGES:
        answer.set_cookie(
            COOKIE, chosen, max_age=_YEAR, httponly=True, samesite="Lax", secure=request.is_secure
        )
    return answer


@blueprint.get("/health")
@public
def health() -> Response:
    """200 while this program answers; the database is not its business."""
    return jsonify(ready=True)
