"""The wallboard: one large screen for the room, without a mouse. This moment comes from `ari_app`, the day from the record.

No person is on it: no name, no number. What is over its threshold is marked in words and colour.
"""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, jsonify, render_template, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from centre120.call_words import CASE_STATUSES
from centre120.metrics import Totals, service_level
from centre120.names import LANGUAGES
from centre120.store.board import board_figures
from web.access import SUPERVISOR, access
from web.labels import labels
from web.language import page_language
from web.storage import storage, transaction
from web.tokens import live_token

blueprint = Blueprint("wallboard", __name__, url_prefix="/wallboard")

WITHIN_SECONDS = 15
REFRESH_SECONDS = 10
STATES = ("available", "on-call", "wrap-up", "on-break", "not-available", "logged-out")
"""As shown, in this order; a ringing phone counts as on a call."""


@blueprint.get("")
@access(SUPERVISOR)
def page() -> str:
    """Opens without PostgreSQL."""
    settings = storage().settings
    facts = {
        "extension": "",
        "language": page_language(),
        "live_port": settings.live_port,
        "token": live_token(settings, "", "board"),
        "ticket": url_for("wallboard.token"),
        "figures": url_for("wallboard.figures"),
        "refresh_seconds": REFRESH_SECONDS,
        "time_zone": settings.time_zone,
        "alarm": {
            "waiting": settings.alarm_waiting,
            "wait_seconds": settings.alarm_wait_seconds,
            "service_level": settings.alarm_service_level,
        },
    }
    return render_template(
        "wallboard.html",
        facts=facts,
        words=_words(),
        languages=LANGUAGES,
        states=STATES,
        statuses=CASE_STATUSES,
        within=WITHIN_SECONDS,
    )


@blueprint.get("/token")
@access(SUPERVISOR)
def token() -> Response:
    """A fresh ticket for the live stream."""
    ticket = live_token(storage().settings, "", "board")
    return jsonify(token=ticket, csrf=generate_csrf(), extension="")


@blueprint.get("/figures")
@access(SUPERVISOR)
def figures() -> Response:
    """Today and this half hour, as JSON. 503 while PostgreSQL is away: the board goes on with what it has, and says so."""
    with transaction() as tx:
        found = board_figures(tx, datetime.now(UTC), storage().settings.time_zone, WITHIN_SECONDS)
    return jsonify(
        today=_figures(found.today),
        half_hour=_figures(found.half_hour),
        call_backs_owed=found.call_backs_owed,
        cases=found.cases_today,
    )


def _figures(total: Totals) -> dict[str, Any]:
    return {
        "offered": total.offered,
        "answered": total.answered,
        "abandoned": total.abandoned,
        "service_level": service_level(total),
    }


def _words() -> dict[str, object]:
    return {
        "live": _("Live"),
        "down": _("The live connection is down; trying again."),
        "loggedOut": _("You are logged out. Log in again."),
        "figuresOld": _("Figures of {time}: the database is away."),
        "language": labels("language"),
        "alarmWaiting": _("{count} are waiting"),
        "alarmWait": _("{language}: somebody waits {time}"),
        "alarmLevel": _("Service level of this half hour: {share}"),
        "noAlarm": _("No alarm"),
    }
