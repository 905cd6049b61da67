"""One private centre per module that asks for one; every test ends with the leak check."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from ops.private_room import AT_ONCE, Room
from phones import tones
from phones.phone import Phone
from tests.pbx.desk import Desk
from tests.support.centre import Centre, poll, running, until

__all__ = ["AGENTS", "AGENT_TONE", "AT_ONCE", "Room", "Talk"]

AGENTS = {"201": ["ko"], "202": ["ko", "en"], "203": ["ko", "zh", "mn"]}
AGENT_TONE = tones.AGENTS[201 % len(tones.AGENTS)]


@pytest.fixture(scope="module")
def centre() -> Iterator[Centre]:
    """Asterisk, agi and ari_app; no PostgreSQL: nothing on the phone side may need it."""
    made = Centre(AGENTS, ring_seconds=3, department_ring_seconds=12, wrap_up_seconds=1)
    with running(made, "asterisk", "agi", "ari_app") as centre:
        yield centre


@pytest.fixture(autouse=True)
def no_leaks(request: pytest.FixtureRequest) -> Iterator[None]:
    """No channel and no bridge may outlive a test."""
    centre = request.getfixturevalue("centre") if "centre" in request.fixturenames else None
    yield
    if centre is not None and "asterisk" in centre.programs:
        poll(lambda: not centre.leaks(), 8, f"an Asterisk without channels and bridges: {centre.leaks()}")


@pytest.fixture
async def room(centre: Centre) -> AsyncIterator[Room]:
    room = Room(centre)
    yield room
    for phone in room.phones:
        if phone.user in AGENTS:
            with contextlib.suppress(Exception):  # a test may have taken the phone or Asterisk away
                await room.key(phone, "*12")
    await room.close()


class Talk:
    """Citizen and agent 201 talking, the agent's desk open."""

    def __init__(self, room: Room, desk: Desk, phone: Phone, citizen: Any, leg: Any) -> None:
        self.room, self.desk, self.phone, self.citizen, self.leg = room, desk, phone, citizen, leg


@pytest.fixture
async def talk(centre: Centre, room: Room) -> AsyncIterator[Talk]:
    phone = await room.agent("201")
    async with Desk(centre, "201") as desk:
        citizen = await room.citizen()
        await citizen.answered(5)
        await citizen.press("0")
        leg = await phone.incoming_call(10)
        await citizen.heard(AGENT_TONE, within=10)
        await leg.heard(tones.CITIZEN, within=5)
        await until(lambda: desk.phase() == "talking", 3, "desk shows talking")
        yield Talk(room, desk, phone, citizen, leg)
