"""A resident registration number shown whole: with a reason, on record before it is seen, and only in that answer."""

from flask import Blueprint, abort, render_template, request
from flask_babel import gettext as _

from centre120.clean_text import clean_text
from centre120.resident_numbers import mask_resident_numbers
from centre120.store.sealed import list_sealed_numbers, open_sealed_number
from web.access import AGENT, SUPERVISOR, access
from web.case_access import case_for_reader
from web.storage import record_access, sealer, transaction

blueprint = Blueprint("sealed", __name__, url_prefix="/cases")

SHORTEST_REASON, LONGEST_REASON = 4, 200


@blueprint.post("/<number>/sealed/<int:sealed_id>")
@access(AGENT, SUPERVISOR)
def show(number: str, sealed_id: int) -> str:
    """422 without a reason; 503 when the key is away."""
    case = case_for_reader(number)
    reason = mask_resident_numbers(clean_text(request.form.get("reason", ""), LONGEST_REASON).strip())
    if len(reason) < SHORTEST_REASON:
        abort(422, _("Say in a few words what the whole number is needed for."))
    key = sealer()
    if key is None:
        abort(503)
    with transaction() as tx:
        whole = open_sealed_number(tx, case.case_id, sealed_id, key)
        what = f"case:{case.case_number} sealed:{sealed_id}"
        record_access(tx, whose=case.citizen_number, what=what, purpose=f"resident number: {reason}")
        kept = [one for one in list_sealed_numbers(tx, case.case_id) if one.sealed_id == sealed_id]
    return render_template("sealed.html", case=case, number=kept[0], whole=whole, reason=reason)
