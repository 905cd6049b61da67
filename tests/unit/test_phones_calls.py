"""Phones calling each other over loopback: every party has its tone, and the tests say who heard whom."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from phones import incoming, sources, tones
from phones.call import CallEnded
from phones.message import Request, parse
from phones.phone import Phone
from phones.session import State

PORTS = (32_100, 32_299)
CITIZEN, AGENT = tones.CITIZEN, tones.AGENTS[0]


@pytest.fixture
async def citizen() -> AsyncIterator[Phone]:
    async with Phone("127.0.0.2", tone=CITIZEN, user="citizen", rtp_ports=PORTS) as phone:
        yield phone


@pytest.fixture
async def agent() -> AsyncIterator[Phone]:
    async with Phone(tone=AGENT, user="201", policy=incoming.answer(), rtp_ports=PORTS) as phone:
        yield phone


def uri(phone: Phone, number: str = "120") -> str:
    return f"sip:{number}@{phone.address[0]}:{phone.address[1]}"


async def test_both_hear_each_other_and_nobody_else(citizen: Phone, agent: Phone, tmp_path: Path) -> None:
    call = await citizen.call(uri(agent), from_number="01012345678", display_name=b"\xb1\xe8")
    await call.answered(3)
    call.record()
    theirs = await agent.incoming_call(1)
    assert (theirs.remote_number, theirs.dialled_number) == ("01012345678", "120")
    assert theirs.dialog.remote.display.encode("utf-8", "surrogateescape") == b"\xb1\xe8"
    await asyncio.gather(call.heard(AGENT, within=4), theirs.heard(CITIZEN, within=4))
    await call.changed.until(
        lambda: len(call.seconds) > 1 and len(theirs.seconds) > 1, 4, "two seconds of log"
    )
    await theirs.hangup()
    assert await call.ended(2) == "hung up by them"
    assert (call.tones_heard, theirs.tones_heard) == ({AGENT}, {CITIZEN})
    assert call.media.address[1] % 2 == 0
    assert PORTS[0] <= call.media.address[1] <= PORTS[1]
    call.save_recording(tmp_path / "heard.wav")
    assert len(sources.read_wav(tmp_path / "heard.wav")) > 8000


async def test_keys_arrive_once_and_in_order_both_ways(citizen: Phone, agent: Phone) -> None:
    call = await citizen.call(uri(agent))
    await call.answered(3)
    theirs = await agent.incoming_call(1)
    await asyncio.gather(call.press("9110#"), theirs.press("*A"))
    await theirs.pressed("9110#", 2)
    await call.pressed("*A", 2)
    assert theirs.keys == "9110#"
    await call.hangup()
    assert await theirs.ended(2) == "hung up by them"


async def test_hold_silences_both_and_resume_brings_it_back(citizen: Phone, agent: Phone) -> None:
    call = await citizen.call(uri(agent))
    await call.answered(3)
    theirs = await agent.incoming_call(1)
    await theirs.heard(CITIZEN, within=3)
    assert await theirs.hold()
    assert call.held
    await asyncio.gather(theirs.not_heard(within=3), call.not_heard(within=3))
    assert await theirs.resume()
    await asyncio.gather(theirs.heard(CITIZEN, within=3), call.heard(AGENT, within=3))
    assert not call.held


async def test_a_cancelled_call_ends_on_both_sides(citizen: Phone, agent: Phone) -> None:
    agent.policy = incoming.NEVER_ANSWER
    call = await citizen.call(uri(agent))
    await call.ringing(2)
    await call.hangup()
    theirs = await agent.incoming_call(1)
    assert await theirs.ended(1) == "cancelled by them"
    assert (call.status, call.state) == (487, State.ENDED)
    assert call.ended_by_us


async def test_hanging_up_before_anything_came_back_still_cancels(citizen: Phone, agent: Phone) -> None:
    agent.policy = incoming.answer(5)
    call = await citizen.call(uri(agent))
    await call.hangup()
    assert call.status == 487


@pytest.mark.parametrize("status", [404, 486, 603])
async def test_a_refusal_is_told_to_whoever_waits_for_an_answer(
    citizen: Phone, agent: Phone, status: int
) -> None:
    agent.policy = incoming.reject(status, after=0.05, ring=True)
    call = await citizen.call(uri(agent))
    with pytest.raises(CallEnded) as caught:
        await call.answered(3)
    assert caught.value.status == status
    theirs = await agent.incoming_call(1)
    assert theirs.state is State.ENDED


async def test_a_phone_that_never_answers_is_a_timeout_not_an_end(citizen: Phone, agent: Phone) -> None:
    agent.policy = incoming.NEVER_ANSWER
    call = await citizen.call(uri(agent))
    await call.ringing(2)
    with pytest.raises(TimeoutError, match="answered: not within"):
        await call.answered(0.3)


async def test_an_answer_that_hangs_up_by_itself(citizen: Phone, agent: Phone) -> None:
    agent.policy = incoming.answer(0.1, hang_up_after=0.3)
    call = await citizen.call(uri(agent))
    await call.answered(2)
    assert await call.ended(2) == "hung up by them"


async def test_nothing_listening_is_no_answer_from_the_network(
    citizen: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phones.timers.GIVE_UP", 1.0)
    call = await citizen.call("sip:120@127.0.0.1:32999")
    assert "nothing listens" in await call.ended(3)


async def test_tcp_carries_calls_too() -> None:
    async with (
        Phone("127.0.0.2", tone=CITIZEN, transport="tcp") as one,
        Phone(tone=AGENT, policy=incoming.answer(), transport="tcp") as two,
    ):
        call = await one.call(uri(two))
        await call.answered(3)
        await call.heard(AGENT, within=3)
        await call.hangup()
        theirs = await two.incoming_call(1)
        assert await theirs.ended(2) == "hung up by them"


class Raw:
    """A bare UDP socket that says exactly what a test wants said."""

    def __init__(self, phone: Phone) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self._phone = phone

    def send(self, method: str, *extra: str, branch: str = "z9hG4bKraw", cseq: int = 1, to_tag: str = "",
             body: bytes = b"") -> None:  # fmt: skip
        port = self._socket.getsockname()[1]
        lines = [
            f"{method} {uri(self._phone)} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch={branch}",
            "From: <sip:raw@127.0.0.1>;tag=raw",
            f"To: <sip:201@127.0.0.1>{';tag=' + to_tag if to_tag else ''}",
            "Call-ID: raw",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:raw@127.0.0.1:{port}>",
            *extra,
            f"Content-Length: {len(body)}",
        ]
        self._socket.sendto("\r\n".join(lines).encode() + b"\r\n\r\n" + body, self._phone.address)

    async def receive(self, within: float = 3.0) -> tuple[int, bytes]:
        """The status of the next response (0: a request) and its bytes."""
        loop = asyncio.get_running_loop()
        data = await asyncio.wait_for(loop.sock_recv(self._socket, 65_536), within)
        message = parse(data)
        return (0 if isinstance(message, Request) else message.status), data

    async def final(self) -> bytes:
        while True:
            status, data = await self.receive()
            if status >= 200 or status == 0:
                return data

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def raw(agent: Phone) -> Iterator[Raw]:
    peer = Raw(agent)
    yield peer
    peer.close()


async def test_options_is_answered_and_says_what_is_allowed(raw: Raw) -> None:
    raw.send("OPTIONS")
    status, data = await raw.receive()
    assert status == 200
    assert b"Allow: INVITE, ACK, CANCEL, BYE" in data


@pytest.mark.parametrize("extension", ["100rel", "timer"])
async def test_a_required_extension_is_refused_with_its_name(raw: Raw, extension: str) -> None:
    raw.send("INVITE", f"Require: {extension}")
    data = await raw.final()
    assert data.startswith(b"SIP/2.0 420 ")
    assert f"Unsupported: {extension}".encode() in data


@pytest.mark.parametrize(
    ("method", "to_tag", "status"),
    [("BYE", "unknown", b"481"), ("CANCEL", "", b"481"), ("PUBLISH", "", b"405")],
)
async def test_requests_that_belong_to_nothing(raw: Raw, method: str, to_tag: str, status: bytes) -> None:
    raw.send(method, to_tag=to_tag)
    assert (await raw.final()).startswith(b"SIP/2.0 " + status)


async def test_an_invite_sent_twice_is_one_call_and_its_200_comes_again_until_the_ack(
    raw: Raw, agent: Phone
) -> None:
    body = b"v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 32900 RTP/AVP 8\r\n"
    raw.send("INVITE", "Content-Type: application/sdp", body=body)
    first = await raw.final()
    raw.send("INVITE", "Content-Type: application/sdp", body=body)
    assert await raw.final() == first  # the answer to the duplicate
    assert await raw.final() == first  # timer G
    assert len(agent.calls) == 1
    tag = first.partition(b"To: <sip:201@127.0.0.1>;tag=")[2].split(b"\r\n")[0].decode()
    raw.send("ACK", to_tag=tag, branch="z9hG4bKack")
    [call] = agent.calls
    await call.changed.until(lambda: call.packets_sent > 20, 3, "audio after the ACK")
    with pytest.raises(TimeoutError):
        await raw.receive(1.2)  # no more 200s
    raw.send("BYE", to_tag=tag, branch="z9hG4bKbye", cseq=2)
    assert (await raw.final()).startswith(b"SIP/2.0 200")


async def test_an_offer_without_a_common_codec_or_that_is_no_sdp_is_refused(raw: Raw) -> None:
    raw.send("INVITE", body=b"v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 32900 RTP/AVP 18\r\n")
    assert (await raw.final()).startswith(b"SIP/2.0 488")
    raw.send("INVITE", body=b"nonsense", branch="z9hG4bKother", cseq=2)
    while not (data := await raw.final()).startswith(b"SIP/2.0 400"):
        assert data.startswith(b"SIP/2.0 488")  # repeated for want of an ACK


async def test_garbage_does_not_disturb_a_phone(raw: Raw, agent: Phone) -> None:
    for junk in (b"", b"\0", b"\r\n\r\n", b"INVITE", b"\xff" * 2000, b"SIP/2.0 200 OK\r\n\r\n"):
        raw._socket.sendto(junk, agent.address)
    raw.send("OPTIONS")
    assert (await raw.receive())[0] == 200
