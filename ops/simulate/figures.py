"""What a simulation comes to. Every figure has one formula; docs/load.md says it in words. No I/O."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from centre120.call_words import SHORT_ABANDON_SECONDS
from ops.simulate import peers
from ops.simulate.machine_figures import machine
from ops.simulate.people import Visit
from ops.simulate.rtp_link import StreamAccount
from ops.simulate.run import Run
from ops.simulate.witnessed import WITHIN_SECONDS, Witnessed, fate, share, spread, waits_of, witnessed

TWO_WAY_SECONDS = 2.0  # talks shorter than this prove nothing by their sound
HEARD_SECONDS = 2.0  # after its INVITE a probe should have heard something
NEVER_HEARD = 999.0


def figures(run: Run, speed: float) -> dict[str, Any]:
    """Everything, ready for JSON."""
    seen = witnessed(run.cel)
    nothing = Witnessed()
    fates = {visit.plan.number: fate(visit, seen.get(visit.plan.number, nothing)) for visit in run.visits}
    counted = [visit for visit in run.visits if visit.plan.counted]
    waits = waits_of(counted, fates, seen)
    short = SHORT_ABANDON_SECONDS / speed
    result: dict[str, Any] = {
        "speed": speed,
        "agents": run.order.agents,
        "seconds": round(run.seconds, 1),
        "interrupted": run.interrupted,
        "calls": dict(Counter(fates[visit.plan.number] for visit in run.visits)) | {"placed": len(run.visits)},
        "counted_calls": len(counted),
        "menu": _menu(run.visits),
        "lost": _lost(run.visits, fates),
        "service_level": {
            "within_15_s": round(waits.service_level(WITHIN_SECONDS, short), 4),
            "within_15_s_scaled": round(waits.service_level(WITHIN_SECONDS / speed, short), 4),
            "scaled_seconds": WITHIN_SECONDS / speed,
            "answered": len(waits.answered),
            "abandoned": len(waits.abandoned),
            "short_abandoned": sum(waited < short for waited in waits.abandoned),
        },
        "waits_seconds": spread(waits.answered),
        "rtp": _rtp(run.visits),
        "audio_process": run.audio,
        "machine": machine(run.samples, run.audio),
        "left": run.leaks,
        "books": {"balanced": run.books.balanced, "invites": run.books.invites,
                  "outcomes": run.books.outcomes, "differences": list(run.books.differences)[:20]},
    }  # fmt: skip
    result["erlang_c"] = peers.erlang_c(run, counted, seen, speed)
    result["virtual"] = peers.on_a_virtual_clock(run, seen, speed)
    if run.probes:
        result["recovery"] = _recovery(run)
    return result


def _menu(visits: Sequence[Visit]) -> dict[str, int]:
    """What citizens were to press."""
    keys = [visit.plan.keys for visit in visits]
    return {"pressed_0": keys.count("0"), "pressed_nothing": keys.count(""),
            "chose_a_language": sum(pressed.startswith("9") for pressed in keys)}  # fmt: skip


def _lost(visits: Sequence[Visit], fates: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"number": visit.plan.number, "at": round(visit.plan.at, 1), "sip": visit.status,
         "why": visit.error or visit.reason}
        for visit in visits if fates[visit.plan.number] == "lost"
    ]  # fmt: skip


def _rtp(visits: Sequence[Visit]) -> dict[str, Any]:
    """Loss by sequence numbers on both sides, and whether both sides heard whom they should."""
    citizens = [visit.citizen_leg for visit in visits]
    agents = [visit.agent_leg for visit in visits if visit.agent_leg.sent]
    talks = [v for v in visits if v.met_at and v.agent_leg.sent and v.agent_leg.sent >= TWO_WAY_SECONDS * 50]
    deaf = [visit.plan.number for visit in talks if not _heard_each_other(visit)]
    long = [leg for leg in agents if leg.last_at - leg.first_at > 5]
    return {
        "citizens_loss": share(
            sum(leg.lost for leg in citizens), sum(leg.received + leg.lost for leg in citizens)
        ),
        "agents_loss": share(sum(leg.lost for leg in agents), sum(leg.received + leg.lost for leg in agents)),
        "packets": sum(leg.sent + leg.received for leg in [*citizens, *agents]),
        "end_to_end_missing": share(
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
        "heard_after_seconds_in_the_flash": spread([
            visit.citizen_leg.first_at - visit.sent_monotonic
            for visit in run.visits if visit.citizen_leg.first_at
        ]),
    }  # fmt: skip
