"""What a run's waits are compared with: Erlang C, and the same calls through the queue policy on a virtual clock. No I/O."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from centre120 import erlang, names
from centre120.call_words import SHORT_ABANDON_SECONDS
from centre120.queue_policy import Policy
from centre120.virtual_centre import ANSWERED, VirtualAgent, VirtualCall, replay
from centre120.witnesses import extra_fields
from ops.simulate.people import Visit
from ops.simulate.run import Run
from ops.simulate.witnessed import WITHIN_SECONDS, Waits, Witnessed, extra_text, spread

WHOLE = 0.9
"""Of what was drawn: a shorter handling was cut off by the end of the run."""


def handling_seconds(journal: Sequence[Mapping[str, Any]]) -> dict[str, tuple[float, float]]:
    """call_id -> (offered, agent available again), wall-clock seconds, from the journal's AgentStateChanged."""
    begun: dict[str, tuple[str, float]] = {}
    found: dict[str, tuple[float, float]] = {}
    for record in journal:
        if record["kind"] != "AgentStateChanged":
            continue
        at = datetime.fromisoformat(record["at"]).timestamp()
        agent = record["agent"]
        if record["state"] == "offered":
            begun[agent] = (record.get("call_id") or "", at)
        elif record["state"] == "available" and agent in begun:
            call_id, start = begun.pop(agent)
            found[call_id] = (start, at)
    return found


def handled_by_number(run: Run) -> dict[str, float]:
    """Caller's number -> seconds from the offer until the agent was available again, of finished calls."""
    accounts = {
        record["accountcode"]: extra_fields(extra_text(record)).get("number", "")
        for record in run.cel
        if record["eventtype"] == names.CEL_ENTERED
    }
    spans = handling_seconds(run.journal)
    return {accounts[call]: until - since for call, (since, until) in spans.items() if call in accounts}


def expected_handling(run: Run, handled: Mapping[str, float]) -> dict[str, float]:
    """Of every call by number: as measured where it is finished, else as drawn and what the others took on top.

    Only the finished ones would be too short on average: long talks are those still going on when the run ends.
    """
    order = run.order
    drawn = {
        visit.plan.number: order.answer_seconds + visit.plan.talk_seconds + order.wrap_up_seconds
        for visit in run.visits
    }
    whole = {number: handled[number] for number in drawn if handled.get(number, 0.0) >= drawn[number] * WHOLE}
    on_top = sum(seconds - drawn[number] for number, seconds in whole.items()) / len(whole) if whole else 0.0
    return {number: whole.get(number, seconds + on_top) for number, seconds in drawn.items()}


def erlang_c(
    run: Run, counted: Sequence[Visit], seen: Mapping[str, Witnessed], speed: float
) -> dict[str, Any]:
    """Erlang C for what really came: as many calls, with as much handling, to as many agents."""
    agents, within = run.order.agents, WITHIN_SECONDS / speed
    expected = expected_handling(run, handled_by_number(run))
    queued = [v.plan.number for v in counted if v.plan.number in seen and seen[v.plan.number].queued_at]
    window = run.seconds - run.order.counted_from
    found: dict[str, Any] = {"within_seconds": within, "agents": agents}
    if queued and window > 0:
        mean = sum(expected[number] for number in queued) / len(queued)
        load = len(queued) / window * mean
        found |= {
            "measured_load": round(load, 2),
            "measured_handling_seconds": round(mean * speed, 1),
            "service_level": round(erlang.service_level(agents, load, mean, within), 4),
            "mean_wait_seconds": round(min(9999.0, erlang.mean_wait_seconds(agents, load, mean)), 3),
        }
    return found


def on_a_virtual_clock(run: Run, seen: Mapping[str, Witnessed], speed: float) -> dict[str, Any]:
    """The same calls, at the same moments, with the same handling, through the same policy on a virtual clock."""
    expected = expected_handling(run, handled_by_number(run))
    order = run.order
    calls = []
    for visit in run.visits:
        known = seen.get(visit.plan.number)
        if known is None or known.queued_at is None:
            continue
        patience = visit.plan.patience_seconds
        calls.append(
            VirtualCall(
                visit.plan.number, known.queued_at - run.began_at, expected[visit.plan.number],
                patience, visit.plan.language,
            )
        )  # fmt: skip
    agents = [VirtualAgent(name, frozenset(spoken)) for name, spoken in run.languages.items()]
    policy = Policy(max_wait_seconds=order.max_wait_seconds)
    counted = {visit.plan.number for visit in run.visits if visit.plan.counted}
    ended = [one for one in replay(calls, agents, policy, order.answer_seconds) if one.call_id in counted]
    waits = Waits(
        [one.waited_seconds for one in ended if one.outcome == ANSWERED],
        [one.waited_seconds for one in ended if one.outcome != ANSWERED],
    )
    within = WITHIN_SECONDS / speed
    return {
        "service_level": round(waits.service_level(within, SHORT_ABANDON_SECONDS / speed), 4),
        "waits_seconds": spread(waits.answered),
        "answered": len(waits.answered),
        "not_answered": len(waits.abandoned),
    }
