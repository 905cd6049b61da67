"""What a desk is shown: agents and calls as the JSON of docs/architecture.md. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ari_app.state import Agent, AgentState, Call
from centre120.names import LANGUAGES


def call_view(call: Call, now: float, wrapping_up: bool = False) -> dict[str, Any]:
    """The call as the one agent who has it sees it: the number is whole here, and only here."""
    waited = call.waited if call.waited is not None else now - call.queued
    transfer, conference = call.transfer, call.conference
    return {
        "call_id": call.call_id,
        "offer_id": call.offer_id,
        "held": call.held,
        "not_heard": call.not_heard or None,
        "call_back_promised": call.call_back_promised,
        "phase": "wrap-up" if wrapping_up else str(call.phase),
        "case_number": call.case_number,
        "caller_number": call.caller_number,
        "caller_name": call.caller_name,
        "language": call.language,
        "origin_number": call.origin_number,
        "outside_area": call.outside_area,
        "waited_seconds": round(waited, 1),
        "queued_at": call.queued_at.isoformat(),
        "answered_at": call.answered_at.isoformat() if call.answered_at else None,
        "returned_reason": call.returned_reason,
        "transfer": None
        if transfer is None
        else {
            "transfer_id": transfer.transfer_id,
            "kind": transfer.kind,
            "target_name": transfer.target_name,
            "number": transfer.number,
            "phase": transfer.phase,
            "seconds": round(now - transfer.started, 1),
        },
        "conference": None
        if conference is None
        else {
            "kind": conference.kind,
            "phase": conference.phase,
            "language": conference.language,
            "third_name": conference.third_name,
            "number": conference.number,
            "citizen_left": conference.citizen_left,
            "seconds": round(now - conference.started, 1),
        },
    }


def state_view(
    agent: Agent,
    call: Call | None,
    waiting: Mapping[str, int],
    now: float,
    at: datetime,
    page_phone: str | None = None,
    knows_legs: bool = True,
    interpreters: Sequence[str] = (),
    help_wanted: bool = False,
) -> dict[str, Any]:
    """The whole of what a desk needs after a (re)load."""
    return {
        "type": "state",
        "agent": {
            "extension": agent.extension,
            "name": agent.name,
            "state": str(agent.state),
            "reason": agent.reason,
            "since": agent.since_at.isoformat() if agent.since_at else None,
            "registered": agent.registered,
            "in_use": bool(agent.legs)
            if knows_legs
            else None,  # the phone rings or talks; null: not known yet
            "help": help_wanted,
            "page_phone": page_phone,  # session of the page that has the phone; null: the agent's own phone
        },
        "call": None if call is None else call_view(call, now, agent.state is AgentState.WRAP_UP),
        "interpreters": list(interpreters),  # languages with a partner line
        "waiting": {language: waiting.get(language, 0) for language in LANGUAGES},
        "time": at.isoformat(),
    }
