"""Stamps come by the journal and by `web`, in any order and as often as they like: each is one row."""

from typing import Any
from uuid import UUID

from centre120.settings import Settings
from centre120.store.answers_told import list_told_on_call, list_told_on_case, record_told
from centre120.store.cases import find_case_of_call
from centre120.store.database import Database
from centre120.told import TellableEntry, Told
from ops.recorder.recorder import Recorder
from tests.support.calls import CALL, START, Story, answered
from tests.support.recorder import count, drain, write

ENTRY = TellableEntry(7, 1, "A1", "수도 요금", "조례 제5조", 4, 9, "홍길동 주무관")


def stamped(story: Story, number: int, **more: Any) -> Story:
    told = {"told_id": str(UUID(int=number)), "agent": "201", **ENTRY.as_json()}
    return story.record(30 + number, "AnswerTold", **(told | more))


def test_stamp_of_the_journal_is_one_row_though_the_desk_brought_it_to_web_too(
    ours: Settings, fresh: Database
) -> None:
    story = answered(Story())
    stamped(story, 1)
    stamped(story, 1)  # the desk sent it again after a broken connection
    stamped(story, 2, version=2)
    stamped(story, 3, told_id="nonsense")
    stamped(story, 4, entry_id={"a": 1})
    write(ours, story)
    early = Told(UUID(int=2), CALL, START, "201", TellableEntry(**(ENTRY.as_json() | {"version": 2})))
    with fresh.transaction() as tx:
        record_told(tx, [early, early])
    drain(Recorder(ours, fresh))
    drain(Recorder(ours, fresh))
    with fresh.transaction() as tx:
        told = list_told_on_call(tx, CALL)
        case = find_case_of_call(tx, CALL)
        assert case and list_told_on_case(tx, case.case_id) == told
    assert [(one.entry.version, one.agent) for one in told] == [(2, "201"), (1, "201")]
    assert told[1].entry == ENTRY
    assert count(fresh, "answers_told") == 2 and count(fresh, "rejected_lines") == 0
    assert count(fresh, "calls") == 1
