"""Which waiting citizen is offered to which agent, and when a wait has to end another way.

Decides order, eligibility and overflow. Does not ring phones (`ari_app` and the dialplan do) and keeps no state.
Two rules hold in this file: no clock (`now` is seconds on a monotonic clock, an argument), no I/O.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class WaitingCall:
    """A citizen in our queue."""

    call_id: str
    language: str
    queued_at: float  # monotonic seconds; kept through every unanswered offer
    admitted_at: float | None = (
        None  # when it last entered our queue, if not at queued_at: the maximum wait counts from here
    )
    priority: int = 0  # higher first; one point is worth `Policy.ageing_seconds` of waiting
    skills: frozenset[str] = frozenset()  # topics and districts it would be good to match
    tried: frozenset[str] = frozenset()  # agents who did not answer this call
    reserved_for: str | None = None  # came back from a department: this agent first


@dataclass(frozen=True)
class FreeAgent:
    """An agent who may be offered a call now: available, registered, no leg up."""

    extension: str
    languages: frozenset[str]
    idle_since: float  # monotonic seconds
    skills: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Policy:
    """What supervisors may tune; all in seconds."""

    ageing_seconds: float = 30.0  # one priority point
    skill_seconds: float = 20.0  # so long a better-skilled agent is waited for
    language_seconds: float = 90.0  # so long an agent who speaks the language is waited for
    max_wait_seconds: float = 600.0  # then overflow
    expected_talk_seconds: float = 180.0


@dataclass(frozen=True)
class Offer:
    """Ring this agent for this call."""

    call_id: str
    extension: str


@dataclass(frozen=True)
class Overflow:
    """This call has waited to the limit: leave our queue for the last resort."""

    call_id: str


@dataclass(frozen=True)
class Forecast:
    """What a waiting citizen is told."""

    position: int  # from 1
    expected_wait_seconds: float


@dataclass(frozen=True)
class Decisions:
    """All that can be done at this moment: no call and no agent appears twice."""

    offers: tuple[Offer, ...] = ()
    overflows: tuple[Overflow, ...] = field(default=())


def place(call: WaitingCall, policy: Policy) -> tuple[float, str]:
    """What orders the line; smaller is sooner. Ageing makes a priority point worth a fixed wait, so nobody starves.

    Because every call ages at the same rate, `queued_at - priority * ageing` is a fixed rank: order does not
    depend on the clock, and it is total (call_id breaks ties).
    """
    return call.queued_at - call.priority * policy.ageing_seconds, call.call_id


def order(calls: Iterable[WaitingCall], policy: Policy) -> list[WaitingCall]:
    """Who is next; within a priority: first come."""
    return sorted(calls, key=lambda call: place(call, policy))


def may_take(agent: FreeAgent, call: WaitingCall, now: float, policy: Policy) -> bool:
    """Whether this agent may be offered this call now: the language first, and a second chance after RONA only later."""
    waited = now - call.queued_at
    if call.language not in agent.languages and waited < policy.language_seconds:
        return False
    admitted_at = call.queued_at if call.admitted_at is None else call.admitted_at
    if call.reserved_for not in (None, agent.extension) and now - admitted_at < policy.skill_seconds:
        return False
    return agent.extension not in call.tried or waited >= policy.skill_seconds


def rank(
    agent: FreeAgent, call: WaitingCall, now: float, policy: Policy
) -> tuple[bool, bool, bool, float, str]:
    """Smaller is better: reserved, speaks the language, has the skills while that is waited for, longest idle."""
    skilled = now - call.queued_at >= policy.skill_seconds or call.skills <= agent.skills
    return (
        call.reserved_for != agent.extension,
        call.language not in agent.languages,
        not skilled,
        agent.idle_since,
        agent.extension,
    )


def decide(
    now: float,
    calls: Iterable[WaitingCall],
    agents: Iterable[FreeAgent],
    policy: Policy,
    signed_in_languages: Mapping[str, int] | None = None,
) -> Decisions:
    """Match waiting calls to free agents, each at most once.

    `signed_in_languages` counts signed-in agents per language: a language that nobody signed in speaks is not
    waited for at all, the call goes to any agent (who calls an interpreter).
    """
    free = {agent.extension: agent for agent in agents}
    offers: list[Offer] = []
    overflows: list[Overflow] = []
    for call in order(calls, policy):
        admitted_at = call.queued_at if call.admitted_at is None else call.admitted_at
        if now - admitted_at >= policy.max_wait_seconds:
            overflows.append(Overflow(call.call_id))
            continue
        nobody_speaks_it = signed_in_languages is not None and not signed_in_languages.get(call.language)
        candidates = [
            agent
            for agent in free.values()
            if may_take(agent, call, now, policy)
            or (nobody_speaks_it and agent.extension not in call.tried and call.reserved_for is None)
        ]
        if candidates:
            best = min(candidates, key=lambda agent: rank(agent, call, now, policy))
            offers.append(Offer(call.call_id, best.extension))
            del free[best.extension]
    return Decisions(tuple(offers), tuple(overflows))


def forecast(
    call_id: str,
    calls: Iterable[WaitingCall],
    agents_for_language: Mapping[str, int],
    policy: Policy,
    mean_talk_seconds: float,
) -> Forecast | None:
    """Position among those who wait for the same agents, and the wait to expect: places ahead x handling time / agents.

    None when the call does not wait. With no agent for the language the expected wait is that of one agent.
    """
    waiting = order(calls, policy)
    mine = next((call for call in waiting if call.call_id == call_id), None)
    if mine is None:
        return None
    same = [call for call in waiting if call.language == mine.language]
    position = same.index(mine) + 1
    agents = max(1, agents_for_language.get(mine.language, 0))
    return Forecast(position, position * mean_talk_seconds / agents)
