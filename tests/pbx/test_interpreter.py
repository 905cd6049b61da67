"""An interpreter for a talk that goes on: partners rung in order, three in one room, each with a tone of its own."""

import json
import signal
from typing import Any

import pytest

from phones import incoming, tones
from phones.call import Call
from tests.pbx.conftest import AGENT_TONE, Talk
from tests.support.centre import Centre, until

pytestmark = pytest.mark.timeout(120)
FIRST, SECOND = "0277001001", "0277001002"


@pytest.fixture(autouse=True)
async def partners(centre: Centre) -> None:
    """Two lines for Mongolian: the first rings for 2 s."""
    roster = json.loads(centre.settings.roster_file.read_text(encoding="utf-8"))
    roster["interpreters"] = [
        {"language": "mn", "name": "BBB mn 1", "number": FIRST, "ring_seconds": 2},
        {"language": "mn", "name": "BBB mn 2", "number": SECOND, "ring_seconds": 15},
    ]
    centre.settings.roster_file.write_text(json.dumps(roster), encoding="utf-8")


async def asked(talk: Talk, policy: incoming.Policy = incoming.NEVER_ANSWER) -> Any:
    """The carrier, with an interpreter asked for."""
    carrier = await talk.room.carrier(policy)
    await until(lambda: talk.desk.of("state")[-1]["interpreters"] == ["mn"], 10, "the desk knows the lines")
    await talk.desk.do("interpreter", language="mn")
    return carrier


async def hears(leg: Call, *parties: int) -> None:
    for party in parties:
        await leg.heard(party, within=10)


def last(centre: Centre, kind: str) -> dict[str, Any]:
    return (centre.journal(kind) or [{}])[-1]


async def test_the_second_partner_comes_when_the_first_does_not_answer_and_the_agent_may_leave(
    centre: Centre, talk: Talk
) -> None:
    carrier = await asked(talk)
    first = await carrier.incoming_call(10)
    assert first.dialled_number == FIRST
    await hears(talk.citizen, AGENT_TONE)  # nobody is put on hold for it
    await hears(talk.leg, tones.CITIZEN)
    second = await carrier.incoming_call(10)
    assert second.dialled_number == SECOND and talk.desk.phase() == "conference"
    await first.ended(5)
    await second.answer()
    await hears(second, tones.CITIZEN, AGENT_TONE)
    await hears(talk.citizen, tones.DEPARTMENT, AGENT_TONE)
    await hears(talk.leg, tones.DEPARTMENT, tones.CITIZEN)
    key = last(centre, "InterpreterAsked")["interpretation_id"]
    await until(lambda: last(centre, "InterpreterSpoke").get("interpretation_id") == key, 5, "the first word")
    await talk.desk.do("complete-transfer")
    await talk.leg.ended(5)
    await hears(talk.citizen, tones.DEPARTMENT)
    await hears(second, tones.CITIZEN)
    await second.hangup()
    await talk.citizen.ended(5)


async def test_nobody_answers_and_the_talk_goes_on(centre: Centre, talk: Talk) -> None:
    await asked(talk, incoming.reject(486))
    await until(lambda: talk.desk.of("call")[-1]["call"]["returned_reason"] == "no-interpreter", 15, "said")
    assert talk.desk.phase() == "talking"
    await until(lambda: last(centre, "InterpreterEnded").get("result") == "no-answer", 5, "on record")
    await hears(talk.citizen, AGENT_TONE)
    await hears(talk.leg, tones.CITIZEN)
    await talk.leg.hangup()
    await talk.citizen.ended(5)


@pytest.mark.parametrize("who", ["citizen", "agent"])
async def test_whoever_hangs_up_while_a_partner_rings_ends_it_for_all(
    centre: Centre, talk: Talk, who: str
) -> None:
    carrier = await asked(talk)
    partner = await carrier.incoming_call(10)
    await (talk.citizen if who == "citizen" else talk.leg).hangup()
    await (talk.leg if who == "citizen" else talk.citizen).ended(6)
    await partner.ended(6)


async def test_the_partners_are_rung_in_order_without_any_program(centre: Centre, talk: Talk) -> None:
    carrier = await asked(talk)
    first = await carrier.incoming_call(10)
    centre.signal("ari_app", signal.SIGSTOP)
    try:
        second = await carrier.incoming_call(10)
        await second.answer()
        await hears(second, tones.CITIZEN, AGENT_TONE)
        await first.ended(5)
        await second.hangup()
        await hears(talk.citizen, AGENT_TONE)
        await talk.citizen.hangup()
        await talk.leg.ended(5)
    finally:
        centre.signal("ari_app", signal.SIGCONT)
    await until(lambda: centre.health().get("ready"), 20, "the worker is back")


async def test_an_interpreter_is_sent_away_again_and_another_language_is_refused(
    centre: Centre, talk: Talk
) -> None:
    await until(lambda: talk.desk.of("state")[-1]["interpreters"] == ["mn"], 10, "the desk knows the lines")
    await talk.desk.do("interpreter", language="fr")
    await until(lambda: talk.desk.of("refused"), 3, "no line for French")
    carrier = await asked(talk, incoming.answer(0.1))
    partner = await carrier.incoming_call(10)
    await hears(talk.citizen, tones.DEPARTMENT)
    await until(lambda: talk.desk.of("call")[-1]["call"]["conference"]["phase"] == "talking", 5, "shown")
    await talk.desk.do("cancel-transfer")
    await partner.ended(5)
    await until(lambda: talk.desk.phase() == "talking", 5, "two again")
    await hears(talk.citizen, AGENT_TONE)
    await talk.citizen.hangup()
    await talk.leg.ended(5)
