"""The line of waiting citizens beside the free agents, kept in order: an arrival costs the same in a long line as in a short one.

Decides nothing by itself: `queue_policy.decide` is the rule, and this file gives its very answers from what changed since the
last look (a test compares the two on random histories). It may, because after every look nobody waits beside a free agent
who may take the call, until somebody comes, somebody is freed, or a time limit passes. No clock, no I/O.
"""

import heapq
from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from itertools import chain

from centre120.queue_policy import (
    Decisions,
    Forecast,
    FreeAgent,
    Offer,
    Policy,
    WaitingCall,
    decide,
    may_take,
    place,
    rank,
)

_Place = tuple[float, str]
"""Rank and call_id of a waiting call, or idle_since and extension of a free agent: smaller is sooner."""


class Line:
    """Waiting calls and free agents of one worker. Times are seconds on the caller's monotonic clock."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.calls: dict[str, WaitingCall] = {}
        self.agents: dict[str, FreeAgent] = {}
        self._by_language: dict[str, list[_Place]] = {}
        self._for_anybody: list[_Place] = []  # the language need not match (any more)
        self._idle: list[_Place] = []
        self._idle_by_language: dict[str, list[_Place]] = {}
        self._signed_in: Mapping[str, int] = {}
        self._fresh_calls: set[str] = set()
        self._fresh_agents: set[str] = set()
        self._limits: list[tuple[float, str]] = []
        self._look_at_all = False

    # --- what changed ---------------------------------------------------------------------------------------

    def put_call(self, call: WaitingCall) -> None:
        """This citizen waits (again, or under other conditions)."""
        self.drop_call(call.call_id)
        self.calls[call.call_id] = call
        insort(self._by_language.setdefault(call.language, []), place(call, self.policy))
        self._fresh_calls.add(call.call_id)

    def drop_call(self, call_id: str) -> None:
        """This citizen does not wait (any more)."""
        call = self.calls.pop(call_id, None)
        if call is None:
            return
        where = place(call, self.policy)
        _remove(self._by_language[call.language], where)
        _remove(self._for_anybody, where)
        self._fresh_calls.discard(call_id)

    def put_agent(self, agent: FreeAgent) -> None:
        """This agent is free. The same agent again, unchanged, changes nothing."""
        if self.agents.get(agent.extension) == agent:
            return
        self.drop_agent(agent.extension)
        self.agents[agent.extension] = agent
        for places in self._idle_lists(agent):
            insort(places, (agent.idle_since, agent.extension))
        self._fresh_agents.add(agent.extension)

    def drop_agent(self, extension: str) -> None:
        """This agent is not free (any more)."""
        agent = self.agents.pop(extension, None)
        if agent is None:
            return
        for places in self._idle_lists(agent):
            _remove(places, (agent.idle_since, extension))
        self._fresh_agents.discard(extension)

    def _idle_lists(self, agent: FreeAgent) -> Iterable[list[_Place]]:
        lists = (self._idle_by_language.setdefault(language, []) for language in agent.languages)
        return chain((self._idle,), lists)

    def signed_in(self, counts: Mapping[str, int]) -> None:
        """Signed-in agents per language. A language that somebody speaks now, or nobody any more, changes who may take whom."""
        before, after = self._spoken(self._signed_in), self._spoken(counts)
        self._signed_in = dict(counts)
        if before != after:
            self._look_at_all = True

    @staticmethod
    def _spoken(counts: Mapping[str, int]) -> set[str]:
        return {language for language, agents in counts.items() if agents}

    # --- what follows ---------------------------------------------------------------------------------------

    def settle(self, now: float) -> Decisions:
        """What can be done now; what is offered or overflows has left the line when this returns."""
        limit_passed = bool(self._limits) and self._limits[0][0] <= now
        if self._look_at_all or limit_passed or len(self._fresh_calls) + len(self._fresh_agents) > 1:
            decisions = self._all(now)
        elif self._fresh_calls:
            decisions = self._offer_call(self.calls[next(iter(self._fresh_calls))], now)
        elif self._fresh_agents:
            decisions = self._offer_agent(self.agents[next(iter(self._fresh_agents))], now)
        else:
            return Decisions()
        for offer in decisions.offers:
            self.drop_call(offer.call_id)
            self.drop_agent(offer.extension)
        for overflow in decisions.overflows:
            self.drop_call(overflow.call_id)
        for call_id in self._fresh_calls:
            self._mind_limits(self.calls[call_id], now)
        self._fresh_calls.clear()
        self._fresh_agents.clear()
        return decisions

    def _all(self, now: float) -> Decisions:
        self._look_at_all = False
        while self._limits and self._limits[0][0] <= now:
            call = self.calls.get(heapq.heappop(self._limits)[1])
            if call is not None:
                self._mind_limits(call, now)
        self._for_anybody = sorted(
            place(call, self.policy) for call in self.calls.values() if self._anybody(call, now)
        )
        return decide(now, self.calls.values(), self.agents.values(), self.policy, self._signed_in)

    def _anybody(self, call: WaitingCall, now: float) -> bool:
        return now - call.queued_at >= self.policy.language_seconds or not self._signed_in.get(call.language)

    def _mind_limits(self, call: WaitingCall, now: float) -> None:
        """Remember when next something changes for this call by the passing of time alone."""
        limit = min((limit for limit in self._limits_of(call) if limit > now), default=None)
        if limit is not None:
            heapq.heappush(self._limits, (limit, call.call_id))
        if self._anybody(call, now):
            where = place(call, self.policy)
            if not _has(self._for_anybody, where):
                insort(self._for_anybody, where)

    def _limits_of(self, call: WaitingCall) -> tuple[float, ...]:
        admitted_at = call.queued_at if call.admitted_at is None else call.admitted_at
        policy = self.policy
        return (
            call.queued_at + policy.skill_seconds,
            call.queued_at + policy.language_seconds,
            admitted_at + policy.skill_seconds,
            admitted_at + policy.max_wait_seconds,
        )

    def _offer_call(self, call: WaitingCall, now: float) -> Decisions:
        """One citizen came: the best of the free agents, longest idle first."""
        admitted_at = call.queued_at if call.admitted_at is None else call.admitted_at
        if now - admitted_at >= self.policy.max_wait_seconds:
            return self._all(now)
        reserved = self.agents.get(call.reserved_for or "")
        if reserved is not None:
            return self._all(now)
        speaking = self._best(self._idle_by_language.get(call.language, ()), call, now)
        if speaking is None and self._anybody(call, now):
            speaking = self._best(self._idle, call, now)
        return Decisions() if speaking is None else Decisions((Offer(call.call_id, speaking),))

    def _best(self, idle: Iterable[_Place], call: WaitingCall, now: float) -> str | None:
        second = None
        for _, extension in idle:
            agent = self.agents[extension]
            if not self._takes(agent, call, now):
                continue
            if not rank(agent, call, now, self.policy)[2]:
                return extension
            second = second or extension
        return second

    def _takes(self, agent: FreeAgent, call: WaitingCall, now: float) -> bool:
        return may_take(agent, call, now, self.policy) or (
            not self._signed_in.get(call.language)
            and agent.extension not in call.tried
            and call.reserved_for is None
        )

    def _offer_agent(self, agent: FreeAgent, now: float) -> Decisions:
        """One agent is free: the first in line whom this agent may take."""
        lists = [self._by_language.get(language, ()) for language in agent.languages]
        first = min(
            (
                where
                for where in (self._first(places, agent, now) for places in (*lists, self._for_anybody))
                if where is not None
            ),
            default=None,
        )
        return Decisions() if first is None else Decisions((Offer(first[1], agent.extension),))

    def _first(self, places: Iterable[_Place], agent: FreeAgent, now: float) -> _Place | None:
        return next((where for where in places if self._takes(agent, self.calls[where[1]], now)), None)

    # --- what citizens and desks are told -------------------------------------------------------------------

    def waiting(self) -> dict[str, int]:
        """How many wait, by language."""
        return {language: len(places) for language, places in self._by_language.items()}

    def forecast(self, call_id: str, mean_talk_seconds: float) -> Forecast | None:
        """As `queue_policy.forecast`, from the place in the line."""
        call = self.calls.get(call_id)
        if call is None:
            return None
        position = bisect_left(self._by_language[call.language], place(call, self.policy)) + 1
        agents = max(1, self._signed_in.get(call.language, 0))
        return Forecast(position, position * mean_talk_seconds / agents)


def _has(places: list[_Place], where: _Place) -> bool:
    index = bisect_left(places, where)
    return index < len(places) and places[index] == where


def _remove(places: list[_Place], where: _Place) -> None:
    index = bisect_left(places, where)
    if index < len(places) and places[index] == where:
        del places[index]
