"""A waiting call on its way from one worker to another: as the arguments of ARI's `move`, and back. Pure.

Only a standby that took a call while the leader was silent sends one. The call keeps its case, its place and its record:
the one `CallQueued` stands in the standby's journal.
"""

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ari_app.reconcile import call_of
from ari_app.state import Call
from centre120 import names


def fields(call: Call) -> dict[str, Any]:
    """What `CallQueued` says of a call."""
    return {
        "channel_id": call.channel_id,
        "linked_id": call.channel_id,
        "trunk": call.trunk,
        "origin_number": call.origin_number,
        "dialled_number": call.dialled_number,
        "outside_area": call.outside_area,
        "caller_number": call.caller_number,
        "caller_name": call.caller_name,
        "language": call.language,
        "case_number": call.case_number,
        "queued_at": call.queued_at.isoformat(),
    }


def arguments(call: Call) -> str:
    """`held,<text>`: base64, because a comma would divide it."""
    text = json.dumps({"call_id": call.call_id, **fields(call)})
    return f"{names.STASIS_HELD},{base64.urlsafe_b64encode(text.encode()).decode()}"


def parse(text: str, now: float, at: datetime) -> Call | None:
    """The call of `arguments`; None for anything else."""
    try:
        record = json.loads(base64.urlsafe_b64decode(text.encode()))
    except ValueError:
        return None
    return call_of(record, now, at) if isinstance(record, Mapping) else None
