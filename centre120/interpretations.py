"""Each time an interpreter was asked for on a call, and the interpreter clock. No clock of its own, no I/O.

The clock runs from the citizen's first language key (9, or the language itself; without one, from joining the queue: the number's
earlier choice spoke for the citizen) to the interpreter's first word on the line. `ari_app` hears the word; where it was
away, the moment the interpreter came into the conference stands in for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from centre120 import names
from centre120.call_evidence import user_events
from centre120.call_readings import cut, earliest, first_record, said, seconds_between
from centre120.call_words import INTERPRETATION_RESULTS
from centre120.witnesses import CelEvent, JournalRecord, extra_fields


@dataclass(frozen=True)
class Interpretation:
    """Fields named as the columns of `interpretations`."""

    interpretation_id: str
    agent_extension: str | None
    language: str | None
    asked_at: datetime
    number: str | None
    tried: int
    joined_at: datetime | None
    spoke_at: datetime | None
    clock_seconds: float | None
    result: str | None


def clock_start(cel: Sequence[CelEvent], queued_at: datetime | None) -> datetime | None:
    """When the citizen first let us know that it would not be in Korean."""
    keys = [event.at for event in user_events(cel, names.CEL_MENU_KEY) if event.extra == "9"]
    return earliest([*keys, *(event.at for event in user_events(cel, names.CEL_LANGUAGE))]) or queued_at


def interpretations(
    cel: Sequence[CelEvent], own: Sequence[JournalRecord], queued_at: datetime | None
) -> tuple[Interpretation, ...]:
    """In the order they were asked for. `cel` and `own` of one call, by time."""
    found: dict[str, Interpretation] = {}
    for asked in own:
        key = cut(said(asked, "interpretation_id"), 200)
        if asked.kind != "InterpreterAsked" or not key or key in found:
            continue
        about = [record for record in own if said(record, "interpretation_id") == key]
        dialled = [
            (event.at, fields)
            for event in user_events(cel, names.CEL_INTERPRETER)
            if (fields := extra_fields(event.extra)).get("interpretation") == key
        ]
        came = next(((at, fields) for at, fields in dialled if fields.get("result") == "ANSWER"), None)
        answered = first_record(about, "InterpreterAnswered")
        joined_at = earliest([came[0] if came else None, answered.at if answered else None])
        spoke = first_record(about, "InterpreterSpoke")
        spoke_at = spoke.at if spoke else joined_at
        found[key] = Interpretation(
            interpretation_id=key,
            agent_extension=cut(said(asked, "agent")),
            language=cut(said(asked, "language"), 8),
            asked_at=asked.at,
            number=cut(came[1].get("target")) if came else None,
            tried=sum(1 for _, fields in dialled if fields.get("result") != "ANSWER"),
            joined_at=joined_at,
            spoke_at=spoke_at,
            clock_seconds=seconds_between(clock_start(cel, queued_at), spoke_at),
            result="joined" if joined_at else _result(first_record(about, "InterpreterEnded")),
        )
    return tuple(found.values())


def _result(ended: JournalRecord | None) -> str | None:
    told = said(ended, "result")
    return told if told in INTERPRETATION_RESULTS else None
