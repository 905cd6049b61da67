"""From the options of `./120 simulate` to an order, and from what happened to figures and lines."""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from centre120 import erlang, trace_replay
from centre120.arrivals import PlannedCall, Traffic, flash_crowd, planned_calls
from centre120.errors import CentreError, Fault
from centre120.traces import Trace, read_trace
from centre120.virtual_centre import ANSWERED, Ended, replay
from ops.simulate.figures import figures
from ops.simulate.machine_figures import soak
from ops.simulate.report import report
from ops.simulate.run import Order, Run, run
from ops.simulate.witnessed import WITHIN_SECONDS

Say = Callable[[str], None]
Outcome = tuple[dict[str, Any], list[str]]
AGENTS = 137
ANSWER_SECONDS = 1.0
RECOVERY_SECONDS = 10.0
LONGEST_LIVE_SECONDS = 24 * 3600.0
_SHOWN = 10


def steady(traffic: Traffic, options: dict[str, Any], say: Say, show: Say) -> Outcome:
    """A busy hour, or a soak."""
    order = Order(
        calls=planned_calls(traffic, options["seed"]),
        agents=options["agents"] or AGENTS,
        seconds=traffic.end,
        counted_from=traffic.counted_from,
        answer_seconds=traffic.answer_seconds / traffic.speed,
        wrap_up_seconds=_wrap_up(traffic.wrap_up_seconds, traffic.speed),
        max_citizens=options["max_citizens"],
    )
    say(
        f"{traffic.calls_per_hour:g} calls an hour, {traffic.mean_handling_seconds:g} s handling: {traffic.load:.1f} erlang"
        f" to {order.agents} agents; {order.seconds:.0f} s at speed {traffic.speed:g}"
    )
    done = run(order, say, show)
    result = figures(done, traffic.speed)
    result["asked"] = {
        "calls_per_hour": traffic.calls_per_hour,
        "erlang": round(traffic.load, 2),
        "erlang_c": round(
            erlang.service_level(order.agents, traffic.load, traffic.mean_handling_seconds, WITHIN_SECONDS), 4
        ),
        "seed": options["seed"],
    }
    if options["hours"]:
        result["soak"] = soak(done)
    result["passed"] = _passed(result) and result.get("soak", {}).get("flat") is not False
    return result, report(result)


def _wrap_up(seconds: float, speed: float) -> int:
    """The centre's setting is in whole seconds, and an agent's wrap-up ends with the tick after them."""
    return max(1, round(seconds / speed)) if seconds else 0


def _passed(result: dict[str, Any]) -> bool:
    return not result["lost"] and not result["left"] and bool(result["books"]["balanced"])


def flash(options: dict[str, Any], say: Say, show: Say) -> Outcome:
    """A crowd at once: everybody hears something true, and the centre is soon itself again."""
    rate, seconds = options["flash"], options["seconds"]
    traffic = Traffic(
        1, seconds, mean_handling_seconds=options["mean_handling"], wrap_up_seconds=options["wrap_up"]
    )
    calls = flash_crowd(rate, seconds, traffic.mean_talk_seconds, options["patience"], options["seed"])
    order = Order(
        calls=calls,
        agents=options["agents"] or AGENTS,
        seconds=seconds,
        counted_from=0.0,
        answer_seconds=ANSWER_SECONDS,
        wrap_up_seconds=options["wrap_up"],
        max_citizens=options["max_citizens"],
        probes=True,
    )
    say(
        f"{len(calls)} calls in {seconds:g} s to {order.agents} agents; room for {order.max_citizens} citizens"
    )
    result = figures(run(order, say, show), 1.0)
    recovered = result.get("recovery", {}).get("seconds")
    result["passed"] = _passed(result) and (
        result["interrupted"] or (recovered is not None and recovered <= RECOVERY_SECONDS)
    )
    return result, report(result)


# --- traces -------------------------------------------------------------------------------------------------------


def traced(path: Path, options: dict[str, Any], say: Say, show: Say) -> Outcome:
    """A real centre's log, live or on a virtual clock."""
    with path.open(encoding="utf-8", errors="replace", newline=None) as file:
        trace = read_trace(file)
    told = _told(trace)
    if not trace.calls:
        raise CentreError(
            "trace-empty",
            f"{path} holds no call that reached a queue ({len(trace.rejected)} rows could not be read).",
            "Look at the rows that were rejected: ./120 simulate --trace FILE --virtual --json lists them."
            if not trace.rejected
            else f"The first: row {trace.rejected[0].row}, {trace.rejected[0].reason}.",
            Fault.CONFIGURATION,
        )
    if options["virtual"]:
        return _virtual(trace, told, options)
    return _live(trace, told, options, say, show)


def _told(trace: Trace) -> dict[str, Any]:
    """What was read, for both ways of replaying."""
    outcomes = Counter(call.outcome for call in trace.calls)
    waits = [
        call.waited_seconds
        for call in trace.calls
        if call.outcome == ANSWERED and call.waited_seconds is not None
    ]
    offered = len(trace.calls)
    within = sum(waited <= WITHIN_SECONDS for waited in waits)
    return {
        "format": trace.format,
        "first_day": str(trace.first_day),
        "days": int((trace.calls[-1].at - trace.calls[0].at) // 86_400) + 1 if trace.calls else 0,
        "calls": offered,
        "outcomes": dict(outcomes),
        "left_out": dict(trace.left_out),
        "oddities": dict(trace.oddities),
        "rejected": [{"row": one.row, "reason": one.reason} for one in trace.rejected],
        "as_logged": {
            "service_level": round(within / offered, 4) if waits and offered else None,
            "mean_wait_seconds": round(sum(waits) / len(waits), 1) if waits else None,
            "abandoned_share": round(outcomes["abandoned"] / offered, 4) if offered else None,
        },
    }


def _trace_lines(told: dict[str, Any]) -> list[str]:
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sorted(told["outcomes"].items()))
    lines = [
        f"log         {told['format']} format, {told['calls']} calls from {told['first_day']} on, {told['days']} days: {outcomes}"
    ]
    for title, counts in (("left out", told["left_out"]), ("oddities", told["oddities"])):
        if counts:
            lines.append(
                f"{title:<11} " + ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
            )
    rejected = told["rejected"]
    if rejected:
        lines.append(f"rejected    {len(rejected)} rows")
        lines += [f"            row {one['row']}: {one['reason']}" for one in rejected[:_SHOWN]]
    logged = told["as_logged"]
    if logged["service_level"] is not None:
        lines.append(
            f"as logged   {logged['service_level']:.1%} of all answered within 15 s, mean wait {logged['mean_wait_seconds']:g} s,"
            f" {logged['abandoned_share']:.1%} gave up"
        )
    return lines


def _virtual(trace: Trace, told: dict[str, Any], options: dict[str, Any]) -> Outcome:
    calls = trace_replay.virtual_calls(trace, options["seed"])
    steps = [] if options["agents"] else trace_replay.staffing(trace)
    most = options["agents"] or max((count for _, count in steps), default=0)
    if not most:
        steps, most = [], trace_replay.most_at_once(trace)
    began = time.perf_counter()
    ended = replay(
        calls, trace_replay.virtual_agents(most), trace_replay.trace_policy(3600.0), staffing=steps
    )
    took = time.perf_counter() - began
    found = _summary(ended)
    result = {"trace": told, "virtual": found | {"agents": most, "staffing": "given" if options["agents"] else "from the log",
                                                 "took_seconds": round(took, 2)}, "passed": True}  # fmt: skip
    lines = [
        *_trace_lines(told),
        f"policy      {found['service_level']:.1%} of all answered within 15 s, mean wait {found['mean_wait_seconds']:g} s,"
        f" p95 {found['p95']:g} s, {found['abandoned_share']:.1%} gave up"
        + (f", {found['not_served']} not served" if found["not_served"] else ""),
        f"            {'at most ' if steps else ''}{most} agents ({'as the log says' if steps else 'given'});"
        f" {len(calls)} calls on a virtual clock in {took:.1f} s",
    ]
    return result, lines


def _summary(ended: list[Ended]) -> dict[str, Any]:
    answered = [one.waited_seconds for one in ended if one.outcome == ANSWERED]
    outcomes = Counter(one.outcome for one in ended)
    return {
        "service_level": round(sum(waited <= WITHIN_SECONDS for waited in answered) / len(ended), 4)
        if ended
        else 1.0,
        "mean_wait_seconds": round(sum(answered) / len(answered), 1) if answered else 0.0,
        "p95": round(erlang.nearest_rank(answered, 0.95), 1),
        "abandoned_share": round(outcomes["abandoned"] / len(ended), 4) if ended else 0.0,
        "not_served": outcomes["overflowed"],
        "outcomes": dict(outcomes),
    }


def _live(trace: Trace, told: dict[str, Any], options: dict[str, Any], say: Say, show: Say) -> Outcome:
    speed = options["speed"]
    limit = options["minutes"] * 60 if options["minutes"] else None
    calls: list[PlannedCall] = trace_replay.live_calls(trace, options["seed"], speed, limit)
    seconds = calls[-1].at + 1.0
    if seconds > LONGEST_LIVE_SECONDS:
        raise CentreError(
            "trace-too-long",
            f"At speed {speed:g} the log takes {seconds / 3600:.0f} hours.",
            "Raise --speed, or take its beginning with --minutes (of the log's time); --virtual needs seconds.",
            Fault.CONFIGURATION,
        )
    most = max((count for _, count in trace_replay.staffing(trace)), default=0)
    agents = options["agents"] or most or trace_replay.most_at_once(trace)
    wrap_up = 0  # the log's service time is the whole handling
    order = Order(
        calls=calls,
        agents=agents,
        seconds=seconds,
        counted_from=0.0,
        answer_seconds=min(ANSWER_SECONDS, ANSWER_SECONDS / speed),
        wrap_up_seconds=wrap_up,
        max_citizens=options["max_citizens"],
    )
    say(f"{len(calls)} calls of the log in {seconds:.0f} s to {agents} agents")
    done: Run = run(order, say, show)
    result = figures(done, speed) | {"trace": told}
    result["passed"] = _passed(result)
    return result, [*_trace_lines(told), *report(result)]
