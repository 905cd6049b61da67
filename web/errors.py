"""From errors to answers: a page for people, JSON for the desk's scripts; domain errors know neither."""

import structlog
from flask import Flask, jsonify, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from centre120.errors import CentreError
from centre120.store.database import StoreUnavailable
from centre120.store.errors import ChangedMeanwhile, NotFound, Refused
from web.access import wants_json

log = structlog.get_logger("web")


def _answer(status: int, code: str, title: str, text: str, **more: object) -> tuple[Response | str, int]:
    if wants_json():
        return jsonify(code=code, text=text, **more), status
    return render_template("error.html", status=status, title=title, text=text), status


def _http(error: HTTPException) -> tuple[Response | str, int] | HTTPException:
    status = error.code or 500
    known = {
        400: (_("Not understood"), _("The request could not be read. Go back and try again.")),
        401: (_("Logged out"), _("You are not logged in any more. Log in again.")),
        403: (
            _("Not for you"),
            _("Your login may not open this. If it is part of your work, ask your supervisor."),
        ),
        404: (_("Not found"), _("There is nothing at this address. Check it, or start from the first page.")),
        405: (_("Not found"), _("There is nothing at this address. Check it, or start from the first page.")),
        413: (_("Too large"), _("That was too much text for one request. Shorten it.")),
        415: (_("Not understood"), _("This address takes JSON only.")),
        422: (_("Not understood"), error.description or ""),
        429: (_("Too many tries"), _("Too many tries with this login from here. Wait a quarter of an hour.")),
    }
    if status < 400:
        return error
    if status == 429 and request.blueprint == "status":
        known[429] = (
            _("Too many tries"),
            _("Too many wrong codes. Wait an hour, or call 120: a person looks it up for you."),
        )
    title, text = known.get(status, (_("It did not work"), _("The program failed. Calls go on. Try again.")))
    return _answer(status, f"http-{status}", title, text)


def _csrf(_error: CSRFError) -> tuple[Response | str, int]:
    text = _("This page is too old, or another site sent you here. Reload it and try again.")
    return _answer(400, "csrf", _("Reload the page"), text)


def _store(error: StoreUnavailable) -> tuple[Response | str, int]:
    log.warning("store unavailable", path=request.path, cause=error.text)
    text = _(
        "The database can not be reached. Calls go on: phones ring, agents answer, the desk stays open and keeps what is "
        "written. Nothing needs to be done for the calls; whoever looks after the machine runs ./120 status. "
        "This page works again as soon as the database does."
    )
    return _answer(503, error.code, _("The record is away, calls go on"), text)


def _centre(error: CentreError) -> tuple[Response | str, int]:
    if isinstance(error, NotFound):
        return _answer(404, error.code, _("Not found"), f"{error.text} {error.next_step}")
    if isinstance(error, ChangedMeanwhile):
        return _answer(409, error.code, _("Saved by somebody else"), error.text, version=error.version)
    if isinstance(error, Refused):
        return _answer(422, error.code, _("Not possible"), f"{error.text} {error.next_step}")
    log.error("request failed", code=error.code, text=error.text)
    return _answer(500, error.code, _("It did not work"), f"{error.text} {error.next_step}")


def _unexpected(error: Exception) -> tuple[Response | str, int]:
    log.error("request failed", path=request.path, exc_info=error)
    return _answer(500, "failed", _("It did not work"), _("The program failed. Calls go on. Try again."))


def install(app: Flask) -> None:
    """Register them all."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(StoreUnavailable, _store)
    app.register_error_handler(CentreError, _centre)
    app.register_error_handler(Exception, _unexpected)
