"""How many agents each half hour of a day needs: the calls of like days before, and Erlang's formulas. Pure: days and sums in.

The forecast is the mean of the latest like days: the same weekday, no public holiday; for a public holiday the latest public
holidays and Sundays. It knows no trend, no weather and no campaign: what is known of the day is the supervisor's (`growth`).
"""

import math
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from centre120.erlang import (
    agents_for,
    agents_for_impatient,
    busy_hour_load,
    erlang_a,
    mean_wait_seconds,
    service_level,
)
from centre120.metrics import Totals

HALF_HOURS: Final = tuple(f"{minutes // 60:02d}:{minutes % 60:02d}" for minutes in range(0, 1440, 30))
SECONDS: Final = 1800.0
LOOK_BACK_DAYS: Final = 366


@dataclass(frozen=True)
class Target:
    """What is wanted. `patience_seconds` None: nobody gives up (Erlang C), which asks for the more agents."""

    share: float = 0.8
    within_seconds: float = 15.0
    patience_seconds: float | None = None
    shrinkage: float = 0.0  # of the paid time, what is no time at the phone: breaks, training, leave


@dataclass(frozen=True)
class HalfHour:
    """One row of the plan."""

    start: str  # 09:30
    calls: float  # expected to join the queue, short abandons left out
    handling_seconds: float
    erlang: float
    agents: int  # at the phone
    rostered: int  # with the shrinkage
    answered_within: float  # expected with that many, share
    wait_seconds: float  # expected mean


def like_days(
    day: date, before: date, holidays: Container[date], known: Container[date], weeks: int
) -> list[date]:
    """The latest `weeks` days before `before` that are like `day` and of which there are calls, latest first."""
    special = day in holidays

    def alike(other: date) -> bool:
        if special:
            return other in holidays or other.weekday() == 6
        return other.weekday() == day.weekday() and other not in holidays

    past = (before - timedelta(days=number) for number in range(1, LOOK_BACK_DAYS + 1))
    return [other for other in past if other in known and alike(other)][:weeks]


def plan(days: Sequence[Mapping[str, Totals]], target: Target, growth: float = 1.0) -> list[HalfHour]:
    """Rows of every half hour in which a call is expected. `days`: of each like day its half hours' totals."""
    whole = sum((totals for day in days for totals in day.values()), Totals())
    usual = _handling(whole)
    rows = []
    for start in HALF_HOURS:
        totals = sum((day[start] for day in days if start in day), Totals())
        calls = growth * (totals.offered - totals.short_abandoned) / len(days) if days else 0.0
        if calls > 0:
            # fewer than ten talks say little of how long talks are
            handling = _handling(totals) if totals.answered >= 10 else usual
            rows.append(half_hour(start, calls, handling or usual or 0.0, target))
    return rows


def half_hour(start: str, calls: float, handling: float, target: Target) -> HalfHour:
    """Agents for so many calls of such a length."""
    load = busy_hour_load(calls * 3600 / SECONDS, handling)
    if load <= 0:
        return HalfHour(start, calls, handling, 0.0, 0, 0, 1.0, 0.0)
    within, rate = target.within_seconds, calls / SECONDS
    if target.patience_seconds is None:
        agents = agents_for(load, handling, within, target.share)
        level, wait = service_level(agents, load, handling, within), mean_wait_seconds(agents, load, handling)
    else:
        agents = agents_for_impatient(rate, handling, target.patience_seconds, within, target.share)
        found = erlang_a(agents, rate, handling, target.patience_seconds, within)
        level, wait = found.answered_within, found.mean_wait_seconds
    rostered = math.ceil(agents / (1 - target.shrinkage) - 1e-9)
    return HalfHour(start, calls, handling, load, agents, rostered, level, wait)


def _handling(totals: Totals) -> float | None:
    seconds = totals.talked_seconds + totals.hold_seconds + totals.wrap_up_seconds
    return seconds / totals.answered if totals.answered else None


def plan_of(
    day: date,
    today: date,
    totals_of: Callable[[date, date], Mapping[date, Mapping[str, Totals]]],
    holidays: Container[date],
    target: Target,
    weeks: int,
    growth: float = 1.0,
) -> tuple[list[date], list[HalfHour]]:
    """The like days and the plan; `totals_of(first, until)` tells of each day its half hours' totals."""
    before = min(day, today)
    # holidays are rare; the same weekday is there every week, a holiday may take one or two of them
    back = LOOK_BACK_DAYS if day in holidays else min(LOOK_BACK_DAYS, 7 * weeks + 28)
    known = totals_of(before - timedelta(days=back), before)
    days = like_days(day, before, holidays, known, weeks)
    return days, plan([known[one] for one in days], target, growth)
