"""The first witness: what Asterisk's channel events say of each INVITE of a trunk, read line by line.

Kept apart from call_account.py on purpose: the table `calls` is computed there, and books that judged it by its own
rules would find nothing. Here a few facts are noted as the lines pass, nothing is looked up again. What follows from
them is books.py's. No clock, no I/O.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from centre120 import names
from centre120.call_evidence import agent_of
from centre120.witnesses import CelEvent, nameless_call_id

Mark = tuple[str, int]
"""(file, byte after the line): how far the recorder must have read to know what we know."""

_LOST_MEDIA: Final = 44  # Q.850 cause of a leg whose RTP stopped: the phone is gone
_ONCE: Final = frozenset({"CHAN_START", "HANGUP", "CHAN_END", names.CEL_ENTERED, names.CEL_REFUSED})
CALLBACK_PROMPT: Final = "callback-recorded"


@dataclass
class SipCall:
    """One INVITE. `began_at` is its first line; `started_at` None: there was no CHAN_START."""

    channel_id: str
    began_at: datetime
    call_id: UUID | None = None  # None until the dialplan named it
    started_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None  # citizen, system; None: not told
    last_at: datetime | None = None
    refused: bool = False
    queued_at: datetime | None = None
    fallback: str | None = None  # why
    heard_status: bool = False
    callback_said: bool = False
    rung: set[str] = field(default_factory=set)  # agents' extensions
    picked_up: set[str] = field(default_factory=set)
    talked: set[str] = field(default_factory=set)  # were in a bridge with the citizen
    talked_at: datetime | None = None
    lines: dict[str, int] = field(default_factory=dict)  # of those that can only be once
    marks: dict[str, int] = field(default_factory=dict)

    @property
    def key(self) -> UUID:
        """The call's id, also of one that ended before it had one (the recorder gives the same)."""
        return self.call_id or nameless_call_id(self.channel_id, self.started_at or self.began_at)

    @property
    def doubled(self) -> list[str]:
        return sorted(name for name, count in self.lines.items() if count > 1)


@dataclass
class SipWitness:
    """Takes events in the order they were written. `earlier` are channels that began before the window."""

    since: datetime
    calls: dict[str, SipCall] = field(default_factory=dict)  # by the citizen's channel
    earlier: set[str] = field(default_factory=set)
    earlier_calls: set[UUID] = field(default_factory=set)
    restarts: list[datetime] = field(default_factory=list)
    _bridges: dict[str, dict[str, str]] = field(default_factory=dict)  # bridge -> channel -> its name

    def take(self, event: CelEvent, mark: Mark | None = None) -> None:
        if _is_remnant(event.channame) or not event.uniqueid:
            return
        if event.event == "CHAN_START" and event.uniqueid.endswith(".0"):
            self.restarts.append(event.at)  # the first channel of a new process
        if _is_invite(event):
            self._begin(event)
        call = self.calls.get(event.uniqueid) or self.calls.get(event.linkedid)
        if event.call_id is not None and event.uniqueid in self.earlier:
            self.earlier_calls.add(event.call_id)
        if call is not None:
            if call.channel_id == event.uniqueid:
                self._own(call, event)
            else:
                _leg(call, event)
            if mark is not None:
                call.marks[mark[0]] = max(mark[1], call.marks.get(mark[0], 0))
        if event.event in ("BRIDGE_ENTER", "BRIDGE_EXIT", "HANGUP"):
            self._bridge(event)

    def _begin(self, event: CelEvent) -> None:
        if event.at < self.since:
            self.earlier.add(event.uniqueid)
        elif event.uniqueid not in self.calls and event.uniqueid not in self.earlier:
            self.calls[event.uniqueid] = SipCall(event.uniqueid, event.at)

    def _own(self, call: SipCall, event: CelEvent) -> None:
        """A line of the citizen's own channel."""
        call.call_id = call.call_id or event.call_id
        call.last_at = event.at
        once = event.user_event or event.event
        if once in _ONCE:
            call.lines[once] = call.lines.get(once, 0) + 1
        match once:
            case "CHAN_START":
                call.started_at = call.started_at or event.at
            case "HANGUP":
                call.ended_at, call.ended_by = event.at, _who(event)
            case "CHAN_END":
                call.ended_at = call.ended_at or event.at
            case names.CEL_REFUSED:
                call.refused = True
            case names.CEL_QUEUED:
                call.queued_at = call.queued_at or event.at
            case names.CEL_FALLBACK:
                call.fallback = call.fallback or event.extra or "?"
            case names.CEL_STATUS_HEARD:
                call.heard_status = True
            case names.CEL_PROMPT if event.extra == CALLBACK_PROMPT:
                call.callback_said = True

    def _bridge(self, event: CelEvent) -> None:
        if event.event == "HANGUP":
            for members in [one for one in self._bridges.values() if event.uniqueid in one]:
                members.pop(event.uniqueid)
            self._bridges = {bridge: members for bridge, members in self._bridges.items() if members}
            return
        bridge = str(_details(event).get("bridge_id") or "")
        members = self._bridges.setdefault(bridge, {})
        if event.event == "BRIDGE_EXIT":
            members.pop(event.uniqueid, None)
            if not members:
                del self._bridges[bridge]
            return
        for other, channame in members.items():
            for citizen, name in ((event.uniqueid, channame), (other, event.channame)):
                call, agent = self.calls.get(citizen), agent_of(name)
                if call is not None and agent is not None:
                    call.talked.add(agent)
                    call.talked_at = call.talked_at or event.at
        members[event.uniqueid] = event.channame

    def complete(self) -> Iterator[SipCall]:
        """All of the window, in order of arrival."""
        yield from sorted(self.calls.values(), key=lambda call: call.began_at)


def _is_invite(event: CelEvent) -> bool:
    """A trunk's channel arriving. The dialplan's own events show it too, should its first line be missing."""
    if not event.channame.startswith(tuple(f"PJSIP/{trunk}-" for trunk in names.TRUNKS)):
        return False
    if event.event == "CHAN_START":
        return event.context == names.CTX_INBOUND and event.uniqueid == event.linkedid
    return event.user_event in (names.CEL_ENTERED, names.CEL_REFUSED)


def _leg(call: SipCall, event: CelEvent) -> None:
    """A line of another channel that belongs to the call."""
    agent = agent_of(event.channame)
    if agent is not None and event.event == "CHAN_START":
        call.rung.add(agent)
    elif agent is not None and event.event == "ANSWER":
        call.picked_up.add(agent)


def _who(event: CelEvent) -> str:
    details = _details(event)
    source = str(details.get("hangupsource") or "")
    lost = not source and details.get("hangupcause") == _LOST_MEDIA
    return "citizen" if source == event.channame or lost else "system"


def _is_remnant(channame: str) -> bool:
    """What is left of a channel that was pulled out of a bridge, or the voice of a conference: its lines are nobody's."""
    return channame.startswith(("Surrogate/", "CBAnn/")) or "<ZOMBIE>" in channame


def _details(event: CelEvent) -> dict[str, object]:
    try:
        read = json.loads(event.extra)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
