"""A supervisor at an agent's talk: by tones, who hears whom in each mode; the citizen never hears a whisper."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from ops.private_room import tone_of
from phones import tones
from phones.call import Call
from tests.pbx.conftest import AGENT_TONE, Talk
from tests.pbx.desk import Desk
from tests.support.centre import Centre, until

pytestmark = pytest.mark.timeout(120)
SEAT = "203"  # a phone that nobody has signed in at
SUPERVISOR_TONE = tone_of(SEAT)


@pytest.fixture
async def page(centre: Centre, talk: Talk) -> AsyncIterator[Desk]:
    """The supervisor's page, with a phone beside it."""
    await talk.room.agent(SEAT, sign_in=False)
    async with Desk(centre, SEAT, role="supervisor") as page:
        await until(lambda: page.of("room")[-1]["phone"]["registered"], 5, "the supervisor's phone is seen")
        yield page


async def at_the_talk(talk: Talk, page: Desk, mode: str) -> Call:
    await page.do("watch", agent="201", mode=mode, purpose="help")
    leg: Call = await talk.room.phones[-1].incoming_call(10)
    await until(lambda: (page.of("room")[-1]["supervision"] or {}).get("is_up"), 10, "the page says so")
    return leg


def row(page: Desk, extension: str) -> dict[str, Any]:
    agents = page.of("room")[-1]["agents"]
    return next(dict(agent) for agent in agents if agent["extension"] == extension)


async def hears(leg: Call, *parties: int) -> None:
    for party in parties:
        await leg.heard(party, within=10)


async def test_help_is_silent_and_reaches_the_supervisors_page(
    centre: Centre, talk: Talk, page: Desk
) -> None:
    assert row(page, "201")["state"] == "on-call" and row(page, "201")["call"]["language"] == "ko"
    await talk.desk.do("help")
    await until(lambda: row(page, "201")["help_seconds"] is not None, 5, "the alert")
    await until(lambda: talk.desk.of("state")[-1]["agent"]["help"], 5, "the agent sees that it is asked for")
    leg = await at_the_talk(talk, page, "listen")
    await until(lambda: row(page, "201")["help_seconds"] is None, 5, "answered")
    started = centre.journal("SupervisionStarted")[-1]
    assert (started["agent"], started["supervisor"], started["purpose"]) == ("201", SEAT, "help")
    await leg.hangup()
    await talk.citizen.hangup()
    await talk.leg.ended(5)


async def test_listen_whisper_and_join_by_tones(centre: Centre, talk: Talk, page: Desk) -> None:
    leg = await at_the_talk(talk, page, "listen")
    await hears(leg, tones.CITIZEN, AGENT_TONE)
    await talk.leg.not_heard(SUPERVISOR_TONE, lasting=1.0, within=3)
    await talk.citizen.not_heard(SUPERVISOR_TONE, lasting=1.0, within=3)
    await page.do("mode", mode="whisper")
    await hears(talk.leg, SUPERVISOR_TONE, tones.CITIZEN)
    await hears(leg, tones.CITIZEN, AGENT_TONE)
    await talk.citizen.not_heard(SUPERVISOR_TONE, lasting=2.0, within=3)
    await page.do("mode", mode="join")
    await hears(talk.citizen, SUPERVISOR_TONE, AGENT_TONE)
    await hears(talk.leg, SUPERVISOR_TONE, tones.CITIZEN)
    modes = [one["mode"] for one in centre.journal("SupervisionChanged")][-2:]
    assert modes == ["whisper", "join"]
    await page.do("watch-end")
    await leg.ended(5)
    await until(lambda: page.of("room")[-1]["supervision"] is None, 5, "the page says that it is over")
    await hears(talk.citizen, AGENT_TONE)
    assert talk.desk.phase() == "talking", "the talk is what it was"
    await talk.citizen.hangup()
    await talk.leg.ended(5)


async def test_supervisor_takes_over_and_the_agent_is_free(centre: Centre, talk: Talk, page: Desk) -> None:
    leg = await at_the_talk(talk, page, "whisper")
    await hears(talk.leg, SUPERVISOR_TONE)
    await page.do("take-over")
    await talk.leg.ended(8)
    await hears(talk.citizen, SUPERVISOR_TONE)
    await hears(leg, tones.CITIZEN)
    await talk.citizen.not_heard(AGENT_TONE, within=5)
    await until(lambda: centre.agent_state("201") == "available", 10, "the agent is free after the wrap-up")
    await leg.hangup()
    await talk.citizen.ended(5)


async def test_the_supervisors_leg_ends_with_the_talk_and_no_purpose_is_refused(
    centre: Centre, talk: Talk, page: Desk
) -> None:
    await page.do("watch", agent="201", mode="listen", purpose=" ")
    await until(lambda: page.of("room-refused"), 5, "refused without a purpose")
    assert page.of("room-refused")[-1]["code"] == "purpose-missing"
    leg = await at_the_talk(talk, page, "join")
    await talk.citizen.hangup()
    await talk.leg.ended(5)
    await leg.ended(5)


async def test_an_agents_desk_can_not_listen(centre: Centre, talk: Talk) -> None:
    before = len(centre.journal("SupervisionStarted"))
    await talk.desk.do("watch", agent="201", mode="listen", purpose="curious")
    await until(lambda: talk.desk.of("refused"), 3, "refusal")
    assert len(centre.journal("SupervisionStarted")) == before
    await talk.citizen.hangup()
    await talk.leg.ended(5)
