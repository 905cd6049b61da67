"""After a start or a lost link: what do the journal and Asterisk together say is going on?

Pure: the journal's records and Asterisk's lists in, calls and agents' states out. Events that happened while we were away are
never replayed by Asterisk, so the difference between what we wrote down and what is there now is the only truth.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ari_app.events import Channel
from ari_app.state import Agent, AgentState, Call, Phase

_ENDS = frozenset({"CallAbandoned", "CallbackRequested", "TalkEnded", "CallCut"})
_FORGET_AFTER = timedelta(hours=12)


@dataclass
class Found:
    """What was rebuilt. `strangers` are channels in our hands that nobody wrote down: they ask again."""

    calls: list[Call] = field(default_factory=list)
    cut: list[Call] = field(default_factory=list)  # Asterisk died under them
    ended: list[Call] = field(default_factory=list)  # somebody hung up while nobody watched
    strangers: list[str] = field(default_factory=list)


def open_calls(records: Iterable[Mapping[str, Any]], now: float, at: datetime) -> dict[str, Call]:
    """Calls the journal began and did not end, as waiting calls with their place kept."""
    calls: dict[str, Call] = {}
    for record in records:
        call_id = record.get("call_id")
        if not isinstance(call_id, str):
            continue
        kind = record.get("kind")
        if kind == "CallQueued":
            call = call_of(record, now, at)
            if call is not None and at - call.queued_at < _FORGET_AFTER:
                calls[call_id] = call
        elif kind in _ENDS:
            calls.pop(call_id, None)
        elif call_id in calls:
            _apply(calls[call_id], record, now, at)
    return calls


def call_of(record: Mapping[str, Any], now: float, at: datetime) -> Call | None:
    """A waiting call from its `CallQueued`; None when that is not whole."""
    try:
        queued_at = datetime.fromisoformat(record["queued_at"])
        return Call(
            call_id=record["call_id"],
            channel_id=record["channel_id"],
            channel_name="",
            trunk=record["trunk"],
            origin_number=record["origin_number"],
            dialled_number=record["dialled_number"],
            outside_area=bool(record["outside_area"]),
            caller_number=record["caller_number"],
            caller_name=record["caller_name"],
            language=record["language"],
            case_number=record["case_number"],
            queued_at=queued_at,
            queued=now - max(0.0, (at - queued_at).total_seconds()),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _apply(call: Call, record: Mapping[str, Any], now: float, at: datetime) -> None:
    match record.get("kind"):
        case "CallOffered":
            call.agent, call.offer_id = record.get("agent"), str(record.get("offer_id"))
            offered_at = datetime.fromisoformat(str(record["at"]))
            call.offered = now - max(0.0, (at - offered_at).total_seconds())
        case "CallAnnounced":
            call.announcing = str(record.get("playback_id") or "")
        case "CallAnswered":
            call.agent, call.waited = record.get("agent"), float(record.get("waited_seconds") or 0)
            call.answered_at = datetime.fromisoformat(str(record["at"]))
            call.answered = now - max(0.0, (at - call.answered_at).total_seconds())
        case "CallLanguageChanged":
            call.language = str(record.get("language"))
        case "OfferEnded":
            call.offer_id = ""
            if record.get("result") != "answered":
                call.tried.add(str(record.get("agent")))


@dataclass(frozen=True)
class KnownState:
    """What an agent was last written down to be; `since` in monotonic seconds of this process, `at` the same moment in UTC."""

    state: AgentState
    reason: str
    since: float
    at: datetime


def agent_states(records: Iterable[Mapping[str, Any]], now: float, at: datetime) -> dict[str, KnownState]:
    """The last state of each agent. Offered and on call are over unless a leg says otherwise; wrap-up lasts out its time."""
    states: dict[str, KnownState] = {}
    for record in records:
        if record.get("kind") != "AgentStateChanged":
            continue
        try:
            state = AgentState(record["state"])
            written_at = datetime.fromisoformat(record["at"])
            ago = max(0.0, (at - written_at).total_seconds())
        except (KeyError, TypeError, ValueError):
            continue
        over = state in (AgentState.OFFERED, AgentState.ON_CALL)
        states[str(record["agent"])] = KnownState(
            AgentState.AVAILABLE if over else state,
            "" if over else str(record.get("reason") or ""),
            now if over else now - ago,
            at if over else written_at,
        )
    return states


def compare(
    known: Mapping[str, Call],
    channels: Iterable[Channel],
    in_stasis: Iterable[str],
    agents: Mapping[str, Agent],
    asterisk_since: datetime | None = None,
) -> Found:
    """Put each known call where Asterisk says it is; fills the agents' legs and talking calls.

    `asterisk_since`: when Asterisk was started. A call from before that start was cut, another that is gone has ended.
    """
    by_id = {channel.channel_id: channel for channel in channels}
    stasis = set(in_stasis)
    found = Found()
    agent_legs = {
        channel.account: channel
        for channel in by_id.values()
        if channel.endpoint in agents and channel.account
    }
    for agent in agents.values():
        agent.legs = {
            channel.channel_id: channel.name
            for channel in by_id.values()
            if channel.endpoint == agent.extension
        }
    for call in known.values():
        citizen = by_id.get(call.channel_id)
        if citizen is None:
            lived = asterisk_since is not None and asterisk_since < call.queued_at
            (found.ended if lived else found.cut).append(call)
            continue
        call.channel_name = citizen.name
        leg = agent_legs.get(call.call_id)
        if call.channel_id in stasis:
            call.phase, call.agent = Phase.WAITING, None
        elif leg is not None:
            call.phase = Phase.TALKING if leg.state == "Up" else Phase.OFFERED
            call.agent, call.agent_channel = leg.endpoint, leg.channel_id
            agents[leg.endpoint].call_id = call.call_id
        elif call.offer_id and call.answered is None and call.agent is not None and call.agent in agents:
            # on its way from us to the agent's phone: there is no leg yet
            call.phase = Phase.OFFERED
            agents[call.agent].call_id = call.call_id
        else:
            call.phase = Phase.ELSEWHERE
        found.calls.append(call)
    held = {call.channel_id for call in found.calls}
    found.strangers = [channel_id for channel_id in stasis if channel_id not in held and channel_id in by_id]
    return found
