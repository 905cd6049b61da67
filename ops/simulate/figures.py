"""What a simulation comes to. Every figure has one formula; docs/load.md says it in words. No I/O.

Waits are measured by two witnesses who know nothing of each other: the queue is entered when Asterisk writes CENTRE_QUEUED
into CEL, the agent answers when the agent's phone sends its 200.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from centre120 import erlang, names
from centre120.call_words import SHORT_ABANDON_SECONDS
from centre120.queue_policy import Policy
from centre120.trend import trend
from centre120.virtual_centre import ANSWERED, VirtualAgent, VirtualCall, replay
from centre120.witnesses import extra_fields
from ops.simulate.machine import SATURATED, Sample
from ops.simulate.people import Visit
from ops.simulate.rtp_link import StreamAccount
from ops.simulate.run import Run

WITHIN_SECONDS = 15.0
TWO_WAY_SECONDS = 2.0  # talks shorter than this prove nothing by their sound
HEARD_SECONDS = 2.0  # after its INVITE a probe should have heard something
NEVER_HEARD = 999.0


@dataclass(frozen=True)
class Witnessed:
    """What the dialplan itself wrote of one call, by caller's number."""

    queued_at: float | None = None
    turned_away: bool = False


@dataclass(frozen=True)
class Waits:
    """Seconds; `answered` those who met an agent, `abandoned` those who gave up in the queue."""

    answered: list[float] = field(default_factory=list)
    abandoned: list[float] = field(default_factory=list)

    def service_level(self, within: float, short: float) -> float:
        """Answered within T / (answered + abandoned - short abandons); 1.0 when nobody came."""
        offered = len(self.answered) + sum(waited >= short for waited in self.abandoned)
        return sum(waited <= within for waited in self.answered) / offered if offered else 1.0


def witnessed(cel: Sequence[Mapping[str, Any]]) -> dict[str, Witnessed]:
    """From Asterisk's own records."""
    numbers: dict[str, str] = {}
    queued: dict[str, float] = {}
    turned: set[str] = set()
    for record in cel:
        account, kind = record["accountcode"], record["eventtype"]
        if kind == names.CEL_ENTERED:
            numbers[account] = extra_fields(_extra(record)).get("number", "")
        elif kind == names.CEL_QUEUED:
            queued.setdefault(account, float(record["eventtime"]))
        elif kind == names.CEL_PROMPT and _extra(record) == names.CTX_ALL_LINES_BUSY:
            turned.add(account)
    return {number: Witnessed(queued.get(account), account in turned) for account, number in numbers.items()}


def _extra(record: Mapping[str, Any]) -> str:
    """The text of a CELGenUserEvent, which Asterisk wraps in JSON of its own."""
    extra = record["eventextra"]
    try:
        return str(json.loads(extra)["extra"])
    except (TypeError, ValueError, KeyError):
        return str(extra)


def fate(visit: Visit, seen: Witnessed) -> str:
    """What a citizen's call came to, in one word; `lost` is the forbidden one."""
    if visit.met_at is not None:
        return "answered"
    if seen.turned_away and visit.citizen_leg.received > 0:
        return "all lines busy"
    if visit.cut_short:
        return "still waiting"
    if visit.gave_up:
        return "abandoned" if seen.queued_at is not None else "abandoned in the menu"
    return "lost"


def figures(run: Run, speed: float) -> dict[str, Any]:
    """Everything, ready for JSON."""
    seen = witnessed(run.cel)
    nothing = Witnessed()
    fates = {visit.plan.number: fate(visit, seen.get(visit.plan.number, nothing)) for visit in run.visits}
    counted = [visit for visit in run.visits if visit.plan.counted]
    waits = _waits(counted, fates, seen)
    short = SHORT_ABANDON_SECONDS / speed
    result: dict[str, Any] = {
        "speed": speed,
        "agents": run.order.agents,
        "seconds": round(run.seconds, 1),
        "interrupted": run.interrupted,
        "calls": dict(Counter(fates[visit.plan.number] for visit in run.visits)) | {"placed": len(run.visits)},
        "counted_calls": len(counted),
        "lost": _lost(run.visits, fates),
        "service_level": {
            "within_15_s": round(waits.service_level(WITHIN_SECONDS, short), 4),
            "within_15_s_scaled": round(waits.service_level(WITHIN_SECONDS / speed, short), 4),
            "scaled_seconds": WITHIN_SECONDS / speed,
            "answered": len(waits.answered),
            "abandoned": len(waits.abandoned),
            "short_abandoned": sum(waited < short for waited in waits.abandoned),
        },
        "waits_seconds": _spread(waits.answered),
        "rtp": _rtp(run.visits),
        "audio_process": run.audio,
        "machine": _machine(run.samples, run.audio),
        "left": run.leaks,
        "books": {"balanced": run.books.balanced, "invites": run.books.invites,
                  "outcomes": run.books.outcomes, "differences": list(run.books.differences)[:20]},
    }  # fmt: skip
    result["erlang_c"] = _erlang(run, counted, seen, speed)
    result["virtual"] = _virtual(run, seen, speed)
    if run.probes:
        result["recovery"] = _recovery(run)
    return result


def _waits(visits: Sequence[Visit], fates: Mapping[str, str], seen: Mapping[str, Witnessed]) -> Waits:
    waits = Waits()
    for visit in visits:
        known = seen.get(visit.plan.number)
        queued_at = known.queued_at if known else None
        if queued_at is None:
            continue
        if visit.met_at is not None:
            waits.answered.append(max(0.0, visit.met_at - queued_at))
        elif fates[visit.plan.number] == "abandoned" and visit.ended_at is not None:
            waits.abandoned.append(max(0.0, visit.ended_at - queued_at))
    return waits


def _lost(visits: Sequence[Visit], fates: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"number": visit.plan.number, "at": round(visit.plan.at, 1), "sip": visit.status,
         "why": visit.error or visit.reason}
        for visit in visits if fates[visit.plan.number] == "lost"
    ]  # fmt: skip


def _spread(values: Sequence[float]) -> dict[str, float]:
    ranks = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    found = {name: round(erlang.nearest_rank(values, share), 3) for name, share in ranks.items()}
    return found | {"mean": round(sum(values) / len(values), 3) if values else 0.0}


def _rtp(visits: Sequence[Visit]) -> dict[str, Any]:
    """Loss by sequence numbers on both sides, and whether both sides heard whom they should."""
    citizens = [visit.citizen_leg for visit in visits]
    agents = [visit.agent_leg for visit in visits if visit.agent_leg.sent]
    talks = [v for v in visits if v.met_at and v.agent_leg.sent and v.agent_leg.sent >= TWO_WAY_SECONDS * 50]
    deaf = [visit.plan.number for visit in talks if not _heard_each_other(visit)]
    long = [leg for leg in agents if leg.last_at - leg.first_at > 5]
    return {
        "citizens_loss": _share(
            sum(leg.lost for leg in citizens), sum(leg.received + leg.lost for leg in citizens)
        ),
        "agents_loss": _share(
            sum(leg.lost for leg in agents), sum(leg.received + leg.lost for leg in agents)
        ),
        "packets": sum(leg.sent + leg.received for leg in [*citizens, *agents]),
        "end_to_end_missing": _share(
            sum(max(0, _due(leg) - leg.received) for leg in long), sum(map(_due, long))
        ),
        "talks_checked": len(talks),
        "talks_two_way": len(talks) - len(deaf),
        "not_two_way": deaf[:20],
        "longest_silence_seconds": round(max((leg.longest_gap for leg in citizens), default=0.0), 2),
    }


def _due(leg: StreamAccount) -> int:
    """Packets that belong between the first and the last that were received: what a citizen sends, one every 20 ms."""
    return 1 + round((leg.last_at - leg.first_at) / 0.02)


def _heard_each_other(visit: Visit) -> bool:
    agent = str(_party_of(visit))
    return agent in visit.citizen_leg.heard and str(visit.party) in visit.agent_leg.heard


def _party_of(visit: Visit) -> int:
    """Agents' parties are their places in the roster: 201 or 1001 is the first."""
    extension = int(visit.agent or 0)
    return extension - (1001 if extension >= 1001 else 201)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0


def _machine(samples: Sequence[Sample], audio: Mapping[str, Any]) -> dict[str, Any]:
    """CPU in cores, memory in megabytes, from the first to the last sample; and whether the machine itself was the limit."""
    if len(samples) < 2:
        return {}
    first, last = samples[0], samples[-1]
    elapsed = last.at - first.at
    programs = {}
    for name in last.programs:
        series = [sample.programs[name] for sample in samples]
        programs[name] = {
            "cores": round((series[-1].cpu_seconds - series[0].cpu_seconds) / elapsed, 3),
            "memory_mb": round(series[-1].rss_bytes / 1e6, 1),
            "memory_grew_mb": round((series[-1].rss_bytes - series[0].rss_bytes) / 1e6, 1),
            "descriptors": series[-1].descriptors,
            "most_descriptors": max(one.descriptors for one in series),
        }
    busy = [sample.busy_share for sample in samples[1:]]
    full = sum(share >= SATURATED for share in busy) / len(busy)
    late = _share(int(audio.get("late", 0)), int(audio.get("ticks", 0)))
    others = sum(max(0.0, s.busy_share - s.ours_share) for s in samples[1:]) / len(busy)
    return {
        "cores": last.cores,
        "busy_mean": round(sum(busy) / len(busy), 3),
        "busy_max": round(max(busy), 3),
        "saturated_share": round(full, 3),
        "other_programs": round(others, 3),
        "audio_late_share": late,
        "was_the_limit": full > 0.1 or late > 0.02,
        "programs": programs,
        "most_channels": max((s.more.get("channels", 0.0) for s in samples), default=0.0),
    }


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
        record["accountcode"]: extra_fields(_extra(record)).get("number", "")
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
    whole = [number for number in handled if number in drawn and handled[number] >= drawn[number] * 0.9]
    on_top = sum(handled[number] - drawn[number] for number in whole) / len(whole) if whole else 0.0
    return {number: handled.get(number, seconds + on_top) for number, seconds in drawn.items()}


def _erlang(
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


def _virtual(run: Run, seen: Mapping[str, Witnessed], speed: float) -> dict[str, Any]:
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
        "waits_seconds": _spread(waits.answered),
        "answered": len(waits.answered),
        "not_answered": len(waits.abandoned),
    }


def _recovery(run: Run) -> dict[str, Any]:
    """Seconds after the flash's last INVITE from which on every probe heard something in time."""
    last = max((visit.sent_at for visit in run.visits), default=0.0)
    heard = [
        (probe.sent_at - last,
         probe.citizen_leg.first_at - probe.sent_monotonic if probe.citizen_leg.first_at else NEVER_HEARD)
        for probe in run.probes
    ]  # fmt: skip
    late = [after for after, delay in heard if delay > HEARD_SECONDS]
    good = [after for after, _ in heard if not late or after > max(late)]
    return {
        "seconds": round(min(good), 1) if good else None,
        "probes": [{"after": round(after, 1), "heard_after": round(delay, 2)} for after, delay in heard],
        "heard_after_seconds_in_the_flash": _spread([
            visit.citizen_leg.first_at - visit.sent_monotonic
            for visit in run.visits if visit.citizen_leg.first_at
        ]),
    }  # fmt: skip


FLAT = {"memory_mb": 5.0, "descriptors": 5.0}
"""Growth an hour that is tolerated: megabytes of unshared memory, file descriptors."""


def soak_verdict(run: Run, settle_share: float = 0.25) -> dict[str, Any]:
    """Slopes after the first quarter of the run, in which caches fill; `flat` is the verdict on all of them."""
    if len(run.samples) < 8:
        return {"flat": None, "why": "too few samples"}
    begin = run.samples[0].at + settle_share * (run.samples[-1].at - run.samples[0].at)
    samples = [sample for sample in run.samples if sample.at >= begin]
    slopes: dict[str, Any] = {}
    growing = []
    for name in samples[0].programs:
        if name.startswith("simulation"):
            continue
        series = {
            "memory_mb": [(s.at, s.programs[name].rss_bytes / 1e6) for s in samples],
            "descriptors": [(s.at, float(s.programs[name].descriptors)) for s in samples],
        }
        for kind, points in series.items():
            line = trend(points)
            slopes[f"{name} {kind}"] = {
                "per_hour": round(line.per_hour, 2), "error": round(line.standard_error, 2),
                "from": round(line.level, 1), "to": round(line.last, 1),
            }  # fmt: skip
            if line.grows(FLAT[kind]):
                growing.append(f"{name} {kind}")
    return {"flat": not growing and not run.leaks, "growing": growing, "slopes": slopes}
