"""Agents: the legs of their phones, and the states they are in. Pure, on the worker's state (matching.py)."""

from collections.abc import Iterable
from datetime import datetime

from ari_app.events import Channel
from ari_app.matching import Matching
from ari_app.state import (
    BREAK_REASONS,
    Action,
    Agent,
    AgentState,
    Call,
    HangUp,
    Phase,
    Probe,
    Record,
    Show,
)

_TALKS_REMEMBERED = 50
_TALKED_REMEMBERED = 500
"""Calls whose talk has just ended: one comes back when it ended because the agent's phone went away."""


class Agents(Matching):
    """What agents' phones and agents themselves do."""

    def leg_seen(self, channel: Channel) -> None:
        """A leg of an agent's phone rings, is rung or is up. The first one after an offer is the offer's."""
        agent = self.agents.get(channel.endpoint)
        if agent is None:
            return
        agent.legs[channel.channel_id] = channel.name
        self.agent_changed(agent)
        call = self.calls.get(agent.call_id or "")
        if (
            call is not None
            and call.phase is Phase.OFFERED
            and call.agent == agent.extension
            and not call.agent_channel
            and channel.account == call.call_id
        ):
            call.agent_channel = channel.channel_id

    def leg_up(self, channel: Channel, now: float, at: datetime) -> list[Action]:
        """An agent's leg was answered: the agent and the citizen talk."""
        agent = self.agents.get(channel.endpoint)
        if agent is None:
            return []
        agent.legs.setdefault(channel.channel_id, channel.name)
        self.agent_changed(agent)
        call = self.calls.get(agent.call_id or "")
        if (
            call is not None
            and call.phase is Phase.OFFERED
            and call.agent == agent.extension
            and call.agent_channel in ("", channel.channel_id)
            and channel.account == call.call_id  # Dial hands it on; a leg without is the last resort's
        ):
            call.agent_channel, call.held = channel.channel_id, False
            call.phase = Phase.TALKING
            actions = self._answered(call, now, at)
            actions += self._set_state(agent, AgentState.ON_CALL, "", now, at)
            return [*actions, self.show_call(call)]
        others = call is None or (call.phase is Phase.OFFERED and channel.account != call.call_id)
        if others and channel.account and agent.state in (AgentState.AVAILABLE, AgentState.OFFERED):
            # the last resort rang this agent: the books get it from CEL, the desk learns that there is a call
            agent.call_id = channel.account
            actions = self._set_state(agent, AgentState.ON_CALL, "last-resort", now, at)
            return [*actions, *([Probe(call.call_id, call.channel_id)] if call is not None else [])]
        return []

    def leg_held(self, channel: Channel, held: bool) -> list[Action]:
        """The agent's phone put the citizen on hold, or took them back."""
        agent = self.agents.get(channel.endpoint)
        call = self.calls.get(agent.call_id or "") if agent is not None else None
        if call is None or call.agent_channel != channel.channel_id or call.held == held:
            return []
        call.held = held
        return [self.show_call(call)]

    def recover(self, agent: Agent) -> list[Action]:
        """The agent's page was loaded again in a talk: its leg is deaf and dumb. It goes, the citizen comes back here."""
        call = self.calls.get(agent.call_id or "")
        if call is None or call.phase is not Phase.TALKING or not call.agent_channel:
            return []
        call.recovering = True
        return [HangUp(call.agent_channel)]

    @staticmethod
    def _answered(call: Call, now: float, at: datetime) -> list[Action]:
        """The agent whom the call was offered to has answered."""
        call.answered, call.answered_at = now, at
        if call.waited is None:
            call.waited = now - call.queued
        ended = {"offer_id": call.offer_id, "agent": call.agent, "result": "answered"}
        answered = {"agent": call.agent, "waited_seconds": round(call.waited, 3)}
        return [
            Record("OfferEnded", call.call_id, ended),
            Record("CallAnswered", call.call_id, answered),
        ]

    def leg_gone(self, channel: Channel, now: float, at: datetime) -> list[Action]:
        """An agent's leg ended."""
        agent = self.agents.get(channel.endpoint)
        if agent is None or agent.legs.pop(channel.channel_id, None) is None:
            return []
        self.agent_changed(agent)
        call = self.calls.get(agent.call_id or "")
        if call is not None and call.agent_channel == channel.channel_id:
            if call.phase is Phase.OFFERED:
                return [Probe(call.call_id, call.channel_id)]
            if call.phase in (Phase.TALKING, Phase.CONSULTING, Phase.TRANSFERRING, Phase.CONFERENCE):
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
        elif call.phase is Phase.CONFERENCE:
            conference = call.conference
            if conference is not None and conference.phase == "ringing":
                fields = {"interpretation_id": conference.key, "result": "cancelled"}
                actions += [Record("InterpreterEnded", call.call_id, fields), HangUp(conference.dialling)]
            else:
                actions += self.conference_ended(call, "agent", now)
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
            self.talked[call.call_id] = call
            while len(self.talked) > _TALKED_REMEMBERED:
                self.talked.pop(next(iter(self.talked)))
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
            self.agent_changed(self.agents.pop(extension))
        self.everything_changed()
        return actions

    def registration(self, extension: str, registered: bool, now: float, at: datetime) -> list[Action]:
        """A phone came or went. Its agent stays signed in; a call is offered only to a registered phone."""
        agent = self.agents.get(extension)
        if agent is None or agent.registered == registered:
            return []
        agent.registered = registered
        self.agent_changed(agent)
        return [self.show_state(agent), *(self.dispatch(now, at) if registered else [])]

    def _keyed(
        self, channel: Channel, extension: str, state: AgentState, now: float, at: datetime
    ) -> list[Action]:
        agent = self.agents.get(extension)
        if agent is None or channel.endpoint != extension:
            return []
        agent.registered = True
        self.agent_changed(agent)
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
