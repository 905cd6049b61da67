"""More citizens than there is room for: each hears so and is on record, and nobody who is in notices."""

from collections.abc import Iterator

import pytest

from phones import tones
from phones.call import CallEnded
from phones.outgoing import OutgoingCall
from phones.session import State
from tests.pbx.conftest import AGENTS, Room
from tests.support.centre import Centre, running, until, write_tone

pytestmark = pytest.mark.timeout(120)
BUSY = tones.PARTNER
LIMIT = 2


@pytest.fixture(scope="module")
def centre() -> Iterator[Centre]:
    """Room for two; the announcement is a tone that nobody else has, different in Vietnamese."""
    centre = Centre(AGENTS, ring_seconds=3, wrap_up_seconds=1, max_citizens=LIMIT)
    for language, tone in (("ko", BUSY), ("vi", tones.SUPERVISOR)):
        write_tone(centre.home / "sounds" / language / "all-lines-busy.wav", tone, 2.0)
    with running(centre, "asterisk", "agi", "ari_app") as started:
        yield started


async def waiting_citizen(centre: Centre, room: Room, number: str) -> OutgoingCall:
    call: OutgoingCall = await room.citizen(number)
    await call.answered(5)
    await call.press("0")
    await until(lambda: any(r["caller_number"] == number for r in centre.journal("CallQueued")), 8, "queued")
    return call


async def test_who_finds_no_room_hears_so_and_is_on_record_and_the_others_stay(
    centre: Centre, room: Room
) -> None:
    first = await waiting_citizen(centre, room, "01041000001")
    second = await waiting_citizen(centre, room, "01041000002")
    third = await room.citizen("01041000003")
    await third.heard(BUSY, within=5)
    assert third.state is not State.ANSWERED, "an announcement costs the citizen nothing"
    await third.ended(6)
    assert third.status == 486
    (refused,) = centre.cel("CENTRE_REFUSED")
    assert "sip=486" in refused["eventextra"] and "number=01041000003" in refused["eventextra"]
    assert any("all-lines-busy" in prompt["eventextra"] for prompt in centre.cel("CENTRE_PROMPT"))
    assert (first.state, second.state) == (State.ANSWERED, State.ANSWERED)

    await first.hangup()  # one goes, the next is let in
    fourth = await waiting_citizen(centre, room, "01041000004")
    for call in (second, fourth):
        await call.hangup()


async def test_agents_and_their_calls_take_no_citizens_place(centre: Centre, room: Room) -> None:
    agent = await room.agent("201")
    talks = await waiting_citizen(centre, room, "01041000005")
    leg = await agent.incoming_call(10)
    await leg.answered(5)
    other = await waiting_citizen(centre, room, "01041000006")
    for call in (talks, other):
        await call.hangup()
    await leg.ended(5)


async def test_a_count_that_can_not_be_had_lets_in(centre: Centre, room: Room) -> None:
    """Fail open: with the limit unset, as an installation half updated would have it, everybody is let in."""
    centre.cli('dialplan set global MAX_CITIZENS ""')
    assert "MAX_CITIZENS=\n" in centre.cli("dialplan show globals")
    try:
        calls = [await waiting_citizen(centre, room, f"0104200000{n}") for n in range(LIMIT + 1)]
        for call in calls:
            await call.hangup()
    finally:
        centre.cli(f"dialplan set global MAX_CITIZENS {LIMIT}")


async def test_with_agi_dead_the_announcement_is_heard_all_the_same(centre: Centre, room: Room) -> None:
    centre.kill("agi")
    try:
        inside = [await waiting_citizen(centre, room, f"0104300000{n}") for n in range(LIMIT)]
        late = await room.citizen("01043000009")
        await late.heard(BUSY, within=8)
        with pytest.raises(CallEnded):
            await late.answered(8)
        for call in inside:
            await call.hangup()
    finally:
        centre.start("agi")
