"""Two workers: when the one that leads dies or freezes, the other has every call, in order, and nobody is rung twice.

A centre of its own: these tests kill the leader. After each the roles are whatever they are: whoever is missing starts anew.
"""

import asyncio
import signal
import time
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from phones import incoming, tones
from tests.pbx.conftest import AGENTS, Room
from tests.support.centre import Centre, poll, running, until

pytestmark = pytest.mark.timeout(120)
WORKERS = ("ari_app", "ari_app-2")


@pytest.fixture(scope="module")
def centre() -> Iterator[Centre]:
    programs = ("asterisk", "agi", *WORKERS)
    with running(Centre(AGENTS, ring_seconds=3, wrap_up_seconds=1), *programs) as centre:
        yield centre


@pytest.fixture(autouse=True)
def healthy(centre: Centre) -> Iterator[None]:
    """Every test starts with a leader and a standby."""
    for name in WORKERS:
        program = centre.programs.get(name)
        if program is None or program.poll() is not None:
            centre.programs.pop(name, None)
            centre.start(name)
    poll(lambda: centre.health().get("ready"), 15, "a leader")
    yield
    for name in WORKERS:
        if name in centre.programs and centre.programs[name].poll() is None:
            centre.signal(name, signal.SIGCONT)


def leader(centre: Centre) -> str:
    return "ari_app" if centre.health()["leader"] == 1 else "ari_app-2"


async def taken_over(centre: Centre, before: str, within: float) -> float:
    """Seconds until the other worker leads and is ready."""
    begun = time.monotonic()
    other = 2 if before == "ari_app" else 1
    await until(
        lambda: centre.health().get("leader") == other and centre.health()["ready"],
        within,
        "the standby leads",
    )
    return time.monotonic() - begun


async def waits(room: Room, number: str) -> Any:
    """A citizen who waits in the queue."""
    before = room.centre.health()["waiting"]
    call = await room.citizen(number)
    await call.answered(3)
    await call.heard(within=3)
    await call.press("0")
    await until(lambda: room.centre.health().get("waiting", 0) > before, 4, "one more waits")
    return call


def offers(centre: Centre, mark: int) -> list[tuple[str, str]]:
    """(caller, agent) of every offer after the first `mark` records, in order."""
    numbers = {record["call_id"]: record["caller_number"] for record in centre.journal("CallQueued")}
    made = sorted(centre.journal("CallOffered"), key=lambda record: record["at"])[mark:]
    return [(numbers[record["call_id"]], record["agent"]) for record in made]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "restarted"])
async def test_leader_gone_the_waiting_keep_their_order_and_a_talk_goes_on(
    centre: Centre, room: Room, how: signal.Signals
) -> None:
    talker = await room.agent("201")
    talking = await room.citizen("01000000001")
    await talking.answered(3)
    await talking.press("0")
    await talking.heard(tones.AGENTS[201 % len(tones.AGENTS)], within=5)
    first, second = [await waits(room, number) for number in ("01000000002", "01000000003")]
    before, made = leader(centre), len(centre.journal("CallOffered"))
    centre.signal(before, how)
    centre.programs.pop(before).wait(5)
    seconds = await taken_over(centre, before, 3)
    assert seconds < 2.0, f"promised within 1 s on an idle machine, was {seconds:.2f}"
    assert centre.health()["waiting"] == 2
    assert centre.agent_state("201") == "on-call"
    assert not [r for r in centre.cel("CENTRE_FALLBACK") if r["accountcode"] in waiting_calls(centre)]
    await talking.heard(tones.AGENTS[201 % len(tones.AGENTS)], within=1)
    await room.agent("202")
    await first.heard(tones.AGENTS[202 % len(tones.AGENTS)], within=5)
    await talking.hangup()  # 201 is free after wrap-up: the second in line
    await second.heard(tones.AGENTS[201 % len(tones.AGENTS)], within=6)
    assert offers(centre, made) == [("01000000002", "202"), ("01000000003", "201")]
    for call in (first, second):
        await call.hangup()
    assert talker is not None


def waiting_calls(centre: Centre) -> set[str]:
    ended = {record["call_id"] for record in centre.journal("CallAnswered")}
    return {record["call_id"] for record in centre.journal("CallQueued")} - ended


async def test_leader_frozen_a_new_call_is_taken_by_the_standby_and_the_rest_is_moved(
    centre: Centre, room: Room
) -> None:
    old = await waits(room, "01000000004")
    fallbacks = len(centre.cel("CENTRE_FALLBACK"))
    before = leader(centre)
    new = await room.citizen("01000000005")
    await new.answered(3)
    await new.heard(within=3)
    centre.signal(before, signal.SIGSTOP)
    await new.press("0")
    await taken_over(centre, before, 4)
    await until(lambda: centre.health()["waiting"] == 2, 2, "both wait with the new leader")
    assert len(centre.cel("CENTRE_FALLBACK")) == fallbacks, "nobody needed the last resort"
    assert centre.programs[before].wait(2) == -signal.SIGKILL, "the frozen leader was ended"
    await room.agent("201")
    await old.heard(tones.AGENTS[201 % len(tones.AGENTS)], within=5)
    for call in (old, new):
        await call.hangup()


async def test_leader_silent_for_a_moment_gets_the_call_back_with_its_one_case(
    centre: Centre, room: Room
) -> None:
    before = leader(centre)
    call = await room.citizen("01000000006")
    await call.answered(3)
    await call.heard(within=3)
    centre.signal(before, signal.SIGSTOP)
    await call.press("0")
    await until(lambda: queued(centre, "01000000006"), 1, "the standby has the call")
    await asyncio.sleep(0.3)
    centre.signal(before, signal.SIGCONT)
    await until(lambda: centre.health().get("waiting") == 1, 4, "the leader has the call")
    assert leader(centre) == before
    await room.agent("201")
    await call.heard(tones.AGENTS[201 % len(tones.AGENTS)], within=5)
    await call.hangup()
    assert len(queued(centre, "01000000006")) == 1, "one call, one case"


def queued(centre: Centre, number: str) -> list[Any]:
    return [record for record in centre.journal("CallQueued") if record["caller_number"] == number]


async def test_leader_dies_while_a_phone_rings_the_answer_counts(centre: Centre, room: Room) -> None:
    await room.agent("201", incoming.answer(1.5))
    call = await room.citizen("01000000007")
    await call.answered(3)
    await call.heard(within=3)
    await call.press("0")
    await until(lambda: centre.agent_state("201") == "offered", 4, "the phone rings")
    before = leader(centre)
    centre.kill(before)
    await taken_over(centre, before, 2)
    await call.heard(tones.AGENTS[201 % len(tones.AGENTS)], within=4)
    await until(lambda: centre.agent_state("201") == "on-call", 2, "the new leader knows")
    (call_id,) = {record["call_id"] for record in queued(centre, "01000000007")}
    assert [r["agent"] for r in centre.journal("CallAnswered") if r["call_id"] == call_id] == ["201"]
    await call.hangup()
    await until(lambda: [r for r in centre.journal("TalkEnded") if r["call_id"] == call_id], 3, "the end")


async def test_two_who_believe_they_lead_ring_an_agent_once(centre: Centre, room: Room) -> None:
    """Offers that no worker of ours would make: both citizens sent to one agent in the same moment."""
    phone = await room.agent("201", incoming.answer(1.0), sign_in=False)
    calls = [await waits(room, number) for number in ("01000000008", "01000000009")]
    channels = [queued(centre, number)[0]["channel_id"] for number in ("01000000008", "01000000009")]
    async with aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{centre.settings.ari_port}/ari/channels"
        key = f"centre120:{centre.settings.secret('ari_password')}"
        offer = {"context": "offer", "extension": "201", "priority": "1", "api_key": key}
        await asyncio.gather(
            *(session.post(f"{url}/{channel}/continue", params=offer) for channel in channels)
        )
    heard = asyncio.gather(
        *(call.heard(tones.AGENTS[201 % len(tones.AGENTS)], within=4) for call in calls),
        return_exceptions=True,
    )
    assert sum(not isinstance(result, BaseException) for result in await heard) <= 1
    assert len(phone.calls) <= 1, "both may be refused, when each sees the other; both may not ring"
    results = [record["eventextra"] for record in centre.cel("CENTRE_OFFER_RESULT")]
    assert any("TAKEN" in result for result in results)
    for call in calls:
        await call.hangup()
