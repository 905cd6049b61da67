"""How long citizens wait when so many calls meet so many agents: Erlang's formulas. Pure: numbers in, numbers out.

The model: calls come at random at a steady rate (Poisson), handling times are exponential, nobody gives up, the longest
waiting goes first, the room is in its steady state. What a real centre does otherwise is a difference to be explained, not
an error of the formula. Sources: A. K. Erlang, "Solution of some Problems in the Theory of Probabilities of Significance in
Automatic Telephone Exchanges" (1917); the recursion is the usual one, stable for thousands of agents.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from centre120.errors import CentreError, Fault


def erlang_b(agents: int, load: float) -> float:
    """The share of calls that find all agents busy when none may wait. `load` in erlang."""
    _checked(agents, load)
    blocked = 1.0
    for agent in range(1, agents + 1):
        blocked = load * blocked / (agent + load * blocked)
    return blocked


def erlang_c(agents: int, load: float) -> float:
    """The share of calls that have to wait; 1.0 when the load is as much as the agents can do, or more."""
    blocked = erlang_b(agents, load)
    if load >= agents:
        return 1.0
    return blocked / (1 - load / agents * (1 - blocked))


def service_level(agents: int, load: float, handling_seconds: float, within_seconds: float) -> float:
    """The share of calls answered within T: 1 - C(N, A) * exp(-(N - A) * T / handling). 0.0 when the room is overloaded."""
    if load >= agents:
        return 0.0
    return 1 - erlang_c(agents, load) * math.exp(-(agents - load) * within_seconds / handling_seconds)


def mean_wait_seconds(agents: int, load: float, handling_seconds: float) -> float:
    """ASA: C(N, A) * handling / (N - A); infinite when the room is overloaded."""
    if load >= agents:
        return math.inf
    return erlang_c(agents, load) * handling_seconds / (agents - load)


def agents_for(load: float, handling_seconds: float, within_seconds: float, target: float) -> int:
    """The fewest agents whose service level is at least `target` (0 to below 1)."""
    if not 0 <= target < 1:
        raise ValueError(f"a service level of {target} can not be reached; give one from 0 to below 1")
    agents = max(1, math.floor(load) + 1)
    while service_level(agents, load, handling_seconds, within_seconds) < target:
        agents += 1
    return agents


def busy_hour_load(calls_per_hour: float, handling_seconds: float) -> float:
    """Erlang: calls an hour times hours of handling each."""
    return calls_per_hour * handling_seconds / 3600


def nearest_rank(values: Iterable[float], share: float) -> float:
    """The value that `share` of all values do not exceed (nearest rank); 0.0 of nothing."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


def _checked(agents: int, load: float) -> None:
    if agents < 0 or load < 0 or not math.isfinite(load):
        raise CentreError(
            "load-invalid",
            f"Erlang's formula was asked for {agents} agents and a load of {load} erlang.",
            "Give a number of agents and a load that are not negative.",
            Fault.CONFIGURATION,
        )


@dataclass(frozen=True)
class Impatient:
    """What a room with citizens who give up does (Erlang A); shares 0-1 of all calls."""

    waits: float  # finds all agents busy
    abandons: float
    answered_within: float  # of all calls, those who gave up too
    mean_wait_seconds: float  # of all calls


def erlang_a(
    agents: int,
    calls_per_second: float,
    handling_seconds: float,
    patience_seconds: float,
    within_seconds: float,
) -> Impatient:
    """M/M/N+M: as Erlang C, but each citizen gives up after an exponential time of mean `patience_seconds`.

    The offered wait V has the density proportional to exp(lambda * (1 - exp(-theta x)) / theta - N mu x), and V = 0 weighs
    1 / (lambda * B(N - 1)); who is more patient than V is served. Source: S. Zeltyn and A. Mandelbaum, "Call Centers with
    Impatient Customers: Many-Server Asymptotics of the M/M/n+G Queue", Queueing Systems 51 (2005). Integrated by Simpson's rule.
    """
    _checked(agents, calls_per_second * handling_seconds)
    if agents < 1 or min(calls_per_second, handling_seconds, patience_seconds) <= 0:
        raise ValueError("Erlang A needs an agent, calls, and times above zero")
    theta, served = 1 / patience_seconds, agents / handling_seconds

    def density(x: float) -> float:
        return math.exp(calls_per_second * -math.expm1(-theta * x) / theta - served * x - highest)

    # the exponent is highest where lambda * exp(-theta x) = N mu: taken off, so that a full room does not overflow
    peak = max(0.0, math.log(calls_per_second / served) / theta) if calls_per_second > served else 0.0
    highest = calls_per_second * -math.expm1(-theta * peak) / theta - served * peak
    end = peak + 1 / served
    while density(end) > 1e-12:
        end = peak + (end - peak) * 1.5
    free = math.exp(-highest) / (calls_per_second * erlang_b(agents - 1, calls_per_second * handling_seconds))
    whole = free + _simpson(density, 0.0, end)
    stayed = _simpson(lambda x: density(x) * math.exp(-theta * x), 0.0, end)
    soon = _simpson(lambda x: density(x) * math.exp(-theta * x), 0.0, min(end, within_seconds))
    abandons = 1 - (free + stayed) / whole
    return Impatient(
        waits=1 - free / whole,
        abandons=abandons,
        answered_within=(free + soon) / whole,
        mean_wait_seconds=abandons
        * patience_seconds,  # Little's law: who gives up does so at rate theta while waiting
    )


def agents_for_impatient(
    calls_per_second: float,
    handling_seconds: float,
    patience_seconds: float,
    within_seconds: float,
    target: float,
) -> int:
    """The fewest agents with which at least `target` of all calls are answered within T."""
    if not 0 <= target < 1:
        raise ValueError(f"a service level of {target} can not be reached; give one from 0 to below 1")
    agents = 1
    while (
        erlang_a(agents, calls_per_second, handling_seconds, patience_seconds, within_seconds).answered_within
        < target
    ):
        agents += 1
    return agents


def _simpson(of: Callable[[float], float], start: float, end: float, steps: int = 400) -> float:
    if end <= start:
        return 0.0
    width = (end - start) / steps
    inner = sum((4 if step % 2 else 2) * of(start + step * width) for step in range(1, steps))
    return (of(start) + inner + of(end)) * width / 3
