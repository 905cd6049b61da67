"""S3, S4, S5, S6: calls that would cost the city money, and callers who are not whom they claim to be."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from phones import incoming, tones
from phones.phone import Phone
from tests.pbx.conftest import Room
from tests.pbx.desk import Desk
from tests.support.centre import Centre, until
from tests.support.raw_sip import DivertingPhone, Intruder, sdp

pytestmark = pytest.mark.timeout(120)
AGENT_TONE = tones.AGENTS[201 % len(tones.AGENTS)]
ALLOWED = [
    "0270001234",
    "027001234",
    "0317123456",
    "03171234567",
    "0515551234",
    "01045671234",
    "07045671234",
    "119",
]
COSTLY = {
    "abroad": "00447911123456",
    "abroad, carrier chosen": "0018212345678",
    "premium": "0601234567",
    "premium, long": "06012345678",
    "paid by the caller": "15881234",
    "personal number": "05012345678",
    "information": "114",
    "too long": "02700012345",
    "too short": "02700012",
    "nothing": "",
    "one digit": "0",
}


# --- S3 -----------------------------------------------------------------------------------------------------------


def test_s3_strangers_reach_no_number_and_no_channel(centre: Centre, target: tuple[str, int]) -> None:
    """Also when they call themselves a trunk, or an agent, in From, Contact and Authorization."""
    before = len(centre.cel("CHAN_START"))
    for place, who in enumerate(("01012345678", "trunk_a", "trunk_b", "201", "centre120", "anonymous", "%")):
        with Intruder(target, f"127.0.30.{place + 1}") as stranger:
            for number in ("120", "00447911123456", "0601234567", "15881234", "201", "s", "*11"):
                answer = stranger.ask(
                    "INVITE", number, from_user=who, body=sdp(stranger.local[0]), within=3,
                    headers='Authorization: Digest username="trunk_a", realm="centre120", nonce="1/a", uri="sip:120", '
                    'response="00000000000000000000000000000000"\r\n' if who == "trunk_b" else "",
                )  # fmt: skip
                assert answer.status in (400, 401, 403, 416), (who, number, answer.text)
    assert len(centre.cel("CHAN_START")) == before


# --- S4 -----------------------------------------------------------------------------------------------------------

HOSTILE_NUMBERS = [
    "120&PJSIP/trunk_a/00447911123456", "120%26PJSIP%2Ftrunk_a%2F00", "120%40trunk_a", "120%3bx", "120;phone-context=x",
    "120,n,Dial(PJSIP%2F201)", "%24%7BEXTEN%7D", "%24%7BSHELL(id)%7D", "%D9%A1%D9%A2%D9%A0", "\u0661\u0662\u0660",
    "120%0d%0aX: y", "9" * 4000, "*11", "#1", "s", "h", "T", "i", "o", "a", "e", "fax", "_X.", "over", "201", "2" * 79, "2" * 81,
    "+", "++82120", "+82120+", "120 ", " 120", "1%32%30x", "again", "refused", "0", "12.0", "12/0", "entry",
]  # fmt: skip


def test_s4_hostile_numbers_from_a_trunk_reach_nobody(centre: Centre, target: tuple[str, int]) -> None:
    with Intruder(target, "127.0.0.2") as trunk:
        for number in HOSTILE_NUMBERS:
            answer = trunk.ask("INVITE", number, from_user="01012345678", body=sdp("127.0.0.2"), within=1)
            # status 0: what is no SIP request at all gets no answer
            assert answer.status in (0, 400, 404, 414, 416, 484, 500), (number, answer.text[:200])
    entered = [line for line in centre.cel() if line["eventtype"] == "CENTRE_ENTERED"]
    assert entered == []
    dialled = [line for line in centre.cel("APP_START") if line["appname"] in ("Dial", "Queue")]
    assert dialled == []


async def test_s4_hostile_numbers_from_an_agents_phone_reach_no_trunk(centre: Centre, room: Room) -> None:
    agent = await room.agent("201")
    carrier = await room.carrier(incoming.answer(0.1))
    for number in [
        "202%26PJSIP%2F0060%40trunk_a",
        *COSTLY.values(),
        *ALLOWED,
        "120",
        "900",
        "9999",
    ]:
        if not number:
            continue
        call = await agent.call(f"sip:{number}@{centre.sip}")
        await call.ended(6)
        assert call.status in (400, 404, 416, 480, 484, 503, 603), (number, call.status)
    assert carrier.calls == []


# --- S5 -----------------------------------------------------------------------------------------------------------


@pytest.fixture
async def talk(centre: Centre, room: Room) -> AsyncIterator[tuple[Any, Any, Desk]]:
    """A citizen and agent 201 talking, and the agent's desk."""
    phone = await room.agent("201")
    async with Desk(centre, "201") as desk:
        citizen = await room.citizen()
        await citizen.answered(5)
        await citizen.press("0")
        leg = await phone.incoming_call(10)
        await citizen.heard(AGENT_TONE, within=10)
        await until(lambda: desk.phase() == "talking", 5, "desk shows talking")
        yield citizen, leg, desk
        with contextlib.suppress(Exception):
            await citizen.hangup()


def refused(centre: Centre) -> list[str]:
    """`why` of every refusal on record."""
    lines = centre.cel("CENTRE_TOLL_REFUSED")
    return [str(line["eventextra"]).split("why=")[1].split('"')[0] for line in lines]


@pytest.mark.parametrize("kind", ["blind-transfer", "attended-transfer"])
async def test_s5_a_costly_number_is_not_dialled_even_with_a_valid_token(
    centre: Centre, room: Room, talk: tuple[Any, Any, Desk], kind: str
) -> None:
    """Who stole the desks' key can sign any number; the dialplan has its own list, and the citizen is not lost."""
    citizen, _, desk = talk
    carrier = await room.carrier(incoming.answer(0.1))
    before = len(refused(centre))
    await desk.do(kind, target=desk.target("00447911123456"))
    await until(lambda: len(refused(centre)) > before, 8, "the refusal on record")
    assert refused(centre)[-1] == "not-allowed"
    await citizen.heard(AGENT_TONE, within=15)  # together with the same agent again
    assert carrier.calls == []
    await until(lambda: desk.phase() in ("talking", "offered"), 8, "the desk shows it")


async def test_s5_the_agents_number_of_calls_a_day_is_kept_with_the_worker_in_charge(
    centre: Centre, room: Room, talk: tuple[Any, Any, Desk]
) -> None:
    citizen, _, desk = talk
    carrier = await room.carrier(incoming.answer(0.1))
    day = datetime.now(ZoneInfo("Asia/Seoul")).strftime("%Y%m%d")
    centre.cli(f"database put toll agent-201 {day}-{centre.settings.outgoing_per_agent}")
    await desk.do("attended-transfer", target=desk.target("0270001234"))
    await until(lambda: "agent-limit" in refused(centre), 8, "refused for the agent's limit")
    await citizen.heard(AGENT_TONE, within=15)
    assert carrier.calls == []
    assert "agent-limit-201" in centre.cli("database show toll")
    centre.cli("database put toll agent-201 20200101-9999")  # another day: begins at nought
    await until(lambda: desk.phase() == "talking", 8, "talking again")
    await desk.do("attended-transfer", target=desk.target("0270001234"))
    await citizen_at_department(carrier)
    assert f"{day}-1" in centre.cli("database show toll")


async def citizen_at_department(carrier: Phone) -> None:
    leg = await carrier.incoming_call(8)
    await leg.answered(5)


@pytest.mark.parametrize(
    "contact", ["sip:00447911123456@127.0.0.2", "sip:*11@127.0.0.1", "sip:203@127.0.0.1"]
)
async def test_s5_a_phone_that_diverts_its_calls_is_not_obeyed(
    centre: Centre, room: Room, target: tuple[str, int], contact: str
) -> None:
    caller = await room.agent("201", sign_in=False)
    carrier = await room.carrier(incoming.answer(0.1))
    other = await room.agent("203", sign_in=False)
    with DivertingPhone(target, "202", centre.password("202"), contact) as diverting:
        before = len(centre.cel("CHAN_START"))
        call = await caller.call(f"sip:202@{centre.sip}")
        await call.ended(6)
        assert call.status >= 400
        assert diverting.asked == 1
        names = [line["channame"] for line in centre.cel("CHAN_START")[before:]]
        assert not [name for name in names if name.startswith("Local/")], names
    assert carrier.calls == [] and other.calls == []


async def test_s5_a_phone_registered_as_the_carrier_is_not_dialled_there(
    centre: Centre, room: Room, target: tuple[str, int]
) -> None:
    """An agent's password and a Contact at the carrier: the carrier trusts our address, and would put the call through."""
    caller = await room.agent("201", sign_in=False)
    carrier = await room.carrier(incoming.answer(0.1))
    bought = f"sip:00447911123456@127.0.0.2:{centre.settings.carrier_port}"
    with Intruder(target, "127.0.0.1") as phone:
        assert phone.guess("203", centre.password("203"), contact=bought).status == 200
        call = await caller.call(f"sip:203@{centre.sip}", headers=(("Route", f"<{bought};lr>"),))
        arrived = [
            (await asyncio.to_thread(phone.receive, 2)).text[:6] for _ in range(3)
        ]  # OPTIONS may come before
        assert "INVITE" in arrived, "the phone that registered was not rung: the test is void"
        await call.hangup()
        phone.drain()
    assert carrier.calls == []


async def test_s5_refer_and_replaces_take_no_call_anywhere(
    centre: Centre, room: Room, target: tuple[str, int]
) -> None:
    """A trunk and an agent may not move calls by SIP: only the desk does, to numbers of the directory."""
    before = len(centre.cel("CENTRE_ENTERED"))
    with Intruder(target, "127.0.0.2") as trunk:
        answer = trunk.ask("REFER", "120", headers="Refer-To: <sip:00447911123456@127.0.0.1>\r\n")
        assert answer.status in (403, 404, 405, 481, 501, 603), answer.text
        replaces = "Replaces: abc%40host;to-tag=1;from-tag=2\r\n"
        answer = trunk.ask("INVITE", "120", headers=f"{replaces}Require: replaces\r\n", body=sdp("127.0.0.2"))
        assert answer.status >= 400
    assert len(centre.cel("CENTRE_ENTERED")) == before


# --- S6 -----------------------------------------------------------------------------------------------------------

FORGED = (
    ("P-Asserted-Identity", '"Mayor" <sip:112@city>'),
    ("Remote-Party-ID", '"Mayor" <sip:112@city>;party=calling;screen=yes'),
    ("Diversion", "<sip:999@city>;reason=unconditional"),
    ("Identity", "e30.e30.sig;info=<https://x>;alg=ES256;ppt=shaken"),
    ("X-Asterisk-Context", "outgoing"),
)


async def test_s6_an_agent_can_not_show_another_number_or_name(centre: Centre, room: Room) -> None:
    agent = await room.agent("201", sign_in=False)
    colleague = await room.agent("202", sign_in=False)
    call = await agent.call(f"sip:202@{centre.sip}", display_name="Mayor", headers=FORGED)
    leg = await colleague.incoming_call(5)
    assert leg.remote_number == "201"
    assert "Mayor" not in str(leg.dialog.remote)
    await call.hangup()
    other = await agent.call(f"sip:202@{centre.sip}", from_number="112")
    await other.ended(5)
    assert other.status == 401


async def test_s6_only_the_trunks_word_counts_and_headers_choose_no_context(
    centre: Centre, room: Room
) -> None:
    """The trunk's P-Asserted-Identity is the network's word (RFC 3325 section 5); a From beside it is not believed."""
    phone = Phone("127.0.0.2", 0)
    await phone.start()
    room.phones.append(phone)
    headers = (("P-Asserted-Identity", "<sip:0212340000@network>"), *FORGED[2:])
    call = await phone.call(f"sip:120@{centre.sip}", from_number="01099998888", headers=headers)
    await call.answered(5)
    entered = await until(lambda: centre.cel("CENTRE_ENTERED"), 5, "entered")
    assert "number=0212340000" in entered[-1]["eventextra"]
    assert entered[-1]["context"] == "entry"
    await call.hangup()
