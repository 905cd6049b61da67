"""Help, and a supervisor at an agent's talk: listens, whispers, joins, takes over. Pure, on the ACD's state.

The centre rings the supervisor's phone; what is heard is the dialplan's and Asterisk's (context `supervise`), here it is asked
for, followed and put on record with its purpose. An agent is not told that somebody listens; the citizen never hears a whisper.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ari_app.acd import Acd
from ari_app.events import Channel
from ari_app.state import (
    SIGNED_IN,
    Action,
    Agent,
    Call,
    ChangeSupervision,
    HangUp,
    Phase,
    Record,
    StartSupervision,
    Supervision,
    TakeOver,
)

MODES = ("listen", "whisper", "join")
LONGEST_PURPOSE = 200
_TALKS = (Phase.TALKING, Phase.CONFERENCE, Phase.CONSULTING)


@dataclass(frozen=True)
class Refusal:
    """Why a supervisor's wish can not be done: a code of web's words."""

    code: str


def ask_help(acd: Acd, agent: Agent, now: float) -> list[Action]:
    """The agent calls for a supervisor, silently; a second press takes it back."""
    call = acd.calls.get(agent.call_id or "")
    if call is None or call.phase not in _TALKS:
        return []
    if agent.extension in acd.help_wanted:
        return _help_ended(acd, agent.extension, call.call_id)
    acd.help_wanted[agent.extension] = now
    return [Record("HelpAsked", call.call_id, {"agent": agent.extension}), acd.show_state(agent)]


def start(acd: Acd, supervisor: str, extension: str, mode: str, purpose: str) -> list[Action] | Refusal:
    """Ring the supervisor's phone and let it into this agent's talk."""
    seat, agent = acd.agents.get(supervisor), acd.agents.get(extension)
    call = acd.calls.get(agent.call_id or "") if agent is not None else None
    if mode not in MODES or not purpose.strip():
        return Refusal("purpose-missing")
    if seat is None or not seat.registered or seat.legs or seat.state in SIGNED_IN:
        return Refusal("phone-not-free")
    if agent is None or call is None or call.phase not in _TALKS or call.agent != extension:
        return Refusal("no-talk")
    name = agent.legs.get(call.agent_channel)
    if name is None or supervisor in acd.supervisions:
        return Refusal("no-talk" if name is None else "phone-not-free")
    made = Supervision(f"supervision-{uuid.uuid4()}", supervisor, extension, call.call_id, mode, name)
    acd.supervisions[supervisor] = made
    fields = {
        "supervision_id": made.channel,
        "supervisor": supervisor,
        "agent": extension,
        "mode": mode,
        "purpose": purpose.strip()[:LONGEST_PURPOSE],
    }
    actions: list[Action] = [Record("SupervisionStarted", call.call_id, fields), StartSupervision(supervisor)]
    return [*actions, *_help_ended(acd, extension, call.call_id)]


def change(acd: Acd, supervisor: str, mode: str) -> list[Action] | Refusal:
    """Another mode, without hanging up."""
    now_at = acd.supervisions.get(supervisor)
    if now_at is None or not now_at.is_up or mode not in MODES:
        return Refusal("not-there")
    now_at.mode = mode
    fields = {"supervision_id": now_at.channel, "supervisor": supervisor, "agent": now_at.agent, "mode": mode}
    return [Record("SupervisionChanged", now_at.call_id, fields), ChangeSupervision(supervisor)]


def take_over(acd: Acd, supervisor: str) -> list[Action] | Refusal:
    """Supervisor and citizen talk on, the agent is free. From a talk of two only."""
    now_at = acd.supervisions.get(supervisor)
    call = acd.calls.get(now_at.call_id) if now_at is not None else None
    if now_at is None or not now_at.is_up or now_at.mode == "take-over":
        return Refusal("not-there")
    if call is None or call.phase is not Phase.TALKING or call.agent != now_at.agent:
        return Refusal("no-talk")
    now_at.mode = "take-over"
    fields = {"supervision_id": now_at.channel, "supervisor": supervisor, "agent": now_at.agent}
    return [Record("CallTakenOver", call.call_id, fields), TakeOver(supervisor)]


def end(acd: Acd, supervisor: str) -> list[Action] | Refusal:
    """The supervisor leaves; who has taken over hangs up at the phone."""
    now_at = acd.supervisions.get(supervisor)
    if now_at is None or now_at.mode == "take-over":
        return Refusal("not-there")
    return [HangUp(now_at.channel)]


def leg_up(acd: Acd, channel: Channel) -> None:
    """The supervisor's phone was answered."""
    for one in acd.supervisions.values():
        if one.channel == channel.channel_id:
            one.is_up = True


def leg_gone(acd: Acd, channel: Channel) -> list[Action]:
    """The supervisor's leg ended, by whomever; or a talk in which help was wanted."""
    for supervisor, one in list(acd.supervisions.items()):
        if one.channel == channel.channel_id:
            del acd.supervisions[supervisor]
            fields = {"supervision_id": one.channel, "supervisor": supervisor, "agent": one.agent}
            return [Record("SupervisionEnded", one.call_id, fields)]
    agent = acd.agents.get(channel.endpoint)
    call = acd.calls.get(agent.call_id or "") if agent is not None else None
    if agent is not None and call is not None and call.agent_channel == channel.channel_id:
        return _help_ended(acd, agent.extension, call.call_id)
    return []


def _help_ended(acd: Acd, extension: str, call_id: str) -> list[Action]:
    if acd.help_wanted.pop(extension, None) is None:
        return []
    return [
        Record("HelpEnded", call_id, {"agent": extension}),
        acd.show_state(acd.agents[extension]),
    ]


def view(acd: Acd, supervisor: str, now: float, at: datetime) -> dict[str, Any]:
    """The room, as one supervisor's page is shown it. Numbers of citizens are not in it."""
    mine = acd.supervisions.get(supervisor)
    seat = acd.agents.get(supervisor)
    agents = [
        _agent_view(acd, agent, now)
        for _, agent in sorted(acd.agents.items())
        if agent.extension != supervisor
    ]
    return {
        "type": "room",
        "agents": agents,
        "waiting": dict(acd.line.waiting()),
        "phone": {"extension": supervisor, "registered": bool(seat and seat.registered)},
        "supervision": None
        if mine is None
        else {"agent": mine.agent, "mode": mine.mode, "is_up": mine.is_up},
        "time": at.isoformat(),
    }


def _agent_view(acd: Acd, agent: Agent, now: float) -> Mapping[str, Any]:
    call: Call | None = acd.calls.get(agent.call_id or "")
    asked = acd.help_wanted.get(agent.extension)
    return {
        "extension": agent.extension,
        "name": agent.name,
        "state": str(agent.state),
        "reason": agent.reason,
        "seconds": round(now - agent.since) if agent.since_at else None,
        "registered": agent.registered,
        "help_seconds": None if asked is None else round(now - asked),
        "call": None
        if call is None
        else {"case_number": call.case_number, "language": call.language, "phase": str(call.phase)},
    }
