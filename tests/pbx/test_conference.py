"""Agent, citizen and department in one room, each with a tone: who hears whom, and nobody left alone whoever goes first."""

import signal
from typing import Any

import pytest

from phones import incoming, tones
from phones.call import Call
from tests.pbx.conftest import AGENT_TONE, Talk
from tests.support.centre import Centre, until

pytestmark = pytest.mark.timeout(120)


async def hears(leg: Call, *parties: int) -> None:
    for party in parties:
        await leg.heard(party, within=10)


async def all_three(talk: Talk) -> Any:
    """The department's leg, in the room with citizen and agent: each hears the other two."""
    carrier = await talk.room.carrier(incoming.answer(0.1))
    await talk.desk.do("attended-transfer", target=talk.desk.target("0270001234"))
    department = await carrier.incoming_call(8)
    await talk.leg.heard(tones.DEPARTMENT, within=10)
    await until(
        lambda: ((talk.desk.of("call")[-1]["call"] or {}).get("transfer") or {}).get("phase") == "talking",
        5,
        "the desk shows that the department talks",
    )
    await talk.desk.do("join-all")
    await hears(talk.citizen, tones.DEPARTMENT, AGENT_TONE)
    await hears(talk.leg, tones.DEPARTMENT, tones.CITIZEN)
    await hears(department, tones.CITIZEN, AGENT_TONE)
    return department


async def test_the_agent_leaves_and_citizen_and_department_go_on(centre: Centre, talk: Talk) -> None:
    department = await all_three(talk)
    await until(lambda: talk.desk.phase() == "conference", 5, "the desk shows the conference")
    ended = [record for record in centre.journal("TransferEnded")][-1]
    assert ended["result"] == "picked-up"
    await talk.desk.do("complete-transfer")
    await talk.leg.ended(5)
    await until(lambda: talk.desk.phase() in ("wrap-up", None), 5, "the agent is free of the call")
    await talk.citizen.not_heard(AGENT_TONE, within=5)
    await talk.citizen.heard(tones.DEPARTMENT, within=5)
    await department.heard(tones.CITIZEN, within=5)
    assert centre.journal("ConferenceEnded")[-1]["first_left"] == "agent"
    await department.hangup()
    await talk.citizen.ended(5)


async def test_the_department_leaves_and_agent_and_citizen_go_on(centre: Centre, talk: Talk) -> None:
    department = await all_three(talk)
    await talk.desk.do("cancel-transfer")
    await department.ended(5)
    await until(lambda: talk.desk.phase() == "talking", 5, "the desk shows the citizen alone")
    await talk.citizen.heard(AGENT_TONE, within=5)
    await talk.leg.heard(tones.CITIZEN, within=5)
    assert centre.journal("ConferenceEnded")[-1]["first_left"] == "department"
    await talk.citizen.hangup()
    await talk.leg.ended(5)


async def test_the_citizen_leaves_and_the_last_of_the_others_is_let_go(centre: Centre, talk: Talk) -> None:
    department = await all_three(talk)
    await talk.citizen.hangup()
    await talk.leg.heard(tones.DEPARTMENT, within=5)
    await until(lambda: centre.journal("ConferenceEnded")[-1]["first_left"] == "citizen", 5, "on record")
    await department.hangup()
    await talk.leg.ended(5)


async def test_the_conference_lives_without_any_program(centre: Centre, talk: Talk) -> None:
    department = await all_three(talk)
    centre.signal("ari_app", signal.SIGSTOP)
    try:
        await talk.leg.hangup()
        await talk.citizen.not_heard(AGENT_TONE, within=5)
        await talk.citizen.heard(tones.DEPARTMENT, within=5)
        await department.heard(tones.CITIZEN, within=5)
        await talk.citizen.hangup()
        await department.ended(5)
    finally:
        centre.signal("ari_app", signal.SIGCONT)
    await until(lambda: centre.health().get("ready"), 20, "the worker is back")
    await until(lambda: not centre.health().get("waiting"), 5, "nobody waits")


async def test_after_the_conference_the_agent_can_ask_another_department(centre: Centre, talk: Talk) -> None:
    """From the room back to a consultation: nothing of the room is left that could end or keep anybody."""
    first = await all_three(talk)
    await first.hangup()
    await until(lambda: talk.desk.phase() == "talking", 5, "two again")
    carrier = talk.room.phones[-1]
    await talk.desk.do("attended-transfer", target=talk.desk.target("0270005678"))
    second = await carrier.incoming_call(8)
    await talk.leg.heard(tones.DEPARTMENT, within=10)
    await talk.citizen.not_heard(AGENT_TONE, within=5)
    await talk.desk.do("complete-transfer")
    await talk.citizen.heard(tones.DEPARTMENT, within=8)
    await second.heard(tones.CITIZEN, within=5)
    await talk.citizen.hangup()
    await second.ended(5)


async def test_an_agents_phone_that_is_lost_after_the_department_left_does_not_cost_the_citizen_the_call(
    centre: Centre, talk: Talk
) -> None:
    department = await all_three(talk)
    await department.hangup()
    await until(lambda: talk.desk.phase() == "talking", 5, "two again")
    await talk.desk.do("phone-recover")  # ends the agent's leg by nobody's hand, as lost sound does
    back = await talk.phone.incoming_call(15)
    await back.heard(tones.CITIZEN, within=10)
    await talk.citizen.heard(AGENT_TONE, within=5)
    await talk.citizen.hangup()
    await back.ended(5)
