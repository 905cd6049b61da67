"""What an agent asks for at the desk, as decisions of the ACD. Pure: the desk's JSON in, actions out.

An empty list means that this cannot be done now; the desk says so. Commands: docs/architecture.md, "Live stream".
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog

from ari_app import conferences, interpreters, sound_loss, supervision, transfers
from ari_app.acd import Acd
from ari_app.state import Action, Agent, AgentState
from centre120.resident_numbers import mask_resident_numbers

log = structlog.get_logger("desk")

LONGEST_SUMMARY = 2000

REFUSED = {
    "type": "refused",
    "text_ko": "지금은 할 수 없는 동작입니다.",
    "text_en": "This cannot be done right now.",
}

Signed = Callable[[str], Mapping[str, Any] | None]
"""What a transfer target's token stands for; None when the directory did not sign it."""


def decide(
    acd: Acd, agent: Agent, command: Mapping[str, Any], target: Signed, now: float, at: datetime
) -> list[Action]:
    """The actions that follow from one command of this agent's desk."""
    match command.get("do"):
        case "sign-in" | "available":
            return acd.change_state(agent, AgentState.AVAILABLE, "", now, at)
        case "sign-out":
            return acd.change_state(agent, AgentState.LOGGED_OUT, "", now, at)
        case "break":
            return acd.change_state(
                agent, AgentState.ON_BREAK, str(command.get("reason") or "other"), now, at
            )
        case "wrap-up-done" if agent.state is AgentState.WRAP_UP:
            return acd.change_state(agent, AgentState.AVAILABLE, "", now, at)
        case "blind-transfer" | "attended-transfer" as kind:
            return _transfer(acd, agent, kind.removesuffix("-transfer"), command, target, now)
        case "complete-transfer":
            return transfers.complete(acd, agent) or conferences.leave(acd, agent)
        case "cancel-transfer":
            return transfers.cancel(acd, agent, now) or (
                interpreters.cancel(acd, agent) or conferences.dismiss(acd, agent)
            )
        case "join-all":
            return conferences.join(acd, agent, now)
        case "help":
            return supervision.ask_help(acd, agent, now)
        case "phone-recover":
            return acd.recover(agent)
        case "promise-call-back":
            return sound_loss.promise_call_back(acd, agent)
        case "hang-up":
            return transfers.hang_up(acd, agent)
    return []


def _transfer(
    acd: Acd, agent: Agent, kind: str, command: Mapping[str, Any], signed: Signed, now: float
) -> list[Action]:
    value = signed(str(command.get("target") or ""))
    if value is None:
        log.warning("transfer target not signed by the directory", agent=agent.extension)
        return []
    target = transfers.Target(
        str(value["number"]),
        str(value.get("name") or ""),
        value.get("department_id"),
        value.get("official_id"),
    )
    # masked before it is cut: half a number is no number to the mask; and before the journal and the department's ear
    summary = mask_resident_numbers(str(command.get("summary") or "")[: LONGEST_SUMMARY * 2])[
        :LONGEST_SUMMARY
    ]
    return transfers.start(acd, agent, kind, target, summary, acd.department_ring_seconds, now)
