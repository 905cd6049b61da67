"""Handing a citizen over: what an agent asks for, and what becomes of it. Pure, on the ACD's state.

Roles: the citizen is transferred, the agent is the initiator, the department is the recipient. The moves themselves are the
dialplan's (dialplan/60-departments.conf): once begun, no program is needed for anybody to hang up or be called back.
"""

import uuid
from dataclasses import dataclass

from ari_app.acd import OFFER_RESULTS, Acd
from ari_app.events import Channel
from ari_app.state import (
    Action,
    Agent,
    Call,
    HangUp,
    Phase,
    Record,
    StartBlind,
    StartConsult,
    Transfer,
    Watch,
)
from centre120 import names

NO_LEG_SECONDS = 5.0
"""Far more than the redirect and the trial of both trunks take when no leg comes of them."""


@dataclass(frozen=True)
class Target:
    """Where to, from a token that only `web`'s directory search makes."""

    number: str
    name: str
    department_id: int | None = None
    official_id: int | None = None


def start(
    acd: Acd, agent: Agent, kind: str, target: Target, summary: str, ring_seconds: int, now: float
) -> list[Action]:
    """Begin a blind or an attended transfer of the call this agent talks on; nothing happens in any other phase."""
    call = acd.calls.get(agent.call_id or "")
    if call is None or call.phase is not Phase.TALKING or call.agent != agent.extension:
        return []
    call.transfer = Transfer(
        transfer_id=str(uuid.uuid4()),
        kind=kind,
        number=target.number,
        target_name=target.name,
        department_id=target.department_id,
        official_id=target.official_id,
        summary=summary,
        started=now,
        without_leg_since=now,
    )
    acd.handing_over[call.call_id] = call
    record = Record(
        "TransferStarted",
        call.call_id,
        {
            "transfer_id": call.transfer.transfer_id,
            "transfer_kind": kind,
            "agent": agent.extension,
            "number": target.number,
            "target_name": target.name,
            "department_id": target.department_id,
            "official_id": target.official_id,
            "summary": summary,
        },
    )
    call.returned_reason = None
    if kind == "blind":
        call.phase = Phase.TRANSFERRING
        return [
            record,
            Watch(call.channel_id),
            StartBlind(call.call_id, ring_seconds),
            acd.show_call(call),
        ]
    call.phase = Phase.CONSULTING
    return [
        record,
        Watch(call.channel_id),
        StartConsult(call.call_id, ring_seconds),
        acd.show_call(call),
    ]


def dialled(acd: Acd, caller: Channel | None, peer: Channel, status: str, now: float) -> list[Action]:
    """A leg of ours dials, or its dialling ended: the department rings, answers, or does not come."""
    call = _call_that_dials(acd, caller)
    if call is None or call.transfer is None:
        return []
    transfer = call.transfer
    if status in ("", "RINGING", "PROGRESS"):
        if transfer.peer_channel == peer.channel_id:
            return []
        transfer.peer_channel = peer.channel_id
        return [Watch(peer.channel_id)]
    if transfer.peer_channel and transfer.peer_channel != peer.channel_id:
        return []
    if status == "ANSWER":
        if transfer.phase == "talking":
            return []
        transfer.phase, transfer.rang = "talking", now - transfer.started
        answered = Record(
            "TransferAnswered",
            call.call_id,
            {"transfer_id": transfer.transfer_id, "ring_seconds": round(now - transfer.started, 1)},
        )
        if call.phase is Phase.TRANSFERRING:
            ended = acd.transfer_ended(call, "picked-up", now)
            acd.forget(call)
            return [answered, ended]
        return [answered, acd.show_call(call)]
    if status == "CANCEL":
        return []  # the agent's phone has gone: the dialplan calls the citizen back to an agent, the leg's own end tells
    if status in ("CHANUNAVAIL", "CONGESTION"):
        transfer.trunks_failed.add(peer.channel_id)
        transfer.peer_channel, transfer.without_leg_since = "", now
        if len(transfer.trunks_failed) < len(names.TRUNKS):
            return []  # the dialplan tries the second trunk
    if call.phase is Phase.CONSULTING:
        return _back_to_talking(acd, call, OFFER_RESULTS.get(status, "unreachable"), now)
    return []


def peer_gone(acd: Acd, channel: Channel, now: float) -> list[Action]:
    """The department's leg ended: the agent is back with the citizen (the dialplan pulls them together)."""
    for call in list(acd.handing_over.values()):
        transfer = call.transfer
        if transfer is None or transfer.peer_channel != channel.channel_id or transfer.phase != "talking":
            continue  # while it rings, the Dial event says why it ended
        if call.phase is Phase.CONSULTING:
            return _back_to_talking(acd, call, "refused", now)
    return []


def citizen_gone(acd: Acd, channel: Channel, now: float) -> list[Action]:
    """The citizen hung up in the middle of a hand-over: the attempt is over, and so is what the agent waits for."""
    for call in list(acd.handing_over.values()):
        if call.channel_id != channel.channel_id:
            continue
        ended = acd.transfer_ended(call, "citizen-gone", now)
        if call.phase is Phase.TRANSFERRING:  # the agent has left already
            acd.forget(call)
            return [ended]
        call.phase = Phase.TALKING  # until the agent's leg ends, which the dialplan sees to
        return [ended, acd.show_call(call)]
    return []


def overdue(acd: Acd, now: float) -> list[Action]:
    """A trunk that cannot be reached makes no leg, and Asterisk tells of none: when no leg has come for so long, the dialplan
    has put the agent back with the citizen. Ask every second."""
    actions: list[Action] = []
    for call in list(acd.handing_over.values()):
        transfer = call.transfer
        if transfer is None or call.phase is not Phase.CONSULTING or transfer.peer_channel:
            continue
        if now - transfer.without_leg_since >= NO_LEG_SECONDS:
            actions += _back_to_talking(acd, call, "unreachable", now)
    return actions


def complete(acd: Acd, agent: Agent) -> list[Action]:
    """Leave the department and the citizen alone together: the agent's hanging up is the completion."""
    call = acd.calls.get(agent.call_id or "")
    if (
        call is None
        or call.phase is not Phase.CONSULTING
        or call.transfer is None
        or call.transfer.phase != "talking"
    ):
        return []
    return [HangUp(call.agent_channel)]


def cancel(acd: Acd, agent: Agent, now: float) -> list[Action]:
    """Take the citizen back: the department's leg goes, the dialplan pulls the citizen to the agent."""
    call = acd.calls.get(agent.call_id or "")
    if (
        call is None
        or call.phase is not Phase.CONSULTING
        or call.transfer is None
        or not call.transfer.peer_channel
    ):
        return []
    peer = call.transfer.peer_channel
    return [HangUp(peer, forget_citizen=True), *_back_to_talking(acd, call, "cancelled", now)]


def hang_up(acd: Acd, agent: Agent) -> list[Action]:
    """End the talk: the citizen's leg, for an agent's leg that ends by nobody's hand counts as a phone that is lost."""
    call = acd.calls.get(agent.call_id or "")
    if call is None or call.phase is not Phase.TALKING or not call.agent_channel:
        return []
    return [HangUp(call.channel_id)]


def _back_to_talking(acd: Acd, call: Call, result: str, now: float) -> list[Action]:
    ended = acd.transfer_ended(call, result, now)
    call.phase, call.returned_reason = Phase.TALKING, result
    return [ended, acd.show_call(call)]


def _call_that_dials(acd: Acd, caller: Channel | None) -> Call | None:
    if caller is None:
        return None
    for call in acd.handing_over.values():
        if call.phase is Phase.CONSULTING and call.agent_channel == caller.channel_id:
            return call
        if call.phase is Phase.TRANSFERRING and call.channel_id == caller.channel_id:
            return call
    return None
