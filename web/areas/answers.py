"""Answers that were told: the stamps a desk brings here when `ari_app` could not take them."""

from datetime import datetime

from flask import Blueprint, abort, jsonify
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from centre120.store.agents_calls import has_call
from centre120.store.answers_told import record_told
from centre120.store.calls import find_call
from centre120.told import Told, uuid_of
from web.access import AGENT, access
from web.case_input import json_object
from web.storage import now, storage, transaction
from web.tokens import answer_of

blueprint = Blueprint("answers", __name__)


@blueprint.post("/desk/told")
@access(AGENT)
def told() -> Response:
    """Put on record that this agent told an answer on one of their calls. 403 while the recorder has not seen the offer:
    the desk keeps the stamp and comes again."""
    given = json_object()
    told_id, call_id = uuid_of(given.get("told_id")), uuid_of(given.get("call_id"))
    entry = answer_of(storage().settings, str(given.get("answer") or ""))
    if told_id is None or call_id is None or entry is None:
        abort(422, _("This is no stamp of an answer."))
    extension = str(current_user.extension or "")
    with transaction() as tx:
        if not extension or not has_call(tx, call_id, extension):
            abort(403)
        call = find_call(tx, call_id)
        arrived = call.arrived_at if call else now()
        record_told(tx, [Told(told_id, call_id, _moment(given.get("at"), arrived), extension, entry)])
    return jsonify(kept=True)


def _moment(text: object, arrived_at: datetime) -> datetime:
    """When the browser says it was, as far as that can be: not before the call and not after now."""
    latest = now()
    try:
        at = datetime.fromisoformat(str(text))
        return max(arrived_at, min(at, latest)) if at.tzinfo else latest
    except ValueError:
        return latest
