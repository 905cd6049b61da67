"""On record: every INVITE of the trunk is exactly one row of `calls`, with outcome, events, case, CEL and CDR.

Real Asterisk, real PostgreSQL, the recorder as its own program. Parts are stopped, frozen and brought back.
"""

import itertools
import signal
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from centre120.store.database import Database, StoreUnavailable
from centre120.store.interpreters import Partner, record_partners
from ops.books import balance, to_text
from phones import incoming, tones
from tests.pbx.conftest import AGENTS, Room
from tests.pbx.desk import Desk
from tests.support.centre import Centre, poll, running, until
from tests.support.database import migrated, server, url_of  # noqa: F401 - a fixture
from tests.support.postgres import PrivatePostgres

pytestmark = pytest.mark.timeout(180)
BEGAN = datetime.now(UTC)
ATTEMPTS = itertools.count(1)
"""A second attempt at a test has the same database: its call is another citizen's."""
TONE = tones.AGENTS[201 % len(tones.AGENTS)]


@pytest.fixture(scope="module")
def database(server: PrivatePostgres) -> Iterator[Database]:  # noqa: F811 - the fixture
    with migrated(server, "record") as database:
        yield database


@pytest.fixture(scope="module")
def centre(database: Database) -> Iterator[Centre]:
    made = Centre(AGENTS, url_of(database), ring_seconds=3, wrap_up_seconds=1)
    made.employ(AGENTS)
    with running(made, "asterisk", "agi", "ari_app") as centre:
        centre.start("recorder")
        yield centre


@pytest.fixture
async def room(centre: Centre) -> AsyncIterator[Room]:
    poll(lambda: set(centre.health().get("agents", {})) == set(AGENTS), 10, "the roster of the database")
    room = Room(centre)
    yield room
    for phone in room.phones:
        if phone.user in AGENTS:
            await room.key(phone, "*12")
    await room.close()
    poll(lambda: not centre.leaks(), 8, f"an Asterisk without channels and bridges: {centre.leaks()}")


def rows(database: Database, query: str, **values: Any) -> list[dict[str, Any]]:
    try:
        with database.transaction() as tx:
            return [dict(row._mapping) for row in tx.execute(sa.text(query), values)]
    except StoreUnavailable:
        return []


async def call_of(database: Database, number: str, within: float = 10) -> dict[str, Any]:
    """The one finished row of the citizen with this number."""
    query = "select * from calls where caller_number = :number and ended_at is not null"
    found = await until(lambda: rows(database, query, number=number), within, f"a finished row for {number}")
    assert len(found) == 1
    return dict(found[0])


async def answered_call(room: Room, number: str, keys: str = "0", **more: Any) -> None:
    call = await room.citizen(number, **more)
    await call.answered(5)
    await call.press(keys)
    await call.heard(TONE, within=15)
    await call.hangup()


async def test_an_answered_call_is_one_row_with_case_events_offer_cel_and_cdr(
    centre: Centre, room: Room, database: Database
) -> None:
    await room.agent("201")
    number = f"0102100{next(ATTEMPTS):04}"
    await answered_call(room, number, name='김 "길동" ${X}', dial="7316114")
    call = await call_of(database, number)
    assert (call["outcome"], call["route"], call["agent_extension"], call["origin_number"]) == (
        "answered",
        "queue",
        "201",
        "7316114",
    )
    assert call["caller_name"] == '김 "길동" ${X}'
    assert (
        call["arrived_at"]
        <= call["answered_at"]
        <= call["queued_at"]
        <= call["agent_answered_at"]
        <= call["ended_at"]
    )
    assert call["arrived_at"].tzinfo is not None and call["hung_up_by"] == "citizen"
    (case,) = rows(database, "select * from cases where case_id = :id", id=call["case_id"])
    assert (
        case["case_number"] == centre.journal("CallQueued")[-1]["case_number"]
        and case["origin_number"] == "7316114"
    )
    told = {"CallQueued", "CallOffered", "CallAnswered", "CENTRE_ENTERED", "CENTRE_MENU_KEY"}
    events = "select kind from call_events where call_id = :id"
    # the journal and CEL are read one after the other: either may come a moment later
    await until(
        lambda: told <= {row["kind"] for row in rows(database, events, id=call["call_id"])},
        10,
        f"all of {told}",
    )
    offered = "select * from offers where call_id = :id"
    await until(
        lambda: [row["result"] for row in rows(database, offered, id=call["call_id"])] == ["answered"],
        10,
        "one offer",
    )
    linked = {"linked": call["linked_id"]}
    assert rows(database, "select 1 from cel where linkedid = :linked", **linked)
    await until(
        lambda: rows(database, "select 1 from cdr where linkedid = :linked", **linked), 5, "CDR linked"
    )


async def test_refused_abandoned_and_asked_for_a_call_back(
    centre: Centre, room: Room, database: Database
) -> None:
    refused = await room.citizen("01020000002", dial="119")
    await refused.ended(5)
    in_menu = await room.citizen("01020000003")
    await in_menu.answered(5)
    await in_menu.hangup()
    waiting = await room.citizen("01020000004")
    await waiting.answered(5)
    await waiting.press("0")
    await until(lambda: centre.health().get("waiting") == 1, 10, "waiting")
    await waiting.press("1")
    await waiting.ended(8)
    outcomes = {
        number: (await call_of(database, number))["outcome"]
        for number in ("01020000002", "01020000003", "01020000004")
    }
    assert outcomes == {
        "01020000002": "refused",
        "01020000003": "abandoned-in-menu",
        "01020000004": "callback-requested",
    }
    (request,) = rows(database, "select * from callback_requests where number = '01020000004'")
    assert request is not None


async def test_a_transfer_is_on_record_with_the_departments_pick_up(
    centre: Centre, room: Room, database: Database
) -> None:
    phone = await room.agent("201")
    carrier = await room.carrier(incoming.answer(0.2))
    async with Desk(centre, "201") as desk:
        call = await room.citizen("01020000005")
        await call.answered(5)
        await call.press("0")
        leg = await phone.incoming_call(10)
        await until(lambda: desk.phase() == "talking", 8, "talking")
        await desk.do("blind-transfer", target=desk.target("0270001234"))
        await leg.ended(5)
        await (await carrier.incoming_call(8)).heard(tones.CITIZEN, within=8)
        await call.hangup()
    row = await call_of(database, "01020000005")
    (transfer,) = rows(database, "select * from transfers where call_id = :id", id=row["call_id"])
    assert (transfer["result"], transfer["number"], transfer["kind"]) == ("picked-up", "0270001234", "blind")


async def test_the_language_chosen_is_remembered_and_the_next_call_is_greeted_in_it(
    centre: Centre, room: Room, database: Database
) -> None:
    await room.agent("203")
    call = await room.citizen("01020000006")
    await call.answered(5)
    await call.press("9")
    await until(lambda: "language-menu" in centre.cel("CENTRE_PROMPT")[-1]["eventextra"], 5, "language menu")
    await call.press("2")
    await call.heard(tones.AGENTS[203 % len(tones.AGENTS)], within=10)
    await call.hangup()
    remembered = "select language from citizens_languages where number = '01020000006'"
    await until(lambda: rows(database, remembered), 5, "remembered")
    again = await room.citizen("01020000006")
    await again.answered(5)
    await again.press("0")
    await again.heard(tones.AGENTS[203 % len(tones.AGENTS)], within=10)
    await again.hangup()
    assert centre.journal("CallQueued")[-1]["language"] == "zh"


@pytest.mark.parametrize("by", ["number", "code"])
async def test_status_of_a_case_is_heard_by_its_number_and_by_its_tracking_code(
    centre: Centre, room: Room, database: Database, by: str
) -> None:
    await room.agent("201")
    caller, asker = f"0102000{len(by)}007", f"0102000{len(by)}008"
    await answered_call(room, caller)
    await call_of(database, caller)
    number = centre.journal("CallQueued")[-1]["case_number"]
    heard_before = len(centre.cel("CENTRE_STATUS_HEARD"))
    if by == "code":
        found = rows(database, "select tracking_code from cases where case_number = :n", n=number)
        number = found[0]["tracking_code"] + "#"
    asking = await room.citizen(asker)
    await asking.answered(5)
    await asking.press("7")
    await until(
        lambda: "status-ask" in centre.cel("CENTRE_PROMPT")[-1]["eventextra"], 15, "asked for the number"
    )
    await asking.press(number)
    await until(lambda: len(centre.cel("CENTRE_STATUS_HEARD")) > heard_before, 10, "status said")
    assert number.rstrip("#") in centre.cel("CENTRE_STATUS_HEARD")[-1]["eventextra"]
    await asking.ended(25)
    assert (await call_of(database, asker))["outcome"] == "status-heard"
    linked = "select 1 from case_calls join calls using (call_id) where relation = 'status-heard' and caller_number = :n"
    await until(lambda: rows(database, linked, n=asker), 10, "the call is linked to the case")


@pytest.mark.parametrize("fault", ["stopped", "frozen"])
async def test_postgresql_away_calls_are_answered_and_are_in_the_tables_afterwards(
    centre: Centre,
    room: Room,
    database: Database,
    server: PrivatePostgres,  # noqa: F811 - the fixture
    fault: str,
) -> None:
    await room.agent("201")
    number = f"0103000000{len(fault)}"
    if fault == "stopped":
        server.stop()
    else:
        server.freeze()
    try:
        await answered_call(room, number)
    finally:
        if fault == "stopped":
            server.start()
        else:
            server.thaw()
    call = await call_of(database, number, within=30)
    assert call["outcome"] == "answered" and call["case_id"] is not None


async def test_ari_app_frozen_the_call_of_the_last_resort_is_in_the_tables_with_a_case(
    centre: Centre, room: Room, database: Database
) -> None:
    await room.agent("201")
    centre.signal("ari_app", signal.SIGSTOP)
    try:
        await answered_call(room, "01030000009")
    finally:
        centre.signal("ari_app", signal.SIGCONT)
    call = await call_of(database, "01030000009")
    assert (call["outcome"], call["route"], call["agent_extension"]) == ("answered", "fallback", "201")
    assert call["case_id"] is not None
    poll(lambda: centre.health().get("ready"), 10, "ari_app well again")


async def test_recordings_folder_that_can_not_be_written_does_not_touch_the_call(
    centre: Centre, room: Room, database: Database
) -> None:
    """A full disk for recordings looks the same to Asterisk: the file can not be opened or grown."""
    await room.agent("201")
    folder = centre.settings.recordings_dir
    moved = folder.with_name("recordings-away")
    folder.rename(moved)
    folder.write_text("not a folder")
    try:
        await answered_call(room, "01030000010")
    finally:
        folder.unlink()
        moved.rename(folder)
    assert (await call_of(database, "01030000010"))["outcome"] == "answered"


async def test_a_conference_and_an_interpreter_are_on_record_and_the_clock_runs_from_the_language_key(
    centre: Centre, room: Room, database: Database
) -> None:
    """One call: the 9, Mongolian, agent 203, an interpreter who leaves, a department that stays when the agent has left."""
    with database.transaction() as tx:
        record_partners(tx, [Partner("mn", "BBB mn", "0277001001", 1, 20)])
    phone = await room.agent("203")
    carrier = await room.carrier(incoming.answer(0.1))
    async with Desk(centre, "203") as desk:
        await until(lambda: desk.of("state")[-1]["interpreters"] == ["mn"], 15, "the line is in the roster")
        citizen = await room.citizen("01030000024")
        await citizen.answered(5)
        await citizen.press("9")
        await citizen.heard(within=5)
        await citizen.press("5")
        leg = await phone.incoming_call(15)
        await leg.heard(tones.CITIZEN, within=10)
        await until(lambda: desk.phase() == "talking", 5, "talking")
        await desk.do("interpreter", language="mn")
        interpreter = await carrier.incoming_call(10)
        await citizen.heard(tones.DEPARTMENT, within=10)
        await until(lambda: centre.journal("InterpreterSpoke"), 5, "the first word")
        await interpreter.hangup()
        await until(lambda: desk.phase() == "talking", 5, "two again")
        await desk.do("attended-transfer", target=desk.target("0270001234"), summary="")
        department = await carrier.incoming_call(10)
        await leg.heard(tones.DEPARTMENT, within=10)
        await until(
            lambda: ((desk.of("call")[-1]["call"] or {}).get("transfer") or {}).get("phase") == "talking",
            5,
            "the desk shows that the department talks",
        )
        await desk.do("join-all")
        await citizen.heard(tones.DEPARTMENT, within=10)
        await desk.do("complete-transfer")
        await leg.ended(5)
        await department.hangup()
        await citizen.ended(5)
    call = await call_of(database, "01030000024")
    assert (call["outcome"], call["agent_extension"], call["language"]) == ("answered", "203", "mn")
    asked, key = {"id": call["call_id"]}, "select at from call_events where call_id = :id and kind = "
    (came,) = rows(database, "select * from interpretations where call_id = :id", **asked)
    assert (came["language"], came["number"], came["tried"], came["result"]) == (
        "mn", "0277001001", 0, "joined",
    )  # fmt: skip
    (nine,) = rows(database, key + "'CENTRE_MENU_KEY'", **asked)
    (word,) = rows(database, key + "'InterpreterSpoke'", **asked)
    assert came["clock_seconds"] == pytest.approx((word["at"] - nine["at"]).total_seconds(), abs=0.001)
    (handed,) = rows(database, "select * from transfers where call_id = :id", **asked)
    assert handed["result"] == "picked-up" and handed["joined_at"] > handed["answered_at"]


async def test_the_books_every_invite_is_exactly_one_row(
    centre: Centre, room: Room, database: Database
) -> None:
    """Last in this file: all calls so far, counted by Asterisk and by the tables."""
    channels = {
        record["uniqueid"]
        for record in centre.cel("CHAN_START")
        if record["context"] == "inbound" and record["linkedid"] == record["uniqueid"]
    }
    found = await until(
        lambda: (
            (got := rows(database, "select channel_id, outcome from calls"))
            and len(got) >= len(channels)
            and got
        ),
        10,
        "all rows",
    )
    assert {row["channel_id"] for row in found} == channels and len(found) == len(channels)
    assert "in-progress" not in {row["outcome"] for row in found}
    assert rows(database, "select 1 from rejected_lines") == []


def test_the_books_of_everything_above_balance(centre: Centre, database: Database) -> None:
    """Real calls with every ending, with parts stopped and frozen: three witnesses agree on each."""
    made = balance(centre.settings, BEGAN)
    assert made.balanced, to_text(made, ZoneInfo("Asia/Seoul"))
    counted = {ending for ending, count in made.endings.items() if count}
    assert counted >= {"answered", "abandoned", "callback-requested", "refused", "self-served"}
    assert made.invites == sum(made.endings.values()) >= 12
    with database.transaction() as tx:
        tx.execute(
            sa.text(
                "update calls set outcome = 'abandoned' where call_id = "
                "(select call_id from calls where outcome = 'answered' and dialled_number = '7316114' limit 1)"
            )
        )
    (lie,) = balance(centre.settings, BEGAN).discrepancies
    assert (lie.kind, lie.witness) == ("contradictory", "calls")
