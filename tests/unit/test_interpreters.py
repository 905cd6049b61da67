"""Asking for an interpreter, as a reducer, and the interpreter clock from what the witnesses wrote. No Asterisk."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from ari_app import conferences, interpreters
from ari_app.roster import Partner, parse_partners
from ari_app.state import Call, HangUp, Phase, Record, StartInterpreter, Watch
from centre120.interpretations import interpretations
from centre120.witnesses import CelEvent, JournalRecord
from tests.support.acd import START, Centre, channel, of, records

LINES = {"mn": (Partner("one", "0277001001", 20), Partner("two", "0277001002", 15))}


def asked(centre: Centre) -> Call:
    call = centre.talking()
    actions = interpreters.ask(centre.acd, centre.acd.agents["201"], "mn", LINES, centre.now)
    assert records(actions) == ["InterpreterAsked"] and of(actions, StartInterpreter)
    return call


def dialled(centre: Centre, call: Call, status: str, peer: str = "p1") -> list[Any]:
    assert call.conference is not None
    ours = channel(call.conference.dialling, "Local/s@interpreter-1;2")
    return interpreters.dialled(
        centre.acd, ours, channel(peer, "PJSIP/trunk_a-9"), status, centre.later(4).now
    )


def test_no_interpreter_without_a_talk_or_without_a_line() -> None:
    centre = Centre("201")
    agent = centre.acd.agents["201"]
    assert interpreters.ask(centre.acd, agent, "mn", LINES, centre.now) == []
    centre.talking()
    assert interpreters.ask(centre.acd, agent, "fr", LINES, centre.now) == []


def test_the_second_partner_answers_and_the_first_word_is_written_once() -> None:
    centre = Centre("201")
    call = asked(centre)
    assert of(dialled(centre, call, ""), Watch)
    assert dialled(centre, call, "NOANSWER") == []
    dialled(centre, call, "", "p2")
    assert records(dialled(centre, call, "ANSWER", "p2")) == ["InterpreterAnswered"]
    assert not interpreters.ringing(centre.acd)
    assert interpreters.spoke(centre.acd, channel("p1", "PJSIP/trunk_a-9"), centre.at) == []
    said = interpreters.spoke(centre.acd, channel("p2", "PJSIP/trunk_a-10"), centre.at)
    assert of(said, Record)[0].fields["since_queued_seconds"] == 16.0
    assert interpreters.spoke(centre.acd, channel("p2", "PJSIP/trunk_a-10"), centre.at) == []
    left = conferences.gone(centre.acd, channel("p2", "PJSIP/trunk_a-10"), centre.now)
    assert of(left, Record)[0].fields["first_left"] == "interpreter" and call.phase is Phase.TALKING


def test_nobody_comes_and_the_talk_is_as_before() -> None:
    centre = Centre("201")
    call = asked(centre)
    assert call.conference is not None
    ended = interpreters.gone(centre.acd, channel(call.conference.dialling, "Local/x;2"), centre.now)
    assert records(ended) == ["InterpreterEnded"]
    assert (call.phase, call.returned_reason, call.conference) == (Phase.TALKING, "no-interpreter", None)
    assert interpreters.ask(centre.acd, centre.acd.agents["201"], "mn", LINES, centre.now)


@pytest.mark.parametrize("who", ["citizen", "agent", "cancelled"])
def test_whoever_ends_it_while_a_partner_rings_stops_the_ringing(who: str) -> None:
    centre = Centre("201")
    call = asked(centre)
    assert call.conference is not None
    dialling = call.conference.dialling
    if who == "citizen":
        actions = interpreters.gone(centre.acd, channel("ch-c1", "PJSIP/trunk_a-1"), centre.now)
    elif who == "agent":
        actions = centre.hangs_up()
    else:
        actions = interpreters.cancel(centre.acd, centre.acd.agents["201"])
    assert "InterpreterEnded" in records(actions) and HangUp(dialling) in of(actions, HangUp)
    assert not centre.acd.conferences


def test_an_end_that_was_never_told_is_assumed_when_all_have_had_their_time() -> None:
    centre = Centre("201")
    call = asked(centre)
    assert interpreters.overdue(centre.acd, centre.later(79).now) == []
    assert records(interpreters.overdue(centre.acd, centre.later(2).now)) == ["InterpreterEnded"]
    assert call.phase is Phase.TALKING


def test_partner_lines_that_are_no_digits_are_refused() -> None:
    with pytest.raises(ValueError, match="not digits"):
        parse_partners('{"interpreters":[{"language":"mn","name":"x","number":"1&2","ring_seconds":5}]}')
    assert parse_partners('{"agents":[]}') == {}


# --- the clock ------------------------------------------------------------------------------------------------

CALL = uuid4()


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def cel(seconds: float, name: str, extra: str) -> CelEvent:
    return CelEvent(at(seconds), "USER_DEFINED", name, extra=extra, uniqueid="c", linkedid="c")


def said(seconds: float, kind: str, **fields: Any) -> JournalRecord:
    return JournalRecord(
        "ari_app-1", int(seconds), at(seconds), kind, CALL, {"interpretation_id": "i", **fields}
    )


ASKED = said(30, "InterpreterAsked", agent="201", language="mn", partners=["0277001001", "0277001002"])
DIALLED = [
    cel(50, "CENTRE_INTERPRETER_RESULT", "interpretation=i;target=0277001001;result=NOANSWER"),
    cel(58, "CENTRE_INTERPRETER_RESULT", "interpretation=i;target=0277001002;result=ANSWER"),
]


@pytest.mark.parametrize(
    ("keys", "spoke", "seconds"),
    [
        ([cel(3, "CENTRE_MENU_KEY", "9"), cel(6, "CENTRE_LANGUAGE_CHOSEN", "mn")], True, 57.0),
        ([cel(6, "CENTRE_LANGUAGE_CHOSEN", "mn")], True, 54.0),
        ([cel(3, "CENTRE_MENU_KEY", "0")], True, 50.0),
        ([cel(3, "CENTRE_MENU_KEY", "9")], False, 55.0),
    ],
    ids=["from the 9", "from the language", "no key: from the queue", "word not heard: until joined"],
)
def test_the_clock_runs_from_the_first_key_to_the_first_word(
    keys: list[CelEvent], spoke: bool, seconds: float
) -> None:
    own = [ASKED, said(58, "InterpreterAnswered"), *([said(60, "InterpreterSpoke")] if spoke else [])]
    (found,) = interpretations([*keys, *DIALLED], own, at(10))
    assert (found.clock_seconds, found.number, found.tried, found.result) == (
        seconds, "0277001002", 1, "joined",
    )  # fmt: skip


def test_nobody_came() -> None:
    (found,) = interpretations(DIALLED[:1], [ASKED, said(70, "InterpreterEnded", result="no-answer")], at(10))
    assert (found.result, found.clock_seconds, found.tried) == ("no-answer", None, 1)
