"""What a run took of the machine, whether the machine itself was the limit, and whether anything grows. No I/O."""

from collections.abc import Mapping, Sequence
from typing import Any

from centre120.trend import trend
from ops.simulate.machine import SATURATED, Sample
from ops.simulate.run import Run
from ops.simulate.witnessed import share

START_SAMPLES = 4
"""The first ones are of the programs' start, which takes whatever there is."""


def machine(samples: Sequence[Sample], audio: Mapping[str, Any]) -> dict[str, Any]:
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
    begun = samples[START_SAMPLES:] if len(samples) > 2 * START_SAMPLES else samples[1:]
    busy = [sample.busy_share for sample in begun]
    full = sum(share >= SATURATED for share in busy) / len(busy)
    late = share(int(audio.get("late", 0)), int(audio.get("ticks", 0)))
    others = sum(max(0.0, s.busy_share - s.ours_share) for s in begun) / len(busy)
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


FLAT = {"memory_mb": 5.0, "descriptors": 5.0}
"""Growth an hour that is tolerated: megabytes of unshared memory, file descriptors."""
NOT_COUNTED = frozenset({"postgresql descriptors"})
"""PostgreSQL keeps files of tables open, up to a thousand in each process: a cache."""
SETTLED_FROM = 0.25
SURE_AFTER_SECONDS = 1800.0


def soak(run: Run) -> dict[str, Any]:
    """Slopes after the first quarter of the run, in which caches fill; `flat` is the verdict on all of them.

    What the number of talks explains is taken out first. None: less than half an hour shows slopes, but nothing sure.
    """
    samples = run.samples
    if len(samples) < 8:
        return {"flat": None, "why": "too few samples", "growing": [], "slopes": {}}
    begin = samples[0].at + SETTLED_FROM * (samples[-1].at - samples[0].at)
    samples = [sample for sample in samples if sample.at >= begin]
    slopes: dict[str, Any] = {}
    growing = []
    for name in samples[0].programs:
        if name.startswith("simulation"):
            continue
        values = {
            "memory_mb": [sample.programs[name].rss_bytes / 1e6 for sample in samples],
            "descriptors": [float(sample.programs[name].descriptors) for sample in samples],
        }
        for kind, series in values.items():
            talks = [sample.more.get("talks", 0.0) for sample in samples]
            line = trend([(sample.at, value) for sample, value in zip(samples, series, strict=True)], talks)
            slopes[f"{name} {kind}"] = {
                "per_hour": round(line.per_hour, 2), "error": round(line.standard_error, 2),
                "from": round(line.level, 1), "to": round(line.last, 1),
            }  # fmt: skip
            if line.grows(FLAT[kind]) and f"{name} {kind}" not in NOT_COUNTED:
                growing.append(f"{name} {kind}")
    lasted = run.samples[-1].at - run.samples[0].at
    if lasted < SURE_AFTER_SECONDS and not run.leaks:
        why = f"{lasted / 60:.0f} minutes are too short to be sure: caches still fill"
        return {"flat": None, "why": why, "growing": growing, "slopes": slopes}
    return {"flat": not growing and not run.leaks, "why": "", "growing": growing, "slopes": slopes}
