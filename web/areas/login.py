"""Log in, log out, change the password. The first password must be changed before anything else opens."""

from urllib.parse import urlsplit

import structlog
from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, logout_user
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from centre120.store.database import StoreUnavailable
from centre120.store.errors import Refused
from centre120.store.sessions import end_sessions
from centre120.store.users import SHORTEST_PASSWORD, LoginRefused, authenticate_user, change_password
from web.access import EVERYBODY, access, public
from web.areas.home import local_path
from web.limits import failed_logins
from web.live_server import end_live_session
from web.people import begin_session
from web.storage import now, storage, transaction

log = structlog.get_logger("web")
blueprint = Blueprint("login", __name__)

_KNOWN_SECONDS = 180 * 24 * 3600


def _known_cookie() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}_known"


def _known_logins() -> list[str]:
    """Logins that have succeeded from this browser: the lock against guessing from elsewhere does not hold for them."""
    try:
        value = _signer().loads(request.cookies.get(_known_cookie(), ""), max_age=_KNOWN_SECONDS)
    except BadSignature:
        return []
    return [str(login) for login in value] if isinstance(value, list) else []


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(storage().settings.secret("web_key"), salt="known-browser")


@blueprint.get("/login")
@public
def page() -> Response | str:
    """The form."""
    if current_user.is_authenticated:
        return redirect(url_for("home.first"))
    return render_template("login.html", next=local_path(request.args.get("next")) or "")


@blueprint.post("/login")
@public
@failed_logins
def check() -> Response | tuple[str, int]:
    """Check login and password; the answer does not tell which of them was wrong."""
    name = request.form.get("login", "").replace("\0", "")[:100].strip().lower()
    known = _known_logins()
    with storage().asked() as database:
        found = authenticate_user(
            database, name, request.form.get("password", ""), now(), known_browser=name in known
        )
    following = local_path(request.form.get("next"))
    if isinstance(found, LoginRefused):
        log.warning("login refused", login=name[:20], reason=found.reason, address=request.remote_addr)
        text = {
            "wrong": _("Login or password is not right."),
            "locked": _("This login is locked for a quarter of an hour after too many wrong passwords."),
        }[found.reason]
        return render_template("login.html", error=text, login=name, next=following or ""), 401
    begin_session(found)
    log.info("logged in", login=found.login, role=found.role)
    goes_to = url_for("login.password") if found.must_change_password else following or url_for("home.first")
    answer = redirect(goes_to)
    kept = [found.login, *(login for login in known if login != found.login)][:20]
    answer.set_cookie(
        _known_cookie(),
        str(_signer().dumps(kept)),
        max_age=_KNOWN_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
        path=urlsplit(url_for("login.page")).path,
    )
    return answer


@blueprint.post("/logout")
@access(*EVERYBODY, before_password_change=True)
def leave() -> Response:
    """Ends this login's sessions everywhere: a copied cookie is worth nothing afterwards."""
    try:
        with transaction() as tx:
            end_sessions(tx, current_user.user_id)
    except StoreUnavailable:
        log.warning("logged out of this browser only", login=current_user.login)
    end_live_session(storage().settings, current_user.extension)
    logout_user()
    session.clear()
    return redirect(url_for("login.page"))


@blueprint.get("/password")
@access(*EVERYBODY, before_password_change=True)
def password() -> str:
    """The form."""
    return render_template("password.html", shortest=SHORTEST_PASSWORD)


@blueprint.post("/password")
@access(*EVERYBODY, before_password_change=True)
def change() -> Response | tuple[str, int]:
    """Change one's own password; all other sessions of this login end."""
    new = request.form.get("new", "")
    try:
        if new != request.form.get("again", ""):
            raise Refused("password-differs", "", "")
        with storage().asked() as database:
            user = change_password(database, current_user.user_id, request.form.get("old", ""), new)
    except Refused as error:
        text = {
            "password-wrong": _("The present password is not right."),
            "password-short": _("The new password is too short."),
            "password-same": _("The new password is the old one."),
            "password-differs": _("The two new passwords are not the same."),
        }.get(error.code, error.text)
        return render_template("password.html", error=text, shortest=SHORTEST_PASSWORD), 422
    end_live_session(storage().settings, user.extension)
    begin_session(user)
    flash(_("Your password is changed."))
    return redirect(url_for("home.first"))
