"""One private centre per module that asks for one; every test ends with the leak check."""

import contextlib
from collections.abc import AsyncIterator, Iterator

import pytest

from ops.private_room import AT_ONCE, Room
from tests.support.centre import Centre, poll, running

__all__ = ["AGENTS", "AT_ONCE", "Room"]

AGENTS = {"201": ["ko"], "202": ["ko", "en"], "203": ["ko", "zh", "mn"]}


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
