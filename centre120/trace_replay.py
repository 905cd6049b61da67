"""From a log to calls that can be replayed: what the log can not know is drawn, and how is said here. Pure.

- A citizen who was answered did not show how long they would have waited: patience is what they waited plus an exponential
  time with the mean (all waiting) / (citizens who gave up), the maximum-likelihood mean for data censored in this way.
- A citizen who gave up did not show how long the talk would have been: drawn from the talks of the same type.
- Agents at work: in every half hour as many as the log names servers in it (`staffing`), unless a number is given. A log
  that names none had at least as many as it has calls in service at once (`most_at_once`).
"""

import random
from collections.abc import Sequence

from centre120.arrivals import PlannedCall, caller, keys_for
from centre120.queue_policy import Policy
from centre120.traces import ANSWERED, Trace, TraceCall
from centre120.virtual_centre import VirtualAgent, VirtualCall

SLOT_SECONDS = 1800
MOST_AGENTS = 999


def virtual_calls(trace: Trace, seed: int, wrap_up_seconds: float = 0.0) -> list[VirtualCall]:
    """Every call of the log for virtual_centre.replay."""
    source = random.Random(seed)  # noqa: S311 - a simulation has to be repeatable
    talks = _talks(trace.calls)
    mean = mean_patience_seconds(trace.calls)
    return [
        VirtualCall(
            call_id=f"{call.row:09d}",
            at=call.at,
            service_seconds=_service(call, talks, source) + wrap_up_seconds,
            patience_seconds=_patience(call, mean, source),
            language=call.language,
            skills=frozenset({call.type}) if call.type else frozenset(),
            priority=call.priority,
        )
        for call in trace.calls
    ]


def live_calls(trace: Trace, seed: int, speed: float, seconds: float | None) -> list[PlannedCall]:
    """The same as calls to be placed: from the log's first call on, so many seconds of the log, `speed` times as fast."""
    if not trace.calls:
        return []
    first = trace.calls[0].at
    chosen = [call for call in virtual_calls(trace, seed) if seconds is None or call.at - first <= seconds]
    return [
        PlannedCall(
            number=caller(index),
            at=(call.at - first) / speed,
            talk_seconds=max(0.2, call.service_seconds / speed),
            patience_seconds=None if call.patience_seconds is None else call.patience_seconds / speed,
            language=call.language,
            keys=keys_for(call.language),
        )
        for index, call in enumerate(chosen)
    ]


def mean_patience_seconds(calls: Sequence[TraceCall]) -> float | None:
    """All waiting divided by the number of those who gave up; None when nobody did."""
    gave_up = sum(call.outcome != ANSWERED for call in calls)
    waited = sum(call.waited_seconds or 0.0 for call in calls)
    return waited / gave_up if gave_up and waited > 0 else None


def staffing(trace: Trace) -> list[tuple[float, int]]:
    """(from this second on, so many agents): the servers the log names in each half hour; half hours without are empty."""
    slots: dict[int, set[str]] = {}
    for call in trace.calls:
        if call.server and call.service_seconds is not None:
            begins = call.at + (call.waited_seconds or 0.0)
            last = int((begins + call.service_seconds) // SLOT_SECONDS)
            for slot in range(int(begins // SLOT_SECONDS), last + 1):
                slots.setdefault(slot, set()).add(call.server)
    found: list[tuple[float, int]] = []
    for slot in range(min(slots, default=0), max(slots, default=-1) + 2):
        count = min(MOST_AGENTS, len(slots.get(slot, ())))
        if not found or found[-1][1] != count:
            found.append((slot * SLOT_SECONDS, count))
    return found


def most_at_once(trace: Trace) -> int:
    """The most calls that the log has in service at one moment: so many agents it must have had; at least 1."""
    changes = []
    for call in trace.calls:
        if call.outcome == ANSWERED and call.service_seconds:
            begins = call.at + (call.waited_seconds or 0.0)
            changes += [(begins, 1), (begins + call.service_seconds, -1)]
    most = now = 0
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return max(1, most)


def virtual_agents(count: int) -> list[VirtualAgent]:
    """All alike: Korean and every type's talk, as the log says nothing of skills."""
    return [VirtualAgent(str(1001 + number), frozenset({"ko"})) for number in range(count)]


def trace_policy(max_wait_seconds: float) -> Policy:
    """The centre's policy; skills are not waited for, because the log's agents have none."""
    return Policy(skill_seconds=0.0, max_wait_seconds=max_wait_seconds)


def _talks(calls: Sequence[TraceCall]) -> dict[str, list[float]]:
    """Lengths by type; under "" those of all."""
    found: dict[str, list[float]] = {"": []}
    for call in calls:
        if call.service_seconds is not None and call.outcome == ANSWERED:
            found.setdefault(call.type, []).append(call.service_seconds)
            if call.type:
                found[""].append(call.service_seconds)
    return found


def _service(call: TraceCall, talks: dict[str, list[float]], source: random.Random) -> float:
    if call.service_seconds is not None:
        return call.service_seconds
    known = talks.get(call.type) or talks[""]
    return source.choice(known) if known else Policy().expected_talk_seconds


def _patience(call: TraceCall, mean: float | None, source: random.Random) -> float | None:
    if call.patience_seconds is not None:
        return call.patience_seconds
    if mean is None or call.waited_seconds is None:
        return None
    return call.waited_seconds + source.expovariate(1 / mean)
