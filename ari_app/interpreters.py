"""An interpreter for a talk: partners are rung in order, who answers comes into the conference. Pure, on the ACD's state.

Agent and citizen meet in the room at once and go on talking; the dialplan (context `interpreter`) rings one partner after the
other and lets in who answers, and needs no program for it. Here it is followed, and the first word is waited for.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime

from ari_app.acd import Acd
from ari_app.events import Channel
from ari_app.roster import Partner
from ari_app.state import Action, Agent, Call, Conference, HangUp, Phase, Record, StartInterpreter, Watch

AT_MOST = 5
"""Partners rung for one request: together they may take minutes, and the agent can ask again."""
_LATE_SECONDS = 10.0


def ask(
    acd: Acd, agent: Agent, language: str, partners: Mapping[str, tuple[Partner, ...]], now: float
) -> list[Action]:
    """Ring the partners of this language for the talk this agent has; nothing in any other phase, or without partners."""
    call = acd.calls.get(agent.call_id or "")
    in_order = partners.get(language, ())[:AT_MOST]
    if call is None or call.phase is not Phase.TALKING or call.agent != agent.extension or not in_order:
        return []
    key = str(uuid.uuid4())
    call.conference = Conference(
        key, "", "", "", now, kind="interpreter", phase="ringing", language=language,
        dialling=f"{key}-out", partners=in_order,
    )  # fmt: skip
    call.phase, call.returned_reason = Phase.CONFERENCE, None
    acd.conferences[call.call_id] = call
    fields = {
        "interpretation_id": key,
        "agent": agent.extension,
        "language": language,
        "partners": [partner.number for partner in in_order],
    }
    return [
        Record("InterpreterAsked", call.call_id, fields),
        Watch(call.channel_id),
        StartInterpreter(call.call_id),
        acd.show_call(call),
    ]


def ringing(acd: Acd) -> bool:
    """Whether any partner is being rung: then Dial events are needed."""
    return any(_is_ringing(call) for call in acd.conferences.values())


def dialled(acd: Acd, caller: Channel | None, peer: Channel, status: str, now: float) -> list[Action]:
    """A partner's phone is rung, answers, or does not."""
    call = next(
        (
            one
            for one in acd.conferences.values()
            if _is_ringing(one) and caller is not None and _of(one).dialling == caller.channel_id
        ),
        None,
    )
    if call is None:
        return []
    conference, actions = _of(call), list[Action]()
    if status in ("", "RINGING", "PROGRESS", "ANSWER") and conference.third_channel != peer.channel_id:
        conference.third_channel = peer.channel_id
        actions.append(Watch(peer.channel_id))
    if status == "ANSWER":
        asked, conference.started = conference.started, now
        conference.phase = "talking"
        fields = {"interpretation_id": conference.key, "after_seconds": round(now - asked, 1)}
        actions += [Record("InterpreterAnswered", call.call_id, fields), acd.show_call(call)]
    return actions


def spoke(acd: Acd, channel: Channel, at: datetime) -> list[Action]:
    """Somebody whose words are waited for begins to speak: the interpreter's first word stops the clock."""
    for call in acd.conferences.values():
        conference = call.conference
        if conference is None or conference.spoke or conference.third_channel != channel.channel_id:
            continue
        conference.spoke = True
        waited = round((at - call.queued_at).total_seconds(), 1)
        fields = {"interpretation_id": conference.key, "since_queued_seconds": waited}
        return [Record("InterpreterSpoke", call.call_id, fields)]
    return []


def gone(acd: Acd, channel: Channel, now: float) -> list[Action]:
    """While partners ring: the dialling is over and nobody came, or the citizen hung up."""
    for call in list(acd.conferences.values()):
        if not _is_ringing(call):
            continue
        conference = _of(call)
        if channel.channel_id == conference.dialling:
            return nobody(acd, call, "no-answer")
        if channel.channel_id == call.channel_id:
            return [*nobody(acd, call, "citizen-gone"), HangUp(conference.dialling)]
    return []


def cancel(acd: Acd, agent: Agent) -> list[Action]:
    """The agent needs none any more."""
    call = acd.calls.get(agent.call_id or "")
    if call is None or not _is_ringing(call):
        return []
    dialling = _of(call).dialling
    return [*nobody(acd, call, "cancelled"), HangUp(dialling)]


def overdue(acd: Acd, now: float) -> list[Action]:
    """The end of the dialling was not told (it ended before we could ask for its events). Ask every second."""
    actions: list[Action] = []
    for call in [one for one in acd.conferences.values() if _is_ringing(one)]:
        conference = _of(call)
        # each partner may be tried by both trunks
        longest = 2 * sum(partner.ring_seconds for partner in conference.partners)
        if now - conference.started > longest + _LATE_SECONDS:
            actions += nobody(acd, call, "no-answer")
    return actions


def nobody(acd: Acd, call: Call, result: str) -> list[Action]:
    """No interpreter came: agent and citizen have never stopped talking."""
    key = _of(call).key
    call.conference, call.phase = None, Phase.TALKING
    call.returned_reason = "no-interpreter" if result == "no-answer" else None
    acd.conferences.pop(call.call_id, None)
    ended = Record("InterpreterEnded", call.call_id, {"interpretation_id": key, "result": result})
    return [ended, acd.show_call(call)]


def _is_ringing(call: Call) -> bool:
    return call.conference is not None and call.conference.phase == "ringing"


def _of(call: Call) -> Conference:
    assert call.conference is not None  # noqa: S101 - callers check
    return call.conference
