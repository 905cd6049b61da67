"""A stamp says which answer a citizen was told: only the call's agent makes one, and only of what `web` signed."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from ari_app.journal_head import Head
from ari_app.state import Agent, AgentState
from ari_app.told import record_of
from centre120.told import TellableEntry, told_of
from centre120.witnesses import JournalRecord

CALL, STAMP = str(UUID(int=1)), str(UUID(int=2))
ENTRY = TellableEntry(7, 3, "A1", "수도 요금", "조례 제5조", 4, None, "")
COMMAND = {"do": "told", "told_id": STAMP, "call_id": CALL}
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def agent(state: AgentState = AgentState.ON_CALL, call_id: str | None = CALL) -> Agent:
    return Agent("201", "김민지", frozenset({"ko"}), frozenset(), state=state, call_id=call_id)


@pytest.mark.parametrize("state", [AgentState.ON_CALL, AgentState.WRAP_UP])
def test_stamp_of_the_call_at_hand_goes_into_the_journal_and_comes_back_whole(state: AgentState) -> None:
    record = record_of(agent(state), COMMAND, ENTRY.as_json())
    assert record is not None
    read = told_of(JournalRecord("ari_app-1", 1, AT, record.kind, UUID(record.call_id), record.fields))
    assert read is not None
    assert (str(read.told_id), str(read.call_id), read.at, read.agent) == (STAMP, CALL, AT, "201")
    assert read.entry == ENTRY


@pytest.mark.parametrize(
    ("who", "command", "signed"),
    [
        pytest.param(agent(call_id=str(UUID(int=9))), COMMAND, ENTRY.as_json(), id="another call"),
        pytest.param(agent(AgentState.OFFERED), COMMAND, ENTRY.as_json(), id="not answered yet"),
        pytest.param(agent(AgentState.AVAILABLE, None), COMMAND | {"call_id": None}, ENTRY.as_json(), id="none"),
        pytest.param(agent(), COMMAND, None, id="not signed"),
        pytest.param(agent(), COMMAND, ENTRY.as_json() | {"version": "3"}, id="version is text"),
        pytest.param(agent(), COMMAND, ENTRY.as_json() | {"entry_id": 2**63}, id="id is no bigint"),
        pytest.param(agent(), COMMAND | {"told_id": ["x"]}, ENTRY.as_json(), id="no stamp id"),
        pytest.param(agent(), COMMAND | {"told_id": "1" * 36}, ENTRY.as_json(), id="stamp id is no UUID"),
    ],
)  # fmt: skip
def test_what_is_no_stamp_of_this_agents_call_is_not_journalled(
    who: Agent, command: dict[str, Any], signed: object
) -> None:
    assert record_of(who, command, signed) is None


def test_stamp_after_the_end_of_a_call_does_not_open_it_again_in_the_next_part() -> None:
    head = Head()
    said: dict[str, Any] = {"call_id": CALL, "at": AT.isoformat()}
    for seq, kind in enumerate(("CallQueued", "TalkEnded", "AnswerTold"), 1):
        head.take({**said, "seq": seq, "kind": kind}, b"%d\n" % seq)
    assert head.lines(AT) == []
