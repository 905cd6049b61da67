"""The public page: where a case stands, by its tracking code. Tells state, department and days; nothing personal, no text.

The code is sent in the form, never in the address. Wrong codes are limited by address and for everybody together, in each of
the two processes (`web.limits`); a case number does not work here: it can be counted up.
"""

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from centre120.clean_text import clean_text
from centre120.store.cases import find_case_status
from centre120.tracking import parse_tracking_code
from web.access import public
from web.limits import everybodys_wrong_codes, wrong_codes
from web.storage import transaction

blueprint = Blueprint("status", __name__, url_prefix="/case-status")


@blueprint.get("")
@public
def page() -> str:
    """The form."""
    return render_template("status.html", found=None, tried=False)


@blueprint.post("")
@public
@wrong_codes
@everybodys_wrong_codes
def ask() -> tuple[str | Response, int]:
    """200 with what is known; 404 when no case has that code, or it can not be right; 429 after too many wrong ones."""
    code = parse_tracking_code(clean_text(request.form.get("code", ""), 40))
    found = None
    if code is not None:
        with transaction() as tx:
            found = find_case_status(tx, code)
    return render_template("status.html", found=found, tried=True), 200 if found else 404
