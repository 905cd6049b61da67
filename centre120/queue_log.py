"""Our calls in the words of Asterisk's `queue_log`, so that programs made for it (QueueMetrics, Asternic) can read them. Pure.

A line is `epoch|call|queue|agent|EVENT|data1|...`, times in whole seconds, as app_queue writes it (Asterisk 22, "Queue Logs"). A
value may hold neither `|` nor a line break: what would is written `_`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

RING_FAILED: Final = ("no-answer", "busy", "refused", "unreachable")
NOBODY: Final = "NONE"


@dataclass(frozen=True)
class QueueOffer:
    """One ringing of one agent that nobody took."""

    agent: str
    offered_at: datetime
    ended_at: datetime | None
    result: str | None


@dataclass(frozen=True)
class QueueCall:
    """What of a call the log tells. `caller_number` as it may be shown: masked, or whole."""

    name: str  # Asterisk's uniqueid, or our call_id
    queue: str
    queued_at: datetime
    outcome: str
    waited_seconds: float
    talked_seconds: float
    caller_number: str
    agent: str = ""
    agent_answered_at: datetime | None = None
    ended_at: datetime | None = None
    hung_up_by: str | None = None
    handed_to: str = ""  # the number of the department that picked up
    handed_kind: str = ""  # blind, attended
    offers: tuple[QueueOffer, ...] = ()


def written(value: object) -> str:
    """A field, harmless."""
    return "".join("_" if char in "|\r\n" or not char.isprintable() else char for char in str(value))


def events_of(call: QueueCall) -> list[tuple[datetime, str]]:
    """Its lines with their moments, in the order in which they happened."""
    found = [(call.queued_at, _line(call, call.queued_at, NOBODY, "ENTERQUEUE", "", call.caller_number, 1))]
    for offer in call.offers:
        if offer.result in RING_FAILED and offer.ended_at is not None:
            rang = int((offer.ended_at - offer.offered_at).total_seconds() * 1000)
            found.append(
                (offer.ended_at, _line(call, offer.ended_at, offer.agent, "RINGNOANSWER", max(0, rang)))
            )
    waited = round(call.waited_seconds)
    left_at = call.queued_at + timedelta(seconds=call.waited_seconds)
    if call.outcome == "answered":
        answered_at = call.agent_answered_at or left_at
        agent = call.agent or NOBODY
        found.append((answered_at, _line(call, answered_at, agent, "CONNECT", waited, call.name, 0)))
        if call.ended_at is not None:
            found.append((call.ended_at, _end(call, call.ended_at, agent, waited)))
    elif call.outcome in ("abandoned", "short-abandoned"):
        found.append((left_at, _line(call, left_at, NOBODY, "ABANDON", 1, 1, waited)))
    elif call.outcome == "callback-requested":
        found.append((left_at, _line(call, left_at, NOBODY, "EXITWITHKEY", 1, 1, 1, waited)))
    elif call.outcome == "cut-by-system":
        found.append((left_at, _line(call, left_at, NOBODY, "EXITEMPTY", 1, 1, waited)))
    return sorted(found, key=lambda event: event[0])


def _end(call: QueueCall, at: datetime, agent: str, waited: int) -> str:
    talked = round(call.talked_seconds)
    if call.handed_to and call.handed_kind == "blind":
        return _line(call, at, agent, "BLINDTRANSFER", call.handed_to, "transfer", waited, talked, 1)
    if call.handed_to:
        return _line(call, at, agent, "ATTENDEDTRANSFER", "BRIDGE", call.handed_to, waited, talked, 1)
    who = "COMPLETECALLER" if call.hung_up_by == "citizen" else "COMPLETEAGENT"
    return _line(call, at, agent, who, waited, talked, 1)


def _line(call: QueueCall, at: datetime, agent: str, event: str, *data: object) -> str:
    return "|".join(
        written(field) for field in (int(at.timestamp()), call.name, call.queue, agent, event, *data)
    )


def in_order(calls: Iterable[QueueCall]) -> list[tuple[datetime, str]]:
    """Lines of several calls as one log."""
    return sorted((event for call in calls for event in events_of(call)), key=lambda event: event[0])
