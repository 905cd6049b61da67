"""The people of a private centre: agents at phones and desks, citizens, a carrier. For tests and fault injection.

Real SIP phones of ours and the live stream's own WebSocket; each party has its own tone, and so it can be said who heard whom.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from typing import Any

import aiohttp
from itsdangerous import URLSafeTimedSerializer

from ops.private_centre import Centre
from phones import incoming, tones
from phones.call import Call
from phones.phone import Phone

AT_ONCE = incoming.answer(0.1)
OPTIONS_GIVEN_UP_SECONDS = 2.2
"""A little more than the trunks' `qualify_timeout` (asterisk.conf.d/pjsip.conf)."""


async def until(fact: Callable[[], Any], within: float, what: str) -> Any:
    """The first true value of `fact()`; AssertionError after `within` seconds, saying what never came."""
    deadline = time.monotonic() + within
    while True:
        value = fact()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"within {within} s never: {what}")
        await asyncio.sleep(0.02)


def tone_of(extension: str) -> int:
    """What is heard of this agent."""
    return tones.AGENTS[int(extension) % len(tones.AGENTS)]


class Room:
    """The people of a centre: agents at their phones, a carrier behind the trunk, citizens."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.phones: list[Phone] = []

    async def agent(self, extension: str, policy: incoming.Policy = AT_ONCE, sign_in: bool = True) -> Phone:
        """A registered phone with its own tone; signed in with *11 unless told otherwise."""
        phone = Phone("127.0.0.1", 0, user=extension, tone=tone_of(extension), policy=policy)
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
        self,
        number: str = "01012345678",
        dial: str = "120",
        name: str | bytes = "",
        trunk: str = "127.0.0.2",
        by: str = "",
    ) -> Call:
        """A call that has just been sent; `by` another host:port than the centre's own."""
        phone = Phone(trunk, 0, tone=tones.CITIZEN)
        await phone.start()
        self.phones.append(phone)
        return await phone.call(f"sip:{dial}@{by or self.centre.sip}", from_number=number, display_name=name)

    async def carrier(
        self, policy: incoming.Policy, host: str = "127.0.0.2", *, steady: bool = True
    ) -> Phone:
        """What answers behind a trunk, and goes on being reachable.

        An OPTIONS sent before it listened runs into its timeout afterwards, and Asterisk takes the trunk for gone until the
        next one, up to 10 s: `steady` waits until none can be on its way any more.
        """
        phone = Phone(host, self.centre.settings.carrier_port, tone=tones.DEPARTMENT, policy=policy)
        await phone.start()
        self.phones.append(phone)
        trunk = "trunk_a" if host == "127.0.0.2" else "trunk_b"
        listens_since = time.monotonic()
        await self._reachable(trunk)
        if steady:
            await asyncio.sleep(max(0.0, listens_since + OPTIONS_GIVEN_UP_SECONDS - time.monotonic()))
            await self._reachable(trunk)
        return phone

    async def _reachable(self, trunk: str) -> None:
        def available() -> bool:
            return " Avail " in self.centre.cli(f"pjsip show aor {trunk}")

        if not available():
            self.centre.cli(f"pjsip qualify {trunk}")
            await until(available, 5, f"{trunk} reachable")

    async def close(self) -> None:
        for phone in self.phones:
            await phone.close()


class Desk:
    """Connects, remembers all messages, paints offers at once, sends commands."""

    def __init__(self, centre: Centre, extension: str, role: str = "agent") -> None:
        self.centre = centre
        self.extension = extension
        self.role = role
        self.messages: list[dict[str, Any]] = []
        self._key = centre.settings.secret("token_key")

    async def __aenter__(self) -> "Desk":
        token = URLSafeTimedSerializer(self._key, salt="live").dumps(
            {"extension": self.extension, "role": self.role}
        )
        self._session = aiohttp.ClientSession()
        self._socket = await self._session.ws_connect(
            f"http://127.0.0.1:{self.centre.settings.live_port}/stream", params={"token": token}
        )
        self._reader = asyncio.create_task(self._read())
        await until(lambda: self.messages, 5, "the first state")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reader
        await self._socket.close()
        await self._session.close()

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                value = json.loads(message.data)
                self.messages.append(value)
                if value["type"] == "pop":
                    await self.do("popped", offer_id=value["call"]["offer_id"])

    async def do(self, what: str, **fields: Any) -> None:
        await self._socket.send_json({"do": what, **fields})

    def target(self, number: str, name: str = "수도사업소") -> str:
        """What `web`'s directory search hands to the page."""
        return str(
            URLSafeTimedSerializer(self._key, salt="target").dumps(
                {"number": number, "name": name, "department_id": 1, "official_id": None}
            )
        )

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]

    def phase(self) -> str | None:
        """Phase of the call as last shown."""
        for message in reversed(self.messages):
            if message["type"] in ("call", "pop", "state") and message.get("call"):
                return str(message["call"]["phase"])
        return None
