"""Agent, citizen and a third in one room: who joins, who leaves, and what the desk shows then. Pure, on the ACD's state.

The moves and the ends are the dialplan's (context `conference`): whoever hangs up, the other two go on, and the last one is
let go, with every program of ours dead. Here it is only followed.
"""

from ari_app.acd import Acd
from ari_app.events import Channel
from ari_app.state import Action, Agent, Call, Conference, HangUp, Phase, Record, StartConference


def join(acd: Acd, agent: Agent, now: float) -> list[Action]:
    """All together, from a consultation in which agent and department talk; nothing in any other phase."""
    call = acd.calls.get(agent.call_id or "")
    transfer = call.transfer if call is not None and call.phase is Phase.CONSULTING else None
    if call is None or transfer is None or transfer.phase != "talking" or not transfer.peer_channel:
        return []
    conference = Conference(
        transfer.transfer_id, transfer.peer_channel, transfer.target_name, transfer.number, now
    )
    ended = acd.transfer_ended(call, "picked-up", now)
    call.conference, call.phase = conference, Phase.CONFERENCE
    acd.conferences[call.call_id] = call
    fields = {"transfer_id": conference.key, "agent": agent.extension, "number": conference.number}
    return [
        ended,
        Record("ConferenceStarted", call.call_id, fields),
        StartConference(call.call_id),
        acd.show_call(call),
    ]


def gone(acd: Acd, channel: Channel, now: float) -> list[Action]:
    """A leg ended that is none of an agent's: the third's, or the citizen's. The others go on."""
    for call in list(acd.conferences.values()):
        conference = call.conference
        if conference is None or conference.phase != "talking":
            continue
        if channel.channel_id == conference.third_channel:
            ended = acd.conference_ended(call, conference.kind, now)
            acd.conferences.pop(call.call_id, None)
            call.conference = None
            call.phase = (
                Phase.TALKING
            )  # until the agent's leg ends, which the dialplan sees to if the citizen left too
            return [*ended, acd.show_call(call)]
        if channel.channel_id == call.channel_id and not conference.citizen_left:
            ended = acd.conference_ended(call, "citizen", now)
            conference.citizen_left = True
            return [*ended, acd.show_call(call)]
    return []


def leave(acd: Acd, agent: Agent) -> list[Action]:
    """The agent goes, the other two stay together."""
    call = _with(acd, agent)
    return [HangUp(call.agent_channel)] if call is not None else []


def dismiss(acd: Acd, agent: Agent) -> list[Action]:
    """The third goes, agent and citizen stay together."""
    call = _with(acd, agent)
    return [HangUp(call.conference.third_channel)] if call is not None and call.conference is not None else []


def _with(acd: Acd, agent: Agent) -> Call | None:
    call = acd.calls.get(agent.call_id or "")
    if call is None or call.conference is None or call.conference.phase != "talking":
        return None
    return call
