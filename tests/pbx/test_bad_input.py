"""Hostile input over real SIP: stored exactly or safely cut, refused clearly, nothing executed."""

import contextlib

import pytest

from phones import tones
from phones.phone import Phone
from tests.pbx.conftest import Room
from tests.support.centre import Centre, until

pytestmark = pytest.mark.timeout(120)
TONE = tones.AGENTS[201 % len(tones.AGENTS)]

NAMES = {
    "quote": '김 "길동"',
    "comma": "a,b,c",
    "ampersand": "x&PJSIP/201",
    "variable": "${SHELL(id)} $[1+1] ${UNIQUEID}",
    "script": "<script>alert(1)</script>",
    "right-to-left": "abc\u202e\u202dxyz\u200b",
    "sql": "'; DROP TABLE calls; --",
    "broken-utf8": b"\xff\xfe\xc3( Kim",
    "percent": "%0a%00%s",
    "emoji": "\U0001f600 시민",
    "long": "가" * 900,
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
async def test_hostile_caller_name_reaches_an_agent_and_is_not_evaluated(
    centre: Centre, room: Room, name: str | bytes
) -> None:
    await room.agent("201")
    call = await room.citizen("01055556666", name=name)
    await call.answered(5)
    await call.press("0")
    await call.heard(TONE, within=10)
    await call.hangup()
    await until(lambda: centre.journal("TalkEnded"), 5, "talk ended")
    stored = centre.journal("CallQueued")[-1]["caller_name"]
    if isinstance(name, str) and len(name) < 70:
        assert stored == name
    if isinstance(name, bytes):
        assert "Kim" in stored
    assert not centre.cel("CENTRE_FALLBACK")


async def test_name_of_ten_kilobytes_is_refused_or_cut_and_the_next_call_is_answered(
    centre: Centre, room: Room
) -> None:
    await room.agent("201")
    long = await room.citizen("01055556666", name="x" * 10_000)
    call = await room.citizen("01055556667")
    await call.answered(5)
    await call.press("0")
    await call.heard(TONE, within=10)
    await call.hangup()
    await long.hangup()


@pytest.mark.parametrize(
    "dial",
    [
        "120%26PJSIP%2Fx",
        "120;x=1",
        "120,n,System",
        "%24%7BSHELL(id)%7D",
        "1" * 900,
        "\u0661\u0662\u0660",
        "120@evil",
    ],
)
async def test_hostile_extension_is_refused(centre: Centre, room: Room, dial: str) -> None:
    phone = Phone("127.0.0.2", 0)
    await phone.start()
    room.phones.append(phone)
    before = len(centre.cel("CENTRE_ENTERED"))
    try:
        call = await phone.call(f"sip:{dial}@{centre.sip}", from_number="01012345678")
    except ValueError:
        return  # our own phone cannot even send this
    if dial == "120;x=1":  # a parameter of the user part: RFC 3261 allows it, the number is 120
        await call.hangup()
        return
    with contextlib.suppress(TimeoutError):  # what is no SIP URI at all gets no answer, like any noise
        await call.ended(2)
        assert call.status in (400, 404, 416, 484), call.status
    assert len(centre.cel("CENTRE_ENTERED")) == before


async def test_sip_from_an_address_that_is_no_trunk_gets_401_and_no_channel(
    centre: Centre, room: Room
) -> None:
    stranger = Phone("127.0.0.9", 0)
    await stranger.start()
    room.phones.append(stranger)
    before = len(centre.cel("CHAN_START"))
    for dial in ("120", "00447911123456", "0601234567", "201"):
        call = await stranger.call(f"sip:{dial}@{centre.sip}", from_number="01012345678")
        await call.ended(5)
        assert call.status == 401
    assert len(centre.cel("CHAN_START")) == before


async def test_agent_can_not_dial_out_from_the_phone(centre: Centre, room: Room) -> None:
    agent = await room.agent("201")
    carrier = await room.carrier(__import__("phones.incoming", fromlist=["answer"]).answer(0.1))
    for dial in ("0270001234", "00447911123456", "0601234567", "120", "9100"):
        call = await agent.call(f"sip:{dial}@{centre.sip}")
        await call.ended(6)
        assert call.status in (404, 480, 503, 603), (dial, call.status)
    assert not carrier.calls


@pytest.mark.parametrize("number", ["anonymous", "", "unknown", "+821012345678", "abc", "0" * 60])
async def test_unknown_and_withheld_numbers_are_answered(centre: Centre, room: Room, number: str) -> None:
    await room.agent("201")
    call = await room.citizen(number)
    await call.answered(5)
    await call.press("0")
    await call.heard(TONE, within=10)
    await call.hangup()
    stored = centre.journal("CallQueued")[-1]["caller_number"]
    assert stored is None or stored.removeprefix("+").isdigit()
