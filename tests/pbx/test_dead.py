"""When something is dead or frozen, the citizen reaches a person within 5 s of the fault being met.

A centre of its own: these tests kill it. `press("0")` sends the call to the queue, where the fault is met.
"""

import signal
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from ops.watch.probes import questions
from phones import incoming, tones
from tests.pbx.conftest import AGENTS, Room
from tests.pbx.desk import Desk
from tests.support.centre import Centre, poll, running, until

pytestmark = pytest.mark.timeout(150)
PROMISE_SECONDS = 5.0
ANY_AGENT = [tones.AGENTS[int(extension) % len(tones.AGENTS)] for extension in AGENTS]


@pytest.fixture(scope="module")
def centre() -> Iterator[Centre]:
    with running(Centre(AGENTS, ring_seconds=3, wrap_up_seconds=1), "asterisk", "agi", "ari_app") as centre:
        yield centre


@pytest.fixture(autouse=True)
def healthy(centre: Centre) -> Iterator[None]:
    """Every test starts with all programs well, and leaves none frozen."""
    for name in ("agi", "ari_app"):
        if name not in centre.programs:
            centre.start(name)
    poll(lambda: centre.health().get("ready"), 15, "ari_app ready")
    yield
    for name in ("agi", "ari_app"):
        if name in centre.programs:
            centre.signal(name, signal.SIGCONT)


@pytest.fixture
async def agent(room: Room) -> AsyncIterator[Any]:
    yield await room.agent("201")


async def answered_within(call: Any, seconds: float) -> float:
    """Seconds until the citizen hears an agent's tone."""
    started = time.monotonic()
    await call.heard(tones.AGENTS[201 % len(tones.AGENTS)], within=seconds)
    return time.monotonic() - started


async def test_agi_dead(centre: Centre, room: Room, agent: Any) -> None:
    centre.kill("agi")
    call = await room.citizen()
    await call.answered(2)
    started = time.monotonic()
    await call.heard(within=PROMISE_SECONDS)
    assert time.monotonic() - started < 3, "greeting within 3 s"
    await call.press("0")
    await answered_within(call, PROMISE_SECONDS)
    await call.hangup()
    assert centre.cel("CENTRE_AGI_FAILED")


async def test_agi_frozen(centre: Centre, room: Room, agent: Any) -> None:
    centre.signal("agi", signal.SIGSTOP)
    call = await room.citizen()
    await call.answered(2)
    await call.heard(within=PROMISE_SECONDS)
    await call.press("0")
    await answered_within(call, PROMISE_SECONDS)
    await call.hangup()


async def test_agi_dies_in_the_middle(centre: Centre, room: Room, agent: Any) -> None:
    centre.signal("agi", signal.SIGSTOP)
    call = await room.citizen()
    await call.answered(2)
    centre.kill("agi")
    await call.heard(within=PROMISE_SECONDS)
    await call.press("0")
    await answered_within(call, PROMISE_SECONDS)
    await call.hangup()


async def test_ari_app_dead_new_call(centre: Centre, room: Room, agent: Any) -> None:
    centre.kill("ari_app")
    call = await room.citizen()
    await call.answered(2)
    await call.press("0")
    await answered_within(call, PROMISE_SECONDS)
    leg = await agent.incoming_call(2)
    await leg.heard(tones.CITIZEN, within=3)
    await call.hangup()
    await leg.ended(5)
    assert centre.cel("CENTRE_FALLBACK")


async def test_ari_app_frozen_new_call(centre: Centre, room: Room, agent: Any) -> None:
    centre.signal("ari_app", signal.SIGSTOP)
    call = await room.citizen()
    await call.answered(2)
    await call.press("0")
    await answered_within(call, PROMISE_SECONDS)
    await call.hangup()


@pytest.mark.parametrize("fault", ["dead", "frozen"])
async def test_ari_app_lost_while_a_citizen_waits(centre: Centre, room: Room, fault: str) -> None:
    """Nobody is free at first; the worker goes; then an agent is free, and the citizen, in the last resort, is answered."""
    phone = await room.agent("201")
    async with Desk(centre, "201") as desk:
        await desk.do("break", reason="rest")
        await until(lambda: centre.agent_state("201") == "on-break", 3, "on break")
        call = await room.citizen()
        await call.answered(2)
        await call.press("0")
        await until(lambda: centre.health()["waiting"] == 1, 10, "waiting")
    if fault == "dead":
        centre.kill("ari_app")
    else:
        centre.signal("ari_app", signal.SIGSTOP)
    await until(
        lambda: centre.cel("CENTRE_FALLBACK") and "last-resort" in _where(centre), 6, "in the last resort"
    )
    await room.key(phone, "*11")
    await answered_within(call, 10)
    await call.hangup()


def _where(centre: Centre) -> str:
    return "last-resort" if "Queue" in centre.cli("core show channels") else ""


async def test_worker_killed_while_agents_phone_rings(centre: Centre, room: Room) -> None:
    phone = await room.agent("201", incoming.NEVER_ANSWER)
    call = await room.citizen()
    await call.answered(2)
    await call.press("0")
    leg = await phone.incoming_call(10)
    centre.kill("ari_app")
    await leg.answer()
    await call.heard(tones.AGENTS[201 % len(tones.AGENTS)], within=5)
    await call.hangup()
    await leg.ended(5)


@pytest.mark.parametrize("who", ["citizen", "agent"])
async def test_worker_killed_while_talking_either_side_ends_both(
    centre: Centre, room: Room, agent: Any, who: str
) -> None:
    call = await room.citizen()
    await call.answered(2)
    await call.press("0")
    leg = await agent.incoming_call(10)
    await leg.heard(tones.CITIZEN, within=8)
    centre.kill("ari_app")
    await call.heard(tones.AGENTS[201 % len(tones.AGENTS)], within=3)
    first, second = (call, leg) if who == "citizen" else (leg, call)
    await first.hangup()
    await second.ended(5)


async def test_restarted_worker_takes_its_waiting_call_back_with_the_place_kept(
    centre: Centre, room: Room
) -> None:
    phone = await room.agent("201")
    async with Desk(centre, "201") as desk:
        await desk.do("break", reason="rest")
        call = await room.citizen()
        await call.answered(2)
        await call.press("0")
        await until(lambda: centre.health().get("waiting") == 1, 10, "waiting")
    case_number = centre.journal("CallQueued")[-1]["case_number"]
    centre.kill("ari_app")
    centre.start("ari_app")
    await room.key(phone, "*11")
    await answered_within(call, 15)
    answered = centre.journal("CallAnswered")[-1]
    assert answered["call_id"] == centre.journal("CallQueued")[-1]["call_id"]
    assert centre.journal("CallQueued")[-1]["case_number"] == case_number
    await call.hangup()


@pytest.mark.parametrize(
    ("keys", "extension"),
    [("", "201"), ("0", "201"), ("92", "203"), ("7", "201")],
    ids=["silence", "0", "9-2", "7"],
)
async def test_menu_works_with_every_python_program_dead(
    centre: Centre, room: Room, keys: str, extension: str
) -> None:
    """Silence, 0, a language and the status of a case: each ends with a person, with nothing of ours alive but the dialplan."""
    await room.agent(extension)
    for program in ("agi", "ari_app"):
        centre.kill(program)
    call = await room.citizen()
    await call.answered(2)
    prompts = {"": "", "0": "greeting", "92": "language-menu", "7": "status-unavailable"}
    for key in keys:
        await call.press(key)
        if key == "9":
            await until(
                lambda: "language-menu" in centre.cel("CENTRE_PROMPT")[-1]["eventextra"], 5, "language menu"
            )
    await call.heard(tones.AGENTS[int(extension) % len(tones.AGENTS)], within=25)
    assert prompts[keys] in str([record["eventextra"] for record in centre.cel("CENTRE_PROMPT")])
    await call.hangup()


async def test_asterisk_restarted_agents_and_queue_members_are_there_again(
    centre: Centre, room: Room, agent: Any
) -> None:
    centre.kill("asterisk")
    centre.start("asterisk")
    poll(lambda: centre.health().get("ready"), 10, "ari_app back on the new Asterisk")
    await agent.register("201", centre.password("201"), ("127.0.0.1", centre.settings.sip_port))
    await until(
        lambda: "PJSIP/201" in centre.cli("queue show everybody"), 8, "201 a member of the last resort again"
    )
    call = await room.citizen()
    await call.answered(2)
    await call.press("0")
    await answered_within(call, PROMISE_SECONDS)
    await call.hangup()


async def test_the_watch_sees_a_frozen_asterisk_and_one_that_is_well(centre: Centre, room: Room) -> None:
    asked = questions(centre.settings)["asterisk"]
    assert asked() and asked(), "SIP and ARI, then ARI alone"
    centre.signal("asterisk", signal.SIGSTOP)
    try:
        assert not asked()
    finally:
        centre.signal("asterisk", signal.SIGCONT)
    await until(asked, 5, "answers again")
    assert questions(centre.settings)["agi"]()
    centre.signal("agi", signal.SIGSTOP)
    assert not questions(centre.settings)["agi"]()
    centre.signal("agi", signal.SIGCONT)
