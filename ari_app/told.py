"""An agent's desk says that the citizen was told an answer: the journal keeps it. Pure: the desk's JSON in, a record out."""

from collections.abc import Mapping
from typing import Any

from ari_app.state import Agent, AgentState, Record
from centre120.told import entry_of, uuid_of


def record_of(agent: Agent, command: Mapping[str, Any], signed: object) -> Record | None:
    """The record to keep; None when this is not the agent's call, or `web` did not sign the answer: then the desk
    goes to `web`, which knows earlier calls too."""
    entry, told_id, call_id = entry_of(signed), uuid_of(command.get("told_id")), command.get("call_id")
    speaks = agent.state in (AgentState.ON_CALL, AgentState.WRAP_UP) and agent.call_id == call_id
    if entry is None or told_id is None or not speaks:
        return None
    fields = {"told_id": str(told_id), "agent": agent.extension, **entry.as_json()}
    return Record("AnswerTold", agent.call_id, fields)
