"""Who waits, who is free, who is offered whom, and what a waiting citizen hears: the state of one worker and its matching.

No clock and no I/O: `now` is monotonic seconds, `at` the same moment in UTC. Decides nothing about order (queue_policy does).
agents.py and acd.py build on it: agents' legs and states, citizens' comings and goings.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from ari_app.state import (
    READY,
    SIGNED_IN,
    Action,
    Agent,
    AgentState,
    Announce,
    Call,
    Continue,
    Member,
    Phase,
    PlayMusic,
    Probe,
    Record,
    Renew,
    Ring,
    Show,
    Silence,
    Supervision,
)
from centre120 import names
from centre120.line import Line
from centre120.queue_policy import FreeAgent, Policy, WaitingCall
from centre120.spoken import queue_announcement

_ANNOUNCE_EVERY_SECONDS = 30.0
_NO_LEG_SECONDS = 1.5
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
        department_ring_seconds: int = 20,
    ) -> None:
        self.policy = policy
        self.ring_seconds = ring_seconds  # an agent's phone
        self.department_ring_seconds = department_ring_seconds
        self.wrap_up_seconds = wrap_up_seconds
        self.next_case_number = next_case_number
        self.seconds_of = seconds_of  # how long these prompts take in this language
        self.agents: dict[str, Agent] = {}
        self.calls: dict[str, Call] = {}
        self.line = Line(policy)
        self.handing_over: dict[str, Call] = {}  # calls with a transfer under way
        self.conferences: dict[str, Call] = {}  # calls whose people are three, or were a moment ago
        self.help_wanted: dict[str, float] = {}  # extension -> since, monotonic seconds
        self.supervisions: dict[str, Supervision] = {}  # by the supervisor's extension
        self.talked: dict[str, Call] = {}  # over for us, remembered for a while
        self._by_channel: dict[str, str] = {}
        self._talks: list[float] = []
        self._changed_calls: dict[str, Call] = {}
        self._changed_agents: dict[str, Agent] = {}
        self._signed_in: Counter[str] = Counter()

    def call_changed(self, call: Call) -> None:
        """The next `dispatch` looks under which conditions this call waits; one that does not wait leaves the line at once."""
        self._changed_calls[call.call_id] = call
        if call.phase is not Phase.WAITING or self.calls.get(call.call_id) is not call:
            self.line.drop_call(call.call_id)

    def agent_changed(self, agent: Agent) -> None:
        """The next `dispatch` looks whether this agent is free."""
        self._changed_agents[agent.extension] = agent

    def everything_changed(self) -> None:
        """After a restart, a new roster, and now and then for safety: the line is made anew from calls and agents."""
        self.line = Line(self.policy)
        self._count_signed_in()
        for call in self.calls.values():
            self.call_changed(call)
        for agent in self.agents.values():
            self.agent_changed(agent)

    def mend_line(self) -> bool:
        """Whether the line had lost step with calls and agents; then the next `dispatch` makes it anew. A safety net."""
        waiting = {call.call_id for call in self.calls.values() if call.phase is Phase.WAITING}
        free = {agent.extension for agent in self.agents.values() if agent.free}
        if self.line.calls.keys() == waiting and self.line.agents.keys() == free:
            return False
        self.everything_changed()
        return True

    def _count_signed_in(self) -> None:
        self._signed_in = Counter(
            language
            for agent in self.agents.values()
            if agent.state in SIGNED_IN
            for language in agent.languages
        )
        self.line.signed_in(self._signed_in)

    def _bring_in_line(self) -> list[Call]:
        """Tell the line what changed; returns the changed calls that wait."""
        waiting = []
        for call in self._changed_calls.values():
            if call.phase is Phase.WAITING and self.calls.get(call.call_id) is call:
                waiting.append(call)
                self.line.put_call(_as_waiting(call))
            else:
                self.line.drop_call(call.call_id)
        for agent in self._changed_agents.values():
            if agent.free and self.agents.get(agent.extension) is agent:
                self.line.put_agent(
                    FreeAgent(agent.extension, agent.languages, agent.idle_since, agent.skills)
                )
            else:
                self.line.drop_agent(agent.extension)
        self._changed_calls.clear()
        self._changed_agents.clear()
        return waiting

    def dispatch(self, now: float, at: datetime) -> list[Action]:
        """Offer what can be offered; who comes to wait, or waits on under other conditions, hears where they stand."""
        newly_waiting = self._bring_in_line()
        decisions = self.line.settle(now)
        actions: list[Action] = []
        for overflow in decisions.overflows:
            call = self.calls[overflow.call_id]
            call.phase = Phase.ELSEWHERE
            actions.append(Record("CallOverflowed", call.call_id, {"reason": "max-wait"}))
            actions += [*self._silence(call), Continue(call.channel_id, names.CTX_QUEUE_KEYS, "overflow")]
        for offer in decisions.offers:
            actions += self._offer(self.calls[offer.call_id], self.agents[offer.extension], now, at)
        return actions + self._announcements(newly_waiting, now)

    def _announcements(self, calls: Iterable[Call], now: float) -> list[Action]:
        actions: list[Action] = []
        for call in calls:
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
        call.agent_channel, call.probing = "", False
        agent.call_id = call.call_id
        self.call_changed(call)
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
        seen = self.line.forecast(call.call_id, mean)
        if seen is None:
            return []
        prompts = queue_announcement(
            call.language, seen.position, seen.expected_wait_seconds, may_call_back=bool(call.caller_number)
        )
        call.announcing = str(uuid.uuid4())
        call.next_announcement = now + _ANNOUNCE_EVERY_SECONDS
        fields = {
            "position": seen.position,
            "expected_wait_seconds": round(seen.expected_wait_seconds),
            "playback_id": call.announcing,  # whoever takes the call over can end the sentence
        }
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
            elif call.phase is Phase.OFFERED and not call.probing and now - call.offered >= _NO_LEG_SECONDS:
                # sent to an agent, and no phone rings: who hangs up on the way there tells us nothing
                agent = self.agents.get(call.agent or "")
                if agent is None or not agent.legs:
                    call.probing = True
                    actions.append(Probe(call.call_id, call.channel_id, after_seconds=0.0))
        for agent in self.agents.values():
            held = self.calls.get(agent.call_id or "")
            if (
                agent.state is AgentState.WRAP_UP
                and now - agent.since >= self.wrap_up_seconds
                and (held is None or held.transfer is None)
            ):
                agent.call_id = None
                actions += self._set_state(agent, AgentState.AVAILABLE, "wrap-up-over", now, at)
        actions += self.dispatch(now, at)
        return actions + self._announcements(self.calls.values(), now)

    def forget(self, call: Call) -> None:
        """The call is over for us."""
        self.calls.pop(call.call_id, None)
        self.handing_over.pop(call.call_id, None)
        self.conferences.pop(call.call_id, None)
        self._by_channel.pop(call.channel_id, None)
        self.call_changed(call)

    def _set_state(
        self, agent: Agent, state: AgentState, reason: str, now: float, at: datetime
    ) -> list[Action]:
        if agent.state is state and agent.reason == reason:
            return [self.show_state(agent)]
        before = agent.state
        agent.state, agent.reason, agent.since, agent.since_at = state, reason, now, at
        self.agent_changed(agent)
        if (before in SIGNED_IN) is not (state in SIGNED_IN):
            self._count_signed_in()
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
        self.handing_over.pop(call.call_id, None)
        return Record(
            "TransferEnded",
            call.call_id,
            {
                "transfer_id": transfer.transfer_id,
                "result": result,
                "ring_seconds": round(now - transfer.started if transfer.rang is None else transfer.rang, 1),
            },
        )

    def conference_ended(self, call: Call, first_left: str, now: float) -> list[Action]:
        """One of three has left: from now on it is a talk of two. Nothing when another had left before."""
        conference = call.conference
        if conference is None or conference.citizen_left:
            return []
        key = "transfer_id" if conference.kind == "department" else "interpretation_id"
        fields = {
            key: conference.key,
            "first_left": first_left,
            "seconds": round(now - conference.started, 1),
        }
        return [Record("ConferenceEnded", call.call_id, fields)]

    def show_state(self, agent: Agent) -> Show:
        return Show(agent.extension, "state")

    def show_call(self, call: Call) -> Show:
        return Show(call.agent or "", "call", call)

    def call_shown(self, agent: Agent) -> Call | None:
        """The call this agent has, or has just had."""
        call = self.calls.get(agent.call_id or "")
        return agent.last_call if call is None and agent.state is AgentState.WRAP_UP else call


def _as_waiting(call: Call) -> WaitingCall:
    return WaitingCall(
        call_id=call.call_id,
        language=call.language,
        queued_at=call.queued,
        admitted_at=call.admitted,
        priority=2 if call.returned_reason else 0,
        tried=frozenset(call.tried),
        reserved_for=call.reserved_for,
    )
