"""A talk in which one side cannot be heard: told to the agent and kept on record. It ends nothing. Pure, on the ACD's state.

Only a person can ask "do you hear me?"; who gets no answer promises a call-back with one key.
"""

from collections.abc import Mapping
from typing import Final

from ari_app.acd import Acd
from ari_app.state import Action, Agent, AgentState, Call, Phase, Record
from centre120.sound_watch import Ear, cut_name, silent

CITIZEN: Final = "citizen"
AGENT: Final = "agent"


def talks(acd: Acd) -> list[tuple[Call, str, str]]:
    """Calls whose both legs should be heard now; the citizen's and the agent's leg by the names of the counters."""
    found = []
    for call in acd.calls.values():
        agent = acd.agents.get(call.agent or "")
        if call.phase is Phase.TALKING and not call.held and agent is not None:
            leg = agent.legs.get(call.agent_channel)
            if leg:
                found.append((call, cut_name(call.channel_name), cut_name(leg)))
    return found


def judged(acd: Acd, ears: Mapping[str, Ear], now: float, seconds: float) -> list[Action]:
    """What has changed: a side of which nothing came for `seconds`, or that is heard again."""
    actions: list[Action] = []
    for call, citizens, agents in talks(acd):
        side = ""
        if silent(ears.get(citizens), now, seconds):
            side = CITIZEN
        elif silent(ears.get(agents), now, seconds):
            side = AGENT
        if side == call.not_heard:
            continue
        fields = {"agent": call.agent, "side": side or call.not_heard}
        call.not_heard = side
        lost, back = Record("SoundLost", call.call_id, fields), Record("SoundBack", call.call_id, fields)
        actions += [lost if side else back, acd.show_call(call)]
    return actions


def promise_call_back(acd: Acd, agent: Agent) -> list[Action]:
    """The agent promises to call this citizen back: in the talk or in the wrap-up after it, once, to a number that is known."""
    call = acd.calls.get(agent.call_id or "")
    if call is None and agent.state is AgentState.WRAP_UP:
        call = agent.last_call
    if call is None or call.agent != agent.extension or call.call_back_promised or not call.caller_number:
        return []
    call.call_back_promised = True
    fields = {"agent": agent.extension, "number": call.caller_number}
    return [Record("CallbackPromised", call.call_id, fields), acd.show_call(call)]
