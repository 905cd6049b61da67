"""The ACD: events in, actions out. Owns waiting calls and agents' states; decides nothing about order (queue_policy does).

No clock and no I/O: `now` is monotonic seconds, `at` the same moment in UTC. An event about a channel, call or agent we
do not know changes nothing: Asterisk repeats and reorders, and a restart forgets. Talking calls need nobody here.
"""

from datetime import datetime

from ari_app import held_calls
from ari_app.agents import Agents
from ari_app.events import Channel
from ari_app.reconcile import Found
from ari_app.state import (
    Action,
    AgentState,
    Call,
    Claim,
    Continue,
    Phase,
    PlayMusic,
    Probe,
    Record,
    Renew,
    Silence,
)
from centre120 import names
from centre120.caller_id import caller_name, caller_number

OFFER_RESULTS = {
    "NOANSWER": "no-answer",
    "BUSY": "busy",
    "CONGESTION": "unreachable",
    "CHANUNAVAIL": "unreachable",
    "CANCEL": "citizen-gone",
    "DONTCALL": "refused",
    "TAKEN": "busy",
    "TORTURE": "refused",
    "INVALIDARGS": "unreachable",
}

_RING_OVER_SECONDS = 5.0


class Acd(Agents):
    """What citizens do: they come, wait, press keys, come back, hang up; and what a restart finds."""

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
            case (names.STASIS_LOST, call_id, extension):
                return self._lost_agent(channel, call_id, extension, now, at)
            case (names.STASIS_HELD, text):
                return self._take_held(channel, text, now, at)
            case (names.STASIS_MOVED,):
                return []  # taken over from another worker: what becomes of it, `adopt` says
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
            actions.append(Record("CallQueued", call_id, held_calls.fields(call)))
        elif call.language != language:
            call.language = language
            actions.append(Record("CallLanguageChanged", call_id, {"language": language}))
        call.channel_id, call.channel_name = channel.channel_id, channel.name
        call.phase, call.admitted, call.next_announcement = Phase.WAITING, now, now
        call.announcing, call.music = "", False
        self._by_channel[channel.channel_id] = call_id
        self.call_changed(call)
        return [*actions, *self.dispatch(now, at)]

    def _take_held(self, channel: Channel, text: str, now: float, at: datetime) -> list[Action]:
        """A standby gives back a call that it took while we were silent: it keeps its case and its place."""
        call = held_calls.parse(text, now, at)
        if call is None:
            return [Continue(channel.channel_id, names.CTX_QUEUE, "again")]
        known = self.calls.setdefault(call.call_id, call)
        known.admitted = now
        self._wait_again(known, channel, now)
        return [Renew(channel.channel_id), PlayMusic(channel.channel_id), *self.dispatch(now, at)]

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
            self.agent_changed(agent)
            # TAKEN: Asterisk knew better, another citizen is with this agent; no fault of the agent's
            state = AgentState.AVAILABLE if status == "TAKEN" else AgentState.NOT_AVAILABLE
            actions += self._set_state(agent, state, result, now, at)
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
        agent = self.agents.get(extension)
        if agent is not None and agent.state is AgentState.ON_CALL and agent.call_id == call_id:
            # the end of the agent's leg is told a moment later than the citizen's return
            talked = round(now - (call.answered if call.answered is not None else now), 3)
            actions.append(Record("TalkEnded", call_id, {"agent": extension, "talked_seconds": talked}))
        call.returned_reason = result
        call.admitted = now
        call.reserved_for = extension
        call.tried.discard(extension)
        actions.append(Record("CallReturned", call_id, {"agent": extension, "reason": result}))
        self._wait_again(call, channel, now)
        on_it = agent is not None and agent.call_id == call_id
        if agent is not None and on_it and agent.state in (AgentState.WRAP_UP, AgentState.ON_CALL):
            agent.call_id = None
            actions += self._set_state(agent, AgentState.AVAILABLE, "returned", now, at)
        return [*actions, *self.dispatch(now, at)]

    def _lost_agent(
        self, channel: Channel, call_id: str, extension: str, now: float, at: datetime
    ) -> list[Action]:
        """The agent's phone went away under the talk: the citizen is first in line, for anybody else; or for the same
        agent, whose page was only loaded again."""
        call = self.calls.get(call_id) or self.talked.get(call_id)
        if call is None:
            return [Continue(channel.channel_id, names.CTX_QUEUE, "again")]
        self.calls[call_id] = call
        again, call.recovering = call.recovering, False
        call.returned_reason, call.admitted = "agent-lost", now
        call.reserved_for, call.tried = (extension, set()) if again else (None, {extension})
        actions: list[Action] = [
            Record("CallReturned", call_id, {"agent": extension, "reason": "agent-lost"})
        ]
        self._wait_again(call, channel, now)
        agent = self.agents.get(extension)
        if agent is not None and agent.state in (AgentState.WRAP_UP, AgentState.AVAILABLE):
            agent.call_id = None
            state, why = (
                (AgentState.AVAILABLE, "returned") if again else (AgentState.NOT_AVAILABLE, "phone-lost")
            )
            actions += self._set_state(agent, state, why, now, at)
        return [*actions, *self.dispatch(now, at)]

    def _wait_again(self, call: Call, channel: Channel, now: float) -> None:
        call.phase, call.agent, call.agent_channel, call.offer_id = Phase.WAITING, None, "", ""
        call.channel_id, call.channel_name = channel.channel_id, channel.name
        call.announcing, call.music, call.next_announcement = "", False, now + 5
        self._by_channel[channel.channel_id] = call.call_id
        self.call_changed(call)

    def left(self, channel: Channel, now: float, at: datetime) -> list[Action]:
        """A channel left Stasis without our sending it: hung up, or its lease ran out while we were frozen."""
        call = self.calls.get(self._by_channel.get(channel.channel_id, ""))
        if call is None or call.phase is not Phase.WAITING:
            return []
        call.phase = Phase.ELSEWHERE
        self.call_changed(call)
        return [Probe(call.call_id, channel.channel_id, after_seconds=0.05)]

    def channel_probed(self, call_id: str, alive: bool, now: float, at: datetime) -> list[Action]:
        """The answer to a Probe. Gone: the citizen hung up before an agent answered. Alive elsewhere: the last resort's."""
        call = self.calls.get(call_id)
        if call is None or call.phase not in (Phase.ELSEWHERE, Phase.OFFERED):
            return []
        if alive:
            return self._still_there(call, now, at)
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

    def _still_there(self, call: Call, now: float, at: datetime) -> list[Action]:
        if call.phase is Phase.ELSEWHERE:
            return [Record("CallToFallback", call.call_id, {"reason": "lease"})]
        agent = self.agents.get(call.agent or "")
        rings = agent is not None and agent.call_id == call.call_id and agent.legs
        if now - call.offered < self.ring_seconds + _RING_OVER_SECONDS or rings:
            return [Probe(call.call_id, call.channel_id)]
        # no phone rang and the citizen did not come back to us: Asterisk has them, the agent is not held for them
        call.phase = Phase.ELSEWHERE
        if agent is None or agent.call_id != call.call_id:
            return []
        agent.call_id = None
        return [
            *self._set_state(agent, AgentState.AVAILABLE, "reconciled", now, at),
            *self.dispatch(now, at),
        ]

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
            self.call_changed(call)
            return [*self._silence(call), Continue(channel.channel_id, names.CTX_QUEUE_KEYS, "9")]
        return []

    def playback_ended(self, playback_id: str, channel_id: str, now: float) -> list[Action]:
        """After an announcement the music goes on."""
        call = self.calls.get(self._by_channel.get(channel_id, ""))
        if call is None or call.phase is not Phase.WAITING or call.announcing != playback_id:
            return []
        return self._announced(call)

    def adopt(self, found: Found, now: float, at: datetime) -> list[Action]:
        """Take over what `reconcile` found: waiting calls keep their place, talking ones their agent, strangers ask again."""
        actions: list[Action] = []
        for call in found.calls:
            self.calls[call.call_id] = call
            self._by_channel[call.channel_id] = call.call_id
            agent = self.agents.get(call.agent or "")
            if call.phase is Phase.WAITING:
                # a sentence may be on: ended first, because Asterisk does one thing at a time on a channel
                last, call.announcing = call.announcing, ""
                call.admitted, call.next_announcement = now, now
                actions += [Silence(last)] if last else []
                actions.append(Renew(call.channel_id))
            elif (
                agent is not None
                and agent.call_id == call.call_id
                and call.phase in (Phase.TALKING, Phase.OFFERED)
            ):
                if call.phase is Phase.TALKING and call.answered is None:
                    actions += self._answered(call, now, at)
                state = AgentState.ON_CALL if call.phase is Phase.TALKING else AgentState.OFFERED
                if agent.state is not state:
                    actions += self._set_state(agent, state, "", now, at)
                if call.phase is Phase.OFFERED and not agent.legs:
                    actions.append(Probe(call.call_id, call.channel_id))
        for call in found.ended:
            actions.append(self._ended_unseen(call, now))
            self.forget(call)
        for call in found.cut:
            actions.append(
                Record("CallCut", call.call_id, {"reason": "channel not found after reconnecting"})
            )
            self.forget(call)
        offered = {call.agent for call in found.calls if call.phase is Phase.OFFERED}
        for agent in self.agents.values():
            if (
                agent.state in (AgentState.OFFERED, AgentState.ON_CALL)
                and not agent.legs
                and agent.extension not in offered
            ):
                agent.call_id = None
                actions += self._set_state(agent, AgentState.AVAILABLE, "reconciled", now, at)
        actions += [Continue(channel_id, names.CTX_QUEUE, "again") for channel_id in found.strangers]
        self.everything_changed()
        return [*actions, *self.dispatch(now, at)]

    @staticmethod
    def _ended_unseen(call: Call, now: float) -> Record:
        """What became of a call that is gone, while Asterisk lived on: who had met an agent talked, who had not gave up."""
        if call.answered is not None:
            talked = {"agent": call.agent, "talked_seconds": round(now - call.answered, 3)}
            return Record("TalkEnded", call.call_id, talked)
        return Record("CallAbandoned", call.call_id, {"waited_seconds": round(now - call.queued, 3)})

    def offer_failed(self, call_id: str, offer_id: str, now: float, at: datetime) -> list[Action]:
        """The channel could not be sent to the agent: it has gone, or Asterisk is not answering."""
        call = self.calls.get(call_id)
        if call is None or call.offer_id != offer_id or call.phase is not Phase.OFFERED:
            return []
        return [Probe(call_id, call.channel_id, after_seconds=0.0)]
