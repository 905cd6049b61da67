"""Who waits, who is free, who is offered whom, and what a waiting citizen hears: the state of one worker and its matching.

No clock and no I/O: `now` is monotonic seconds, `at` the same moment in UTC. Decides nothing about order (queue_policy does).
agents.py and acd.py build on it: agents' legs and states, citizens' comings and goings.
"""

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from ari_app.state import (
    READY,
    Action,
    Agent,
    AgentState,
    Announce,
    Call,
    Continue,
    Member,
    Phase,
    PlayMusic,
    Record,
    Renew,
    Ring,
    Show,
    Silence,
)
from centre120 import names
from centre120.queue_policy import FreeAgent, Policy, WaitingCall, decide, forecast
from centre120.spoken import queue_announcement

_ANNOUNCE_EVERY_SECONDS = 30.0
_LATE_SECONDS = 2.0  # an announcement whose end was not told is over this much after it should be


class Matching:
    """All state of one worker. Every method returns the actions that follow, in order."""

    def __init__(
        self,
        policy: Policy,
        ring_seconds: int,
        wrap_up_seconds: int,
        next_case_number: Callable[[datetime], str],
        seconds_of: Callable[[str, tuple[str, ...]], float] = lambda language, prompts: 0.0,
    ) -> None:
        self.policy = policy
        self.ring_seconds = ring_seconds
        self.wrap_up_seconds = wrap_up_seconds
        self.next_case_number = next_case_number
        self.seconds_of = seconds_of  # how long these prompts take in this language
        self.agents: dict[str, Agent] = {}
        self.calls: dict[str, Call] = {}
        self._by_channel: dict[str, str] = {}
        self._talks: list[float] = []

    def waiting_calls(self) -> list[WaitingCall]:
        return [
            WaitingCall(
                call_id=call.call_id,
                language=call.language,
                queued_at=call.queued,
                admitted_at=call.admitted,
                priority=2 if call.returned_reason else 0,
                tried=frozenset(call.tried),
                reserved_for=call.reserved_for,
            )
            for call in self.calls.values()
            if call.phase is Phase.WAITING
        ]

    def signed_in(self) -> Counter[str]:
        """Signed-in agents per language."""
        return Counter(
            language
            for agent in self.agents.values()
            if agent.state not in (AgentState.LOGGED_OUT, AgentState.NOT_AVAILABLE)
            for language in agent.languages
        )

    def dispatch(self, now: float, at: datetime) -> list[Action]:
        """Offer what can be offered; who goes on waiting hears where they stand."""
        waiting = self.waiting_calls()
        if not waiting:
            return []
        free = [
            FreeAgent(agent.extension, agent.languages, agent.idle_since, agent.skills)
            for agent in self.agents.values()
            if agent.free
        ]
        decisions = decide(now, waiting, free, self.policy)
        if free and len(decisions.offers) + len(decisions.overflows) < len(waiting):
            # somebody waits beside free agents: perhaps for a language that nobody signed in speaks
            decisions = decide(now, waiting, free, self.policy, self.signed_in())
        actions: list[Action] = []
        for overflow in decisions.overflows:
            call = self.calls[overflow.call_id]
            call.phase = Phase.ELSEWHERE
            actions.append(Record("CallOverflowed", call.call_id, {"reason": "max-wait"}))
            actions += [*self._silence(call), Continue(call.channel_id, names.CTX_QUEUE_KEYS, "overflow")]
        for offer in decisions.offers:
            actions += self._offer(self.calls[offer.call_id], self.agents[offer.extension], now, at)
        for call in self.calls.values():
            if call.phase is Phase.WAITING and not call.announcing and now >= call.next_announcement:
                actions += self._announce(call, now)
        return actions

    def _offer(self, call: Call, agent: Agent, now: float, at: datetime) -> list[Action]:
        call.phase, call.agent, call.offered, call.offer_id = (
            Phase.OFFERED,
            agent.extension,
            now,
            str(uuid.uuid4()),
        )
        call.agent_channel = ""
        agent.call_id = call.call_id
        record = Record(
            "CallOffered",
            call.call_id,
            {"offer_id": call.offer_id, "agent": agent.extension, "ring_seconds": self.ring_seconds},
        )
        return [
            record,
            *self._set_state(agent, AgentState.OFFERED, "", now, at),
            Show(agent.extension, "pop", call),
            *self._silence(call),
            Ring(call.call_id, call.channel_id, agent.extension, call.offer_id),
        ]

    def _announce(self, call: Call, now: float) -> list[Action]:
        mean = sum(self._talks) / len(self._talks) if self._talks else self.policy.expected_talk_seconds
        seen = forecast(call.call_id, self.waiting_calls(), self.signed_in(), self.policy, mean)
        if seen is None:
            return []
        prompts = queue_announcement(
            call.language, seen.position, seen.expected_wait_seconds, may_call_back=bool(call.caller_number)
        )
        call.announcing = str(uuid.uuid4())
        call.next_announcement = now + _ANNOUNCE_EVERY_SECONDS
        fields = {"position": seen.position, "expected_wait_seconds": round(seen.expected_wait_seconds)}
        lasts = self.seconds_of(call.language, prompts)
        call.announced_by = now + lasts + _LATE_SECONDS
        return [
            Renew(call.channel_id, lasts),
            Record("CallAnnounced", call.call_id, fields),
            Announce(call.call_id, call.channel_id, call.announcing, call.language, prompts),
        ]

    def _announced(self, call: Call) -> list[Action]:
        """The sentence is over: the usual lease again, and music."""
        call.announcing, call.music = "", True
        return [Renew(call.channel_id), PlayMusic(call.channel_id)]

    @staticmethod
    def _silence(call: Call) -> list[Action]:
        playback_id, call.announcing = call.announcing, ""
        return [Silence(playback_id)] if playback_id else []

    def tick(self, now: float, at: datetime) -> list[Action]:
        """Once a second: renew leases, end wrap-ups, time-based eligibility and announcements."""
        actions: list[Action] = []
        for call in self.calls.values():
            if call.phase is Phase.WAITING and call.announcing and now > call.announced_by:
                actions += self._announced(call)
            elif call.phase is Phase.WAITING and not call.announcing:
                actions.append(Renew(call.channel_id))
        for agent in self.agents.values():
            held = self.calls.get(agent.call_id or "")
            if (
                agent.state is AgentState.WRAP_UP
                and now - agent.since >= self.wrap_up_seconds
                and (held is None or held.transfer is None)
            ):
                agent.call_id = None
                actions += self._set_state(agent, AgentState.AVAILABLE, "wrap-up-over", now, at)
        return [*actions, *self.dispatch(now, at)]

    def forget(self, call: Call) -> None:
        """The call is over for us."""
        self.calls.pop(call.call_id, None)
        self._by_channel.pop(call.channel_id, None)

    def _set_state(
        self, agent: Agent, state: AgentState, reason: str, now: float, at: datetime
    ) -> list[Action]:
        if agent.state is state and agent.reason == reason:
            return [self.show_state(agent)]
        before = agent.state
        agent.state, agent.reason, agent.since, agent.since_at = state, reason, now, at
        if state is AgentState.AVAILABLE and before is not AgentState.OFFERED:
            agent.idle_since = now
        actions: list[Action] = [
            Record(
                "AgentStateChanged",
                agent.call_id,
                {"agent": agent.extension, "state": str(state), "reason": reason},
            ),
        ]
        if state in READY and before not in READY:
            actions.append(Member(agent.extension, "add", agent.languages))
        elif state not in READY and before in READY:
            actions.append(
                Member(
                    agent.extension, "remove" if state is AgentState.LOGGED_OUT else "pause", agent.languages
                )
            )
        elif state is AgentState.LOGGED_OUT:
            actions.append(Member(agent.extension, "remove", agent.languages))
        return [*actions, self.show_state(agent)]

    def transfer_ended(self, call: Call, result: str, now: float) -> Record:
        """Close the attempt that is under way."""
        transfer = call.transfer
        assert transfer is not None  # noqa: S101 - callers check
        call.transfer = None
        return Record(
            "TransferEnded",
            call.call_id,
            {
                "transfer_id": transfer.transfer_id,
                "result": result,
                "ring_seconds": round(now - transfer.started, 1),
            },
        )

    def show_state(self, agent: Agent) -> Show:
        return Show(agent.extension, "state")

    def show_call(self, call: Call) -> Show:
        return Show(call.agent or "", "call", call)

    def call_shown(self, agent: Agent) -> Call | None:
        """The call this agent has, or has just had."""
        call = self.calls.get(agent.call_id or "")
        return agent.last_call if call is None and agent.state is AgentState.WRAP_UP else call
