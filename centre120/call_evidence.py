"""What Asterisk's events say about one call: which channel is the citizen's, who was connected with whom
and when, who hung up. Answers single questions; call_account.py puts them together. No clock, no I/O.

Channels are known by their names: the citizen's is the one that entered; `PJSIP/<digits>-...` is an
agent's phone (the endpoint is the extension); anything else that was connected is a department.
`Surrogate/` channels are what is left of a channel that was pulled out of a bridge: their hang-ups are
nobody's.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from centre120 import names
from centre120.witnesses import CelEvent

_AGENT = re.compile(r"PJSIP/([0-9]{2,8})-[0-9a-f]+$")
_LOST_MEDIA = 44  # Q.850 cause that Asterisk gives a leg whose RTP stopped


@dataclass(frozen=True)
class Together:
    """Two parties heard each other; `until` None: still do."""

    since: datetime
    until: datetime | None
    extension: str | None  # None: a department


@dataclass(frozen=True)
class HangUp:
    at: datetime
    by: str | None
    cause: int | None


def agent_of(channame: str) -> str | None:
    """The extension, when this is an agent's phone."""
    found = _AGENT.match(channame)
    return found.group(1) if found else None


def citizen_start(events: Sequence[CelEvent]) -> CelEvent | None:
    """The event that shows the citizen's channel best: it entered, was refused, or began the call."""
    for wanted in (names.CEL_ENTERED, names.CEL_REFUSED, names.CEL_QUEUED):
        for event in events:
            if event.user_event == wanted:
                return event
    for event in events:
        if event.uniqueid == event.linkedid and event.uniqueid and agent_of(event.channame) is None:
            return event
    return None


def user_events(events: Iterable[CelEvent], name: str) -> list[CelEvent]:
    """All of one of the dialplan's own events."""
    return [event for event in events if event.user_event == name]


def first_time(events: Iterable[CelEvent], event: str, uniqueid: str) -> datetime | None:
    """When this first happened to this channel."""
    return min((one.at for one in events if one.event == event and one.uniqueid == uniqueid), default=None)


def connections(events: Sequence[CelEvent], citizen: str, end: datetime | None) -> list[Together]:
    """Who was in a bridge with the citizen's channel, in order. `end` closes what no event closed."""
    stays = _stays(events, end)
    mine = [stay for stay in stays if stay.uniqueid == citizen]
    met = []
    for own in mine:
        for other in stays:
            if other.bridge != own.bridge or other.uniqueid == citizen or _is_remnant(other.channame):
                continue
            since = max(own.since, other.since)
            ends = [until for until in (own.until, other.until) if until is not None]
            if not ends or min(ends) >= since:
                met.append(Together(since, min(ends, default=None), agent_of(other.channame)))
    return sorted(met, key=lambda together: (together.since, together.extension or ""))


def answers_without_bridges(events: Sequence[CelEvent], citizen: str, end: datetime | None) -> list[Together]:
    """For a CEL that is configured without bridge events: an agent's phone that answered talked to the
    citizen.
    """
    if any(event.event == "BRIDGE_ENTER" for event in events):
        return []
    found = []
    for event in events:
        extension = agent_of(event.channame)
        if event.event == "ANSWER" and extension is not None and event.uniqueid != citizen:
            until = first_time(events, "HANGUP", event.uniqueid) or end
            found.append(Together(event.at, until, extension))
    return found


@dataclass(frozen=True)
class _Stay:
    uniqueid: str
    channame: str
    bridge: str
    since: datetime
    until: datetime | None


def _stays(events: Sequence[CelEvent], end: datetime | None) -> list[_Stay]:
    """Each channel's time in each bridge: BRIDGE_ENTER to the next BRIDGE_EXIT, HANGUP or `end`."""
    stays: list[_Stay] = []
    inside: dict[tuple[str, str], CelEvent] = {}

    def leave(key: tuple[str, str], at: datetime | None) -> None:
        entered = inside.pop(key, None)
        if entered is not None:
            stays.append(_Stay(entered.uniqueid, entered.channame, key[1], entered.at, at))

    for event in events:
        if event.event == "BRIDGE_ENTER":
            inside.setdefault((event.uniqueid, _bridge(event)), event)
        elif event.event == "BRIDGE_EXIT":
            leave((event.uniqueid, _bridge(event)), event.at)
        elif event.event == "HANGUP":
            for key in [key for key in inside if key[0] == event.uniqueid]:
                leave(key, event.at)
    for key in list(inside):
        leave(key, end)
    return stays


def citizen_hang_up(events: Sequence[CelEvent], citizen: str) -> HangUp | None:
    """The end of the citizen's channel, and by whom; None while it is alive."""
    ends = [
        event
        for event in events
        if event.uniqueid == citizen
        and event.event in ("HANGUP", "CHAN_END")
        and not _is_remnant(event.channame)
    ]
    if not ends:
        return None
    hung_up = next((event for event in ends if event.event == "HANGUP"), None)
    if hung_up is None:
        return HangUp(ends[0].at, None, None)
    details = _details(hung_up)
    cause = details.get("hangupcause")
    cause = cause if isinstance(cause, int) and 0 <= cause < 1000 else None
    source = details.get("hangupsource")
    return HangUp(hung_up.at, _who(events, hung_up, source if isinstance(source, str) else "", cause), cause)


def _who(events: Sequence[CelEvent], hung_up: CelEvent, source: str, cause: int | None) -> str:
    """hangupsource names a channel, or the dialplan: then look who left the citizen before it."""
    if source == hung_up.channame:
        return "citizen"
    if source.startswith("PJSIP/"):
        return "agent" if agent_of(source) else "department"
    if not source and cause == _LOST_MEDIA:
        return "citizen"  # no sound came any more: the phone is gone
    for event in reversed(events):
        if event.event == "HANGUP" and event.uniqueid != hung_up.uniqueid and event.at <= hung_up.at:
            if _details(event).get("hangupsource") == event.channame and not _is_remnant(event.channame):
                return "agent" if agent_of(event.channame) else "department"
            break
    return "system"


def _is_remnant(channame: str) -> bool:
    return channame.startswith(("Surrogate/", "CBAnn/")) or "<ZOMBIE>" in channame


def _bridge(event: CelEvent) -> str:
    bridge = _details(event).get("bridge_id")
    return bridge if isinstance(bridge, str) else ""


def _details(event: CelEvent) -> dict[str, object]:
    try:
        read = json.loads(event.extra)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
