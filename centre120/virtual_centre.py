"""A centre on a virtual clock: the same queue policy as the real one, calls and agents as values, a month in seconds.

Decides nothing itself: who is offered to whom is centre120.queue_policy's `decide`, asked at every moment at which its answer
could change. Agents always answer after `answer_seconds`; a citizen whose patience ends while waiting hangs up. Pure and
deterministic: the same calls and agents give the same account, whatever the order they are given in.
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from centre120.queue_policy import FreeAgent, Policy, WaitingCall, decide

AFTER_SECONDS = 1e-6
"""So much later than a limit of the policy it is asked again: `at + limit - at` may come to a little less than the limit."""
ANSWERED, ABANDONED, OVERFLOWED = "answered", "abandoned", "overflowed"


@dataclass(frozen=True)
class VirtualCall:
    """A citizen who reaches the queue. Seconds of the virtual clock."""

    call_id: str
    at: float
    service_seconds: float  # from the offer until the agent is free again: answer delay, talk, wrap-up
    patience_seconds: float | None = None  # None: never gives up
    language: str = "ko"
    skills: frozenset[str] = frozenset()
    priority: int = 0


@dataclass(frozen=True)
class VirtualAgent:
    extension: str
    languages: frozenset[str]
    skills: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Ended:
    """What became of a call; `waited_seconds` until the agent's answer, or until it ended otherwise."""

    call_id: str
    outcome: str  # answered, abandoned, overflowed (to the last resort, which is not simulated)
    waited_seconds: float
    agent: str | None = None


class _Clock:
    """The run's state; one instance, one replay."""

    def __init__(self, agents: Sequence[VirtualAgent], policy: Policy, answer_seconds: float) -> None:
        self.agents, self.policy, self.answer_seconds = agents, policy, answer_seconds
        self.waiting: dict[str, tuple[WaitingCall, VirtualCall]] = {}
        self.free: dict[str, FreeAgent] = {}
        self.staff = 0
        self.busy: set[str] = set()
        self.ended: list[Ended] = []
        self._events: list[tuple[float, int, str, str]] = []  # (when, rank, key, what): no ties, so no chance
        self._place = {agent.extension: index for index, agent in enumerate(agents)}

    def at(self, when: float, rank: int, key: str, what: str) -> None:
        heapq.heappush(self._events, (when, rank, key, what))

    def pop(self) -> tuple[float, str, str] | None:
        if not self._events:
            return None
        when, _, key, what = heapq.heappop(self._events)
        return when, key, what

    def staffed(self, count: int, now: float) -> None:
        """The first `count` agents are at work from now on; who talks goes when the talk is over."""
        self.staff = count
        for index, agent in enumerate(self.agents):
            if index >= count:
                self.free.pop(agent.extension, None)
            elif agent.extension not in self.busy and agent.extension not in self.free:
                self.free[agent.extension] = FreeAgent(agent.extension, agent.languages, now, agent.skills)

    def arrive(self, call: VirtualCall) -> None:
        waiting = WaitingCall(
            call.call_id, call.language, call.at, priority=call.priority, skills=call.skills
        )
        self.waiting[call.call_id] = waiting, call
        if call.patience_seconds is not None:
            self.at(call.at + call.patience_seconds, 2, call.call_id, "impatient")

    def finished(self, extension: str, now: float) -> None:
        self.busy.discard(extension)
        if self._place[extension] < self.staff:
            agent = self.agents[self._place[extension]]
            self.free[extension] = FreeAgent(extension, agent.languages, now, agent.skills)

    def impatient(self, call_id: str, now: float) -> None:
        if call_id in self.waiting:
            _, call = self.waiting.pop(call_id)
            self.ended.append(Ended(call_id, ABANDONED, now - call.at))

    def look_again(self, call: VirtualCall) -> None:
        """Moments at which the policy may answer differently although nothing happens."""
        seconds = (self.policy.skill_seconds, self.policy.language_seconds, self.policy.max_wait_seconds)
        for index, after in enumerate(seconds):
            self.at(call.at + after + AFTER_SECONDS, 3 + index, call.call_id, "look")

    def dispatch(self, now: float, overflow: bool) -> None:
        """What the policy decides now. Without a free agent only an overflow can be decided."""
        if not self.waiting or not (self.free or overflow):
            return
        signed_in = Counter(language for agent in self.agents[: self.staff] for language in agent.languages)
        found = decide(
            now, [waiting for waiting, _ in self.waiting.values()], self.free.values(), self.policy, signed_in
        )
        for overflowed in found.overflows:
            _, call = self.waiting.pop(overflowed.call_id)
            self.ended.append(Ended(call.call_id, OVERFLOWED, now - call.at))
        for offer in found.offers:
            _, call = self.waiting.pop(offer.call_id)
            del self.free[offer.extension]
            self.busy.add(offer.extension)
            self.at(now + max(0.0, call.service_seconds), 1, offer.extension, "finished")
            waited = now + self.answer_seconds - call.at
            self.ended.append(Ended(call.call_id, ANSWERED, waited, offer.extension))


def replay(
    calls: Iterable[VirtualCall],
    agents: Sequence[VirtualAgent],
    policy: Policy,
    answer_seconds: float = 0.0,
    staffing: Sequence[tuple[float, int]] = (),
) -> list[Ended]:
    """Every call's end, in the order they ended. `staffing`: from this second on so many of the agents; else all, always."""
    clock = _Clock(agents, policy, answer_seconds)
    known = {call.call_id: call for call in calls}
    for call in known.values():
        clock.at(call.at, 6, call.call_id, "arrive")
    for when, count in staffing:
        clock.at(when, 0, f"{count:09d}", "staff")
    if not staffing:
        clock.staffed(len(agents), 0.0)
    while event := clock.pop():
        now, key, what = event
        if what == "staff":
            clock.staffed(int(key), now)
        elif what == "arrive":
            clock.arrive(known[key])
        elif what == "finished":
            clock.finished(key, now)
        elif what == "impatient":
            clock.impatient(key, now)
        elif key not in clock.waiting:
            continue
        clock.dispatch(now, overflow=what == "look")
        if what == "arrive" and key in clock.waiting:
            clock.look_again(known[key])
    return clock.ended
