"""S22: the credential of a phone in a page ends with its session, with the next page, and is nowhere to be read."""

import re
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from itsdangerous import URLSafeTimedSerializer

from ops.private_room import Desk
from tests.support.centre import Centre, until
from tests.support.raw_sip import TOKEN, Answer, md5, request
from web.live_server import end_live_session

pytestmark = pytest.mark.timeout(120)
AT_ONCE = aiohttp.ClientWSTimeout(ws_close=0.2)  # Asterisk leaves our close frame unanswered
AWAY = ("page.invalid", 5060)


class Socket:
    """SIP over a websocket, by hand: what any program on the machine, or any page in a browser on it, could write."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def ask(
        self, method: str, user: str, domain: str, headers: str = "", cseq: int = 1, to: str = ""
    ) -> Answer:
        text = request(
            method,
            f"sip:{to}@{domain}" if to else f"sip:{domain}",
            AWAY,
            from_user=user,
            headers=headers + "Expires: 60\r\n",
            transport="WS",
            cseq=cseq,
        ).decode()
        own = f"To: <sip:{to or user}@{domain}>"
        text = re.sub(r"To: <[^>]*>", own, text).replace(
            f"From: <sip:{user}@{AWAY[0]}>", f"From: <sip:{user}@{domain}>"
        )
        await self.socket.send_str(text)
        call_id = re.search(r"Call-ID: (\S+)", text)
        assert call_id is not None
        while True:
            answer = str(await self.socket.receive_str(timeout=10))
            found = re.match(r"SIP/2\.0 (\d{3})", answer)
            if found and call_id[1] in answer and int(found[1]) >= 200:
                return Answer(int(found[1]), answer, 0.0)

    async def register(self, user: str, domain: str, secret: str) -> int:
        """The status of a REGISTER with this secret."""
        first = await self.ask("REGISTER", user, domain)
        challenge = dict(TOKEN.findall(first.header("WWW-Authenticate")))
        proof = md5(
            f"{_ha1(user, challenge['realm'], secret)}:{challenge['nonce']}:00000001:c:auth:"
            f"{md5(f'REGISTER:sip:{domain}')}"
        )
        header = (
            f'Authorization: Digest username="{user}", realm="{challenge["realm"]}", nonce="{challenge["nonce"]}", '
            f'uri="sip:{domain}", response="{proof}", algorithm=MD5, qop=auth, nc=00000001, cnonce="c"'
        )
        if "opaque" in challenge:
            header += f', opaque="{challenge["opaque"]}"'
        return (await self.ask("REGISTER", user, domain, f"{header}\r\n", cseq=2)).status


def _ha1(user: str, realm: str, secret: str) -> str:
    return md5(f"{user}:{realm}:{secret}")


@asynccontextmanager
async def sip_socket(centre: Centre) -> AsyncIterator[Socket]:
    url = f"http://127.0.0.1:{centre.settings.ari_port}/ws"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, protocols=("sip",), timeout=AT_ONCE) as socket,
    ):
        yield Socket(socket)


def ticket(centre: Centre, extension: str = "201") -> str:
    key = centre.settings.secret("token_key")
    return str(URLSafeTimedSerializer(key, salt="live").dumps({"extension": extension, "role": "agent"}))


async def phone_of(centre: Centre, desk: Desk) -> dict[str, Any]:
    """What a page is given when it asks."""
    before = len([one for one in desk.of("phone") if "secret" in one])
    await desk.do("phone-on", token=ticket(centre, desk.extension))
    await until(
        lambda: len([one for one in desk.of("phone") if "secret" in one]) > before, 15, "a phone for the page"
    )
    return [one for one in desk.of("phone") if "secret" in one][-1]


async def registers(centre: Centre, phone: dict[str, Any]) -> int:
    async with sip_socket(centre) as socket:
        return await socket.register(phone["user"], phone["domain"], phone["secret"])


async def test_s22_the_secret_ends_at_logout_within_a_second(centre: Centre) -> None:
    async with Desk(centre, "201") as desk, sip_socket(centre) as socket:
        phone = await phone_of(centre, desk)
        assert await socket.register("201", phone["domain"], phone["secret"]) == 200
        assert phone["domain"] in centre.cli("pjsip show endpoint 201")
        started = time.monotonic()
        end_live_session(centre.settings, "201")
        took = time.monotonic() - started
        assert await socket.register("201", phone["domain"], phone["secret"]) != 200
        assert await registers(centre, phone) != 200
        assert took < 1.0
        await until(lambda: desk._socket.closed, 15, "the stream of that session closed")
        assert phone["domain"] not in centre.cli("pjsip show endpoint 201")
    async with sip_socket(centre) as socket:
        assert await socket.register("201", "own.invalid", centre.password("201")) in (200, 404)


async def test_s22_a_second_page_ends_the_first_ones_secret(centre: Centre) -> None:
    async with Desk(centre, "202") as first, Desk(centre, "202") as second:
        old = await phone_of(centre, first)
        new = await phone_of(centre, second)
        assert new["secret"] != old["secret"] and new["domain"] != old["domain"]
        assert await registers(centre, old) != 200
        assert await registers(centre, {**new, "secret": old["secret"]}) != 200
        assert await registers(centre, new) == 200
        assert not [one for one in first.of("phone") if one.get("secret") == new["secret"]]
        await until(lambda: first.of("phone")[-1]["session"] == new["session"], 10, "the first page is told")


@pytest.mark.parametrize("stale", ["", "x.y.z", "other agent", "old"])
async def test_s22_a_stream_alone_gets_no_secret_without_a_living_session(
    centre: Centre, stale: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = stale
    if stale == "other agent":
        token = ticket(centre, "203")
    elif stale == "old":
        with monkeypatch.context() as clock:
            then = time.time() - 3600
            clock.setattr("itsdangerous.timed.time.time", lambda: then)
            token = ticket(centre)
    async with Desk(centre, "201") as desk:
        await desk.do("phone-on", token=token)
        await desk.do("no such thing")  # answered after it, in order
        await until(lambda: desk.of("refused"), 15, "an answer to the later command")
        assert not [one for one in desk.of("phone") if "secret" in one]


async def test_s22_the_secret_is_in_no_file_and_no_log(centre: Centre) -> None:
    async with Desk(centre, "203") as desk:
        phone = await phone_of(centre, desk)
        assert await registers(centre, phone) == 200
        assert await registers(centre, {**phone, "secret": "wrong"}) != 200
        needle = phone["secret"].encode()
        holding = [
            str(path) for path in centre.home.rglob("*") if path.is_file() and needle in path.read_bytes()
        ]
        assert holding == []
        assert centre.settings.page_phones_file.stat().st_mode & 0o077 == 0


async def test_s22_over_the_websocket_too_a_stranger_learns_and_reaches_nothing(centre: Centre) -> None:
    async with Desk(centre, "201") as desk, sip_socket(centre) as socket:
        await phone_of(centre, desk)
        missing, there = [await socket.ask("REGISTER", user, "page.invalid") for user in ("899", "201")]
        assert missing.status == there.status == 401
        for user in ("201", "899", "trunk_a", "anonymous", secrets.token_hex(4)):
            for to in ("120", "202", "00447911123456"):
                answer = await socket.ask("INVITE", user, "page.invalid", to=to)
                assert answer.status in (401, 403), (user, to, answer.text)
        assert centre.channels() == 0
