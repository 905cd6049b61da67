"""One private centre per module that asks for one; every test ends with the leak check."""

import contextlib
from collections.abc import AsyncIterator, Iterator

import pytest

from phones import incoming, tones
from phones.phone import Phone
from tests.support.centre import Centre, poll, running, until

AT_ONCE = incoming.answer(0.1)
AGENTS = {"201": ["ko"], "202": ["ko", "en"], "203": ["ko", "zh", "mn"]}


@pytest.fixture(scope="module")
def centre() -> Iterator[Centre]:
    """Asterisk, agi and ari_app; no PostgreSQL: nothing on the phone side may need it."""
    with running(Centre(AGENTS, ring_seconds=3, wrap_up_seconds=1), "asterisk", "agi", "ari_app") as centre:
        yield centre


@pytest.fixture(autouse=True)
def no_leaks(request: pytest.FixtureRequest) -> Iterator[None]:
    """No channel and no bridge may outlive a test."""
    centre = request.getfixturevalue("centre") if "centre" in request.fixturenames else None
    yield
    if centre is not None and "asterisk" in centre.programs:
        poll(lambda: not centre.leaks(), 8, f"an Asterisk without channels and bridges: {centre.leaks()}")


class Room:
    """The people of a test: agents at their phones, a carrier behind the trunk, citizens."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.phones: list[Phone] = []

    async def agent(self, extension: str, policy: incoming.Policy = AT_ONCE, sign_in: bool = True) -> Phone:
        """A registered phone with its own tone; signed in with *11 unless told otherwise."""
        tone = tones.AGENTS[int(extension) % len(tones.AGENTS)]
        phone = Phone("127.0.0.1", 0, user=extension, tone=tone, policy=policy)
        await phone.start()
        self.phones.append(phone)
        await phone.register(
            extension, self.centre.password(extension), ("127.0.0.1", self.centre.settings.sip_port)
        )
        if sign_in:
            await self.key(phone, "*11")
        return phone

    async def key(self, phone: Phone, code: str) -> None:
        """Dial a feature code and hear it out."""
        call = await phone.call(f"sip:{code}@{self.centre.sip}")
        await call.answered(5)
        await call.ended(10)

    async def citizen(
        self, number: str = "01012345678", dial: str = "120", name: str | bytes = "", trunk: str = "127.0.0.2"
    ):  # type: ignore[no-untyped-def]
        """A call that has just been sent."""
        phone = Phone(trunk, 0, tone=tones.CITIZEN)
        await phone.start()
        self.phones.append(phone)
        return await phone.call(f"sip:{dial}@{self.centre.sip}", from_number=number, display_name=name)

    async def carrier(self, policy: incoming.Policy, host: str = "127.0.0.2") -> Phone:
        """What answers behind a trunk."""
        phone = Phone(host, self.centre.settings.carrier_port, tone=tones.DEPARTMENT, policy=policy)
        await phone.start()
        self.phones.append(phone)
        trunk = "trunk_a" if host == "127.0.0.2" else "trunk_b"
        self.centre.cli(f"pjsip qualify {trunk}")
        await until(lambda: " Avail " in self.centre.cli(f"pjsip show aor {trunk}"), 5, f"{trunk} reachable")
        return phone

    async def close(self) -> None:
        for phone in self.phones:
            await phone.close()


@pytest.fixture
async def room(centre: Centre) -> AsyncIterator[Room]:
    room = Room(centre)
    yield room
    for phone in room.phones:
        if phone.user in AGENTS:
            with contextlib.suppress(Exception):  # a test may have taken the phone or Asterisk away
                await room.key(phone, "*12")
    await room.close()
