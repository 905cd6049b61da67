"""The ACD: events in, actions out. Owns waiting calls and agents' states; decides nothing about order (queue_policy does).

No clock and no I/O: `now` is monotonic seconds, `at` the same moment in UTC. An event about a channel, call or agent we
do not know changes nothing: Asterisk repeats and reorders, and a restart forgets. Talking calls need nobody here.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from ari_app.events import Channel
from ari_app.reconcile import Found
from ari_app.state import (
    BREAK_REASONS,
    READY,
    Action,
    Agent,
    AgentState,
    Announce,
    Call,
    Claim,
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
)
from centre120 import names
from centre120.caller_id import caller_name, caller_number
from centre120.queue_policy import FreeAgent, Policy, WaitingCall, decide, forecast
from centre120.spoken import queue_announcement

OFFER_RESULTS = {
    "NOANSWER": "no-answer",
    "BUSY": "busy",
    "CONGESTION": "unreachable",
    "CHANUNAVAIL": "unreachable",
    "CANCEL": "citizen-gone",
    "DONTCALL": "refused",
    "TORTURE": "refused",
    "INVALIDARGS": "unreachable",
}
_ANNOUNCE_EVERY_SECONDS = 30.0
_TALKS_REMEMBERED = 50
_LATE_SECONDS = 2.0  # an announcement whose end was not told is over this much after it should be


class Acd:
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

    # --- citizens -------------------------------------------------------------------------------------------

    def asked(self, channel: Channel) -> list[Action]:
        """A call asks for a worker."""
        return [Claim(channel.channel_id)]

    def entered(self, channel: Channel, args: tuple[str, ...], now: float, at: datetime) -> list[Action]:
        """A channel is ours: a new citizen, one who comes back, or an agent who signs in or out."""
        match args:
            case (names.STASIS_NEW, call_id, origin, dialled, outside, trunk, language):
                return self._admit(
                    channel, call_id, origin, dialled, outside == "1", trunk, language, now, at
                )
            case (names.STASIS_BACK, call_id, status, extension):
                return self._back(channel, call_id, status, extension, now, at)
            case (names.STASIS_RETURNED, call_id, status, extension):
                return self._returned(channel, call_id, status, extension, now, at)
            case (names.STASIS_SIGN_IN, extension):
                actions, context = self._keyed(channel, extension, AgentState.AVAILABLE, now, at), "said-in"
            case (names.STASIS_SIGN_OUT, extension):
                actions, context = self._keyed(channel, extension, AgentState.LOGGED_OUT, now, at), "said-out"
            case _:
                return [Continue(channel.channel_id, names.CTX_FALLBACK)]
        known = channel.endpoint in self.agents
        return [
            *actions,
            Continue(channel.channel_id, names.CTX_AGENT_NATIVE, context if known else "failed"),
        ]

    def _admit(
        self,
        channel: Channel,
        call_id: str,
        origin: str,
        dialled: str,
        outside: bool,
        trunk: str,
        language: str,
        now: float,
        at: datetime,
    ) -> list[Action]:
        actions: list[Action] = []
        call = self.calls.get(call_id)
        if call is None:
            call = Call(
                call_id=call_id,
                channel_id=channel.channel_id,
                channel_name=channel.name,
                trunk=trunk,
                origin_number=origin,
                dialled_number=dialled,
                outside_area=outside,
                caller_number=caller_number(channel.number),
                caller_name=caller_name(channel.caller_name),
                language=language,
                case_number=self.next_case_number(at),
                queued_at=at,
                queued=now,
            )
            self.calls[call_id] = call
            actions.append(self._queued_record(call))
        elif call.language != language:
            call.language = language
            actions.append(Record("CallLanguageChanged", call_id, {"language": language}))
        call.channel_id, call.channel_name = channel.channel_id, channel.name
        call.phase, call.admitted, call.next_announcement = Phase.WAITING, now, now
        call.announcing, call.music = "", False
        self._by_channel[channel.channel_id] = call_id
        return [*actions, *self.dispatch(now, at)]

    @staticmethod
    def _queued_record(call: Call) -> Record:
        return Record(
            "CallQueued",
            call.call_id,
            {
                "channel_id": call.channel_id,
                "linked_id": call.channel_id,
                "trunk": call.trunk,
                "origin_number": call.origin_number,
                "dialled_number": call.dialled_number,
                "outside_area": call.outside_area,
                "caller_number": call.caller_number,
                "caller_name": call.caller_name,
                "language": call.language,
                "case_number": call.case_number,
                "queued_at": call.queued_at.isoformat(),
            },
        )

    def _back(
        self, channel: Channel, call_id: str, status: str, extension: str, now: float, at: datetime
    ) -> list[Action]:
        """Nobody took the offer. RONA: that agent is not available, the citizen keeps the place."""
        call = self.calls.get(call_id)
        if call is None:
            return [Continue(channel.channel_id, names.CTX_QUEUE, "again")]
        result = OFFER_RESULTS.get(status, "unreachable")
        actions: list[Action] = [
            Record("OfferEnded", call_id, {"offer_id": call.offer_id, "agent": extension, "result": result})
        ]
        agent = self.agents.get(extension)
        if agent is not None and agent.call_id == call_id:
            agent.call_id = None
            agent.legs.clear()
            actions += self._set_state(agent, AgentState.NOT_AVAILABLE, result, now, at)
        call.tried.add(extension)
        self._wait_again(call, channel, now)
        return [*actions, *self.dispatch(now, at)]

    def _returned(
        self, channel: Channel, call_id: str, status: str, extension: str, now: float, at: datetime
    ) -> list[Action]:
        """A department did not take the citizen: back to the same agent, who sees why, else first in the queue."""
        call = self.calls.get(call_id)
        if call is None:
            return [Continue(channel.channel_id, names.CTX_QUEUE, "again")]
        result = OFFER_RESULTS.get(status, "unreachable") if status else "cancelled"
        actions: list[Action] = []
        if call.transfer is not None:
            actions.append(self.transfer_ended(call, result, now))
        call.returned_reason = result
        call.admitted = now
        call.reserved_for = extension
        call.tried.discard(extension)
        actions.append(Record("CallReturned", call_id, {"agent": extension, "reason": result}))
        self._wait_again(call, channel, now)
        agent = self.agents.get(extension)
        if agent is not None and agent.state is AgentState.WRAP_UP and agent.call_id == call_id:
            agent.call_id = None
            actions += self._set_state(agent, AgentState.AVAILABLE, "returned", now, at)
        return [*actions, *self.dispatch(now, at)]

    def _wait_again(self, call: Call, channel: Channel, now: float) -> None:
        call.phase, call.agent, call.agent_channel, call.offer_id = Phase.WAITING, None, "", ""
        call.channel_id, call.channel_name = channel.channel_id, channel.name
        call.announcing, call.music, call.next_announcement = "", False, now + 5
        self._by_channel[channel.channel_id] = call.call_id

    def left(self, channel: Channel, now: float, at: datetime) -> list[Action]:
        """A channel left Stasis without our sending it: hung up, or its lease ran out while we were frozen."""
        call = self.calls.get(self._by_channel.get(channel.channel_id, ""))
        if call is None or call.phase is not Phase.WAITING:
            return []
        call.phase = Phase.ELSEWHERE
        return [Probe(call.call_id, channel.channel_id, after_seconds=0.05)]

    def channel_probed(self, call_id: str, alive: bool, now: float, at: datetime) -> list[Action]:
        """The answer to a Probe. Gone: the citizen hung up before an agent answered. Alive elsewhere: the last resort's."""
        call = self.calls.get(call_id)
        if call is None or call.phase not in (Phase.ELSEWHERE, Phase.OFFERED):
            return []
        if alive:
            return (
                [Record("CallToFallback", call_id, {"reason": "lease"})]
                if call.phase is Phase.ELSEWHERE
                else [Probe(call_id, call.channel_id)]
            )
        actions: list[Action] = []
        if call.phase is Phase.OFFERED and call.agent is not None:
            actions.append(
                Record(
                    "OfferEnded",
                    call_id,
                    {"offer_id": call.offer_id, "agent": call.agent, "result": "citizen-gone"},
                )
            )
            agent = self.agents.get(call.agent)
            if agent is not None and agent.call_id == call_id and agent.state is AgentState.OFFERED:
                agent.call_id = None
                actions += self._set_state(agent, AgentState.AVAILABLE, "citizen-gone", now, at)
        actions.append(Record("CallAbandoned", call_id, {"waited_seconds": round(now - call.queued, 3)}))
        self.forget(call)
        return [*actions, *self.dispatch(now, at)]

    def key_pressed(self, channel: Channel, digit: str, now: float, at: datetime) -> list[Action]:
        """Keys while waiting: 1 asks for a call-back, 9 changes the language and keeps the place."""
        call = self.calls.get(self._by_channel.get(channel.channel_id, ""))
        if call is None or call.phase is not Phase.WAITING:
            return []
        if digit == "1" and call.caller_number:
            call.phase = Phase.ELSEWHERE
            self.forget(call)
            return [
                *self._silence(call),
                Record(
                    "CallbackRequested",
                    call.call_id,
                    {"number": call.caller_number, "waited_seconds": round(now - call.queued, 3)},
                ),
                Continue(channel.channel_id, names.CTX_QUEUE_KEYS, "callback"),
            ]
        if digit == "9":
            call.phase = Phase.ELSEWHERE
            return [*self._silence(call), Continue(channel.channel_id, names.CTX_QUEUE_KEYS, "9")]
        return []

    def playback_ended(self, playback_id: str, channel_id: str, now: float) -> list[Action]:
        """After an announcement the music goes on."""
        call = self.calls.get(self._by_channel.get(channel_id, ""))
        if call is None or call.phase is not Phase.WAITING or call.announcing != playback_id:
            return []
        return self._announced(call)

    def _announced(self, call: Call) -> list[Action]:
        """The sentence is over: the usual lease again, and music."""
        call.announcing, call.music = "", True
        return [Renew(call.channel_id), PlayMusic(call.channel_id)]

    @staticmethod
    def _silence(call: Call) -> list[Action]:
        playback_id, call.announcing = call.announcing, ""
        return [Silence(playback_id)] if playback_id else []

    def adopt(self, found: Found, now: float, at: datetime) -> list[Action]:
        """Take over what `reconcile` found: waiting calls keep their place, talking ones their agent, strangers ask again."""
        actions: list[Action] = []
        for call in found.calls:
            self.calls[call.call_id] = call
            self._by_channel[call.channel_id] = call.call_id
            agent = self.agents.get(call.agent or "")
            if call.phase is Phase.WAITING:
                call.admitted, call.next_announcement, call.announcing = now, now, ""
                actions.append(Renew(call.channel_id))
            elif (
                agent is not None
                and agent.call_id == call.call_id
                and call.phase in (Phase.TALKING, Phase.OFFERED)
            ):
                state = AgentState.ON_CALL if call.phase is Phase.TALKING else AgentState.OFFERED
                if agent.state is not state:
                    actions += self._set_state(agent, state, "", now, at)
        for call in found.cut:
            actions.append(
                Record("CallCut", call.call_id, {"reason": "channel not found after reconnecting"})
            )
            self.forget(call)
        for agent in self.agents.values():
            if agent.state in (AgentState.OFFERED, AgentState.ON_CALL) and not agent.legs:
                agent.call_id = None
                actions += self._set_state(agent, AgentState.AVAILABLE, "reconciled", now, at)
        actions += [Continue(channel_id, names.CTX_QUEUE, "again") for channel_id in found.strangers]
        return [*actions, *self.dispatch(now, at)]

    def forget(self, call: Call) -> None:
        """The call is over for us."""
        self.calls.pop(call.call_id, None)
        self._by_channel.pop(call.channel_id, None)

    # --- agents' legs ---------------------------------------------------------------------------------------

    def leg_seen(self, channel: Channel) -> None:
        """A leg of an agent's phone rings, is rung or is up. The first one after an offer is the offer's."""
        agent = self.agents.get(channel.endpoint)
        if agent is None:
            return
        agent.legs[channel.channel_id] = channel.name
        call = self.calls.get(agent.call_id or "")
        if (
            call is not None
            and call.phase is Phase.OFFERED
            and call.agent == agent.extension
            and not call.agent_channel
        ):
            call.agent_channel = channel.channel_id

    def leg_up(self, channel: Channel, now: float, at: datetime) -> list[Action]:
        """An agent's leg was answered: the agent and the citizen talk."""
        agent = self.agents.get(channel.endpoint)
        if agent is None:
            return []
        agent.legs.setdefault(channel.channel_id, channel.name)
        call = self.calls.get(agent.call_id or "")
        if (
            call is not None
            and call.phase is Phase.OFFERED
            and call.agent == agent.extension
            and call.agent_channel in ("", channel.channel_id)
        ):
            call.agent_channel = channel.channel_id
            call.phase, call.answered, call.answered_at = Phase.TALKING, now, at
            if call.waited is None:
                call.waited = now - call.queued
            actions: list[Action] = [
                Record(
                    "OfferEnded",
                    call.call_id,
                    {"offer_id": call.offer_id, "agent": agent.extension, "result": "answered"},
                ),
                Record(
                    "CallAnswered",
                    call.call_id,
                    {"agent": agent.extension, "waited_seconds": round(call.waited, 3)},
                ),
            ]
            actions += self._set_state(agent, AgentState.ON_CALL, "", now, at)
            return [*actions, self.show_call(call)]
        if call is None and channel.account and agent.state is AgentState.AVAILABLE:
            # the last resort rang this agent: the books get it from CEL, the desk learns that there is a call
            agent.call_id = channel.account
            return self._set_state(agent, AgentState.ON_CALL, "last-resort", now, at)
        return []

    def leg_gone(self, channel: Channel, now: float, at: datetime) -> list[Action]:
        """An agent's leg ended."""
        agent = self.agents.get(channel.endpoint)
        if agent is None or agent.legs.pop(channel.channel_id, None) is None:
            return []
        call = self.calls.get(agent.call_id or "")
        if call is not None and call.agent_channel == channel.channel_id:
            if call.phase is Phase.OFFERED:
                return [Probe(call.call_id, call.channel_id)]
            if call.phase in (Phase.TALKING, Phase.CONSULTING, Phase.TRANSFERRING):
                return self._talk_ended(agent, call, now, at)
        if agent.state is AgentState.ON_CALL and agent.reason == "last-resort" and not agent.legs:
            return self._wrap_up(agent, None, now, at)
        return self.dispatch(now, at)

    def _talk_ended(self, agent: Agent, call: Call, now: float, at: datetime) -> list[Action]:
        talked = now - (call.answered if call.answered is not None else now)
        self._talks = [*self._talks[-_TALKS_REMEMBERED:], talked + self.wrap_up_seconds]
        actions: list[Action] = []
        if call.phase is Phase.CONSULTING and call.transfer is not None and call.transfer.phase == "talking":
            actions.append(self.transfer_ended(call, "picked-up", now))
            call.phase = Phase.ELSEWHERE
        elif call.phase is Phase.CONSULTING:
            # the phone went away while the department rang: the dialplan brings the citizen back (context consult, h)
            call.phase = Phase.TRANSFERRING
        actions.append(
            Record("TalkEnded", call.call_id, {"agent": agent.extension, "talked_seconds": round(talked, 3)})
        )
        call.agent_channel = ""
        if call.phase in (Phase.TALKING, Phase.ELSEWHERE):
            self.forget(call)
        return [*actions, *self._wrap_up(agent, call, now, at)]

    def _wrap_up(self, agent: Agent, call: Call | None, now: float, at: datetime) -> list[Action]:
        agent.last_call = call
        if self.wrap_up_seconds <= 0:
            agent.call_id = None
            return [*self._set_state(agent, AgentState.AVAILABLE, "", now, at), *self.dispatch(now, at)]
        actions = self._set_state(agent, AgentState.WRAP_UP, "", now, at)
        if call is not None:
            actions.append(Show(agent.extension, "call", call))
        return [*actions, *self.dispatch(now, at)]

    # --- agents' states -------------------------------------------------------------------------------------

    def set_roster(self, roster: Iterable[Agent], now: float, at: datetime) -> list[Action]:
        """Take the roster: new agents are logged out, known ones keep their state, absent ones leave when their call ends."""
        actions: list[Action] = []
        wanted = {agent.extension: agent for agent in roster}
        for extension, fresh in wanted.items():
            known = self.agents.setdefault(extension, fresh)
            known.name, known.languages, known.skills = fresh.name, fresh.languages, fresh.skills
        for extension in [
            extension
            for extension in self.agents
            if extension not in wanted and not self.agents[extension].legs
        ]:
            actions += self._set_state(self.agents[extension], AgentState.LOGGED_OUT, "removed", now, at)
            del self.agents[extension]
        return actions

    def registration(self, extension: str, registered: bool, now: float, at: datetime) -> list[Action]:
        """A phone came or went. Its agent stays signed in; a call is offered only to a registered phone."""
        agent = self.agents.get(extension)
        if agent is None or agent.registered == registered:
            return []
        agent.registered = registered
        return [self.show_state(agent), *(self.dispatch(now, at) if registered else [])]

    def _keyed(
        self, channel: Channel, extension: str, state: AgentState, now: float, at: datetime
    ) -> list[Action]:
        agent = self.agents.get(extension)
        if agent is None or channel.endpoint != extension:
            return []
        agent.registered = True
        return self.change_state(agent, state, "", now, at)

    def change_state(
        self, agent: Agent, state: AgentState, reason: str, now: float, at: datetime
    ) -> list[Action]:
        """What an agent (or supervisor) asks for. Nobody leaves a call by pressing a button here."""
        if agent.state in (AgentState.OFFERED, AgentState.ON_CALL):
            return []
        if state is AgentState.ON_BREAK and reason not in BREAK_REASONS:
            reason = "other"
        if agent.state is AgentState.WRAP_UP:
            agent.call_id = None
        return [*self._set_state(agent, state, reason, now, at), *self.dispatch(now, at)]

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

    # --- matching -------------------------------------------------------------------------------------------

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

    def offer_failed(self, call_id: str, offer_id: str, now: float, at: datetime) -> list[Action]:
        """The channel could not be sent to the agent: it has gone, or Asterisk is not answering."""
        call = self.calls.get(call_id)
        if call is None or call.offer_id != offer_id or call.phase is not Phase.OFFERED:
            return []
        return [Probe(call_id, call.channel_id, after_seconds=0.0)]

    # --- what desks see -------------------------------------------------------------------------------------

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
