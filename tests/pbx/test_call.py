"""A citizen dials 120 and a person answers: real Asterisk, our dialplan, real SIP and audio, each party with its own tone."""

import pytest

from phones import incoming, tones
from tests.pbx.conftest import Room
from tests.support.centre import Centre, until

pytestmark = pytest.mark.timeout(120)


def tone_of(extension: str) -> int:
    return tones.AGENTS[int(extension) % len(tones.AGENTS)]


async def test_key_0_reaches_an_agent_and_both_hear_each_other(centre: Centre, room: Room) -> None:
    agent = await room.agent("201")
    call = await room.citizen("01012345678")
    await call.answered(5)
    await call.press("0")
    await call.heard(tone_of("201"), within=10)
    leg = await agent.incoming_call(2)
    await leg.heard(tones.CITIZEN, within=5)
    assert leg.remote_number == "01012345678"
    await call.hangup()
    await leg.ended(5)
    await until(lambda: centre.agent_state("201") in ("wrap-up", "available"), 3, "agent freed")


async def test_silence_reaches_an_agent_with_every_key_unpressed(centre: Centre, room: Room) -> None:
    await room.agent("201")
    call = await room.citizen()
    await call.answered(5)
    await call.heard(tone_of("201"), within=15)
    await call.hangup()


async def test_extension_9_and_2_reach_an_agent_who_speaks_chinese(centre: Centre, room: Room) -> None:
    await room.agent("201")
    await room.agent("203")
    call = await room.citizen()
    await call.answered(5)
    await call.press("9")
    await call.press("2")
    await call.heard(tone_of("203"), within=15)
    await call.hangup()
    chosen = [record for record in centre.cel("CENTRE_LANGUAGE_CHOSEN")]
    assert '"zh"' in chosen[-1]["eventextra"]


@pytest.mark.parametrize(
    ("dial", "origin", "outside"),
    [
        ("120", "120", False),
        ("02120", "120", True),
        ("031120", "120", True),
        ("+82120", "120", True),
        ("+822120", "120", True),
        ("121", "121", False),
        ("128", "128", False),
        ("7316114", "7316114", False),
        ("7300101", "7300101", False),
        ("027300101", "7300101", True),
    ],
)
async def test_every_number_converges_on_one_entry(
    centre: Centre, room: Room, dial: str, origin: str, outside: bool
) -> None:
    await room.agent("201")
    call = await room.citizen(dial=dial)
    await call.answered(5)
    await call.press("0")
    await call.heard(tone_of("201"), within=10)
    await call.hangup()
    record = centre.journal("CallQueued")[-1]
    assert (record["origin_number"], record["outside_area"], record["dialled_number"]) == (
        origin,
        outside,
        dial,
    )


@pytest.mark.parametrize(
    "dial", ["119", "0212345678", "+8210", "00447911", "120&PJSIP", "1202", "*11", "9100"]
)
async def test_any_other_number_is_refused_with_404(centre: Centre, room: Room, dial: str) -> None:
    call = await room.citizen(dial=dial)
    await call.ended(5)
    assert call.status == 404


async def test_agent_who_does_not_answer_is_set_not_available_and_the_citizen_keeps_the_place(
    centre: Centre, room: Room
) -> None:
    await room.agent("201", incoming.NEVER_ANSWER)
    call = await room.citizen()
    await call.answered(5)
    await call.press("0")
    await until(lambda: centre.agent_state("201") == "offered", 10, "201 offered")
    await until(lambda: centre.agent_state("201") == "not-available", 10, "201 not available after RONA")
    await room.agent("202")
    await call.heard(tone_of("202"), within=10)
    answered = centre.journal("CallAnswered")[-1]
    assert answered["agent"] == "202" and answered["waited_seconds"] > 2.5
    await call.hangup()
