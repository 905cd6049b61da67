"""The live view of the room, for supervisors: each agent's state and talk, help, listening in. What is live comes from `ari_app`.

A supervisor says at which phone they sit: one that nobody has signed in at. The centre rings it to let them hear a talk.
"""

from flask import Blueprint, flash, jsonify, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from centre120.clean_text import clean_text
from centre120.store.agents import find_agent
from web.access import SUPERVISOR, access
from web.labels import labels
from web.language import page_language
from web.storage import storage, transaction
from web.tokens import live_token

blueprint = Blueprint("room", __name__, url_prefix="/room")

_PHONE = "room-phone"
PURPOSES = ("help", "quality", "training", "complaint", "emergency")


def _phone() -> str:
    return str(session.get(_PHONE) or current_user.extension or "")


@blueprint.get("")
@access(SUPERVISOR)
def page() -> str:
    """Opens without PostgreSQL."""
    settings = storage().settings
    facts = {
        "extension": _phone(),
        "language": page_language(),
        "live_port": settings.live_port,
        "token": live_token(settings, _phone(), SUPERVISOR),
        "ticket": url_for("room.token"),
        "time_zone": settings.time_zone,
    }
    return render_template("room.html", facts=facts, words=_words(), phone=_phone(), purposes=PURPOSES)


@blueprint.get("/token")
@access(SUPERVISOR)
def token() -> Response:
    """A fresh ticket for the live stream."""
    ticket = live_token(storage().settings, _phone(), SUPERVISOR)
    return jsonify(token=ticket, csrf=generate_csrf(), extension=_phone())


@blueprint.post("/phone")
@access(SUPERVISOR)
def choose_phone() -> Response:
    """The phone this supervisor sits at, for this session."""
    extension = clean_text(request.form.get("extension", ""), 8).strip()
    with transaction() as tx:
        agent = find_agent(tx, extension) if extension else None
    if agent is None or not agent.active:
        flash(_("There is no phone with this extension."))
    else:
        session[_PHONE] = extension
    return redirect(url_for("room.page"))


def _words() -> dict[str, object]:
    return {
        **{kind: labels(kind) for kind in ("language", "state", "break", "phase")},
        "live": _("Live"),
        "down": _("The live connection is down; trying again."),
        "loggedOut": _("You are logged out. Log in again."),
        "help": _("Help! {time}"),
        "mode": {
            "listen": _("You listen to {agent}: nobody hears you."),
            "whisper": _("You whisper to {agent}: the citizen does not hear you."),
            "join": _("You have joined {agent}: both hear you."),
            "take-over": _("You have taken the call over from {agent}. Hang up at your phone."),
        },
        "rings": _("Your phone rings: {agent}"),
        "phoneGood": _("Your phone {extension} is connected."),
        "phoneBad": _("Your phone {extension} is not registered: you can not listen in."),
        "refused": {
            "purpose-missing": _("Choose a purpose first."),
            "phone-not-free": _("Your phone is not free, or somebody has signed in at it."),
            "no-talk": _("This agent has no talk that can be entered now."),
            "not-there": _("This can not be done now."),
        },
        "noCall": _("–"),
        "waiting": _("Waiting"),
        "nobodyWaits": _("nobody"),
    }
