"""Agents, for the telecom admin: who they are, what they speak, and the secrets their phones and logins start with.

A SIP secret or a first password is shown once, on the page that answers the request that made it. Every change publishes
the roster, so that `ari_app` and Asterisk know within a second.
"""

import structlog
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from centre120.clean_text import clean_text
from centre120.names import AGENT_REALM, LANGUAGES
from centre120.store.agents import add_agent, change_agent, find_agent, list_agents, reset_agent_secret
from centre120.store.errors import NotFound, Refused
from centre120.store.first_logins import random_password
from centre120.store.roster import publish_roster
from centre120.store.users import add_user, change_user, list_users, reset_password
from web.access import ADMIN, access
from web.headers import host_name
from web.live_server import end_live_session
from web.storage import now, storage, transaction

log = structlog.get_logger("web")
blueprint = Blueprint("agents", __name__, url_prefix="/agents")


def _checked(extension: str) -> str:
    if not (extension.isascii() and extension.isdigit() and len(extension) <= 8):
        raise NotFound("agent", extension[:20])
    return extension


def _publish() -> None:
    with storage().asked() as database:
        publish_roster(database, storage().settings.roster_file, now())


def _languages() -> list[str]:
    chosen: list[str] = [language for language in LANGUAGES if language in request.form.getlist("languages")]
    if not chosen:
        raise Refused("languages-none", _("An agent speaks at least one language."), _("Choose one."))
    return chosen


@blueprint.get("")
@access(ADMIN)
def listing() -> str:
    """All agents."""
    with transaction() as tx:
        agents, users = list_agents(tx), list_users(tx)
    logins = {user.extension: user for user in users if user.extension}
    return render_template("agents.html", agents=agents, logins=logins, languages=LANGUAGES)


@blueprint.post("")
@access(ADMIN)
def add() -> str:
    """A new agent with a login of the same name."""
    extension = clean_text(request.form.get("extension", ""), 8).strip()
    name = clean_text(request.form.get("name", ""), 60).strip()
    latin = clean_text(request.form.get("name_latin", ""), 60).strip()
    if not name:
        raise Refused("name-empty", _("An agent has a name."), _("Type it."))
    password = random_password()
    with transaction() as tx:
        secret = add_agent(tx, extension, name=name, name_latin=latin, languages=_languages())
        add_user(tx, extension, password, "agent", extension=extension, name=name)
    _publish()
    log.info("agent added", agent=extension, by=current_user.login)
    return _shown_once(extension, secret=secret, password=password)


@blueprint.post("/<extension>")
@access(ADMIN)
def change(extension: str) -> Response:
    """Languages, and whether the agent works here; switching off ends the login too."""
    active = request.form.get("active") == "yes"
    with transaction() as tx:
        change_agent(tx, _checked(extension), languages=_languages(), active=active)
        for user in list_users(tx):
            if user.extension == extension and user.active != active:
                change_user(tx, user.user_id, active=active)
    _publish()
    if not active:
        end_live_session(storage().settings, extension)
    log.info("agent changed", agent=extension, active=active, by=current_user.login)
    flash(_("Agent %(extension)s is changed.", extension=extension))
    return redirect(url_for("agents.listing"))


@blueprint.post("/<extension>/secret")
@access(ADMIN)
def renew_secret(extension: str) -> str:
    """A new SIP secret; the phone's old one stops working."""
    with transaction() as tx:
        secret = reset_agent_secret(tx, _checked(extension))
    _publish()
    log.info("agent's secret renewed", agent=extension, by=current_user.login)
    return _shown_once(extension, secret=secret)


@blueprint.post("/<extension>/password")
@access(ADMIN)
def renew_password(extension: str) -> str:
    """A new first password, which also unlocks the login; an agent without a login gets one."""
    password = random_password()
    with transaction() as tx:
        agent = find_agent(tx, _checked(extension))
        known = [user for user in list_users(tx) if user.extension == extension]
        if agent is None:
            raise NotFound("agent", extension)
        if not known:
            add_user(tx, extension, password, "agent", extension=extension, name=agent.name)
    if known:
        with storage().asked() as database:
            reset_password(database, known[0].user_id, password)
    end_live_session(storage().settings, extension)
    log.info("agent's password renewed", agent=extension, by=current_user.login)
    return _shown_once(extension, password=password)


def _shown_once(extension: str, *, secret: str = "", password: str = "") -> str:
    settings = storage().settings
    with transaction() as tx:
        agent = find_agent(tx, extension)
    if agent is None:
        abort(404)
    host = settings.bind_host if settings.bind_host not in ("0.0.0.0", "::") else host_name(settings)  # noqa: S104
    return render_template(
        "agent_secret.html",
        agent=agent,
        secret=secret,
        password=password,
        sip=f"{host}:{settings.sip_port}",
        realm=AGENT_REALM,
    )
