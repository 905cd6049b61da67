"""The desk in a real Chromium, on a real Asterisk, with real phones: what an agent sees, and what is kept of what they type."""

import os
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from playwright.async_api import Page, async_playwright

from centre120.entries import EntryFields
from centre120.settings import REPOSITORY
from centre120.store.agents import add_agent, ha1
from centre120.store.answers_told import list_told_on_call
from centre120.store.cases import find_case_of_call
from centre120.store.consultation import add_entry
from centre120.store.database import Database, StoreUnavailable
from centre120.store.directory import record_departments
from centre120.store.interpreters import Partner, record_partners
from centre120.store.schema.people import agents
from centre120.store.users import add_user, change_password
from centre120.told import Told
from ops.private_room import tone_of
from phones import incoming, tones
from phones.call import Call
from tests.pbx.conftest import Room
from tests.support.centre import Centre, poll, running, until
from tests.support.database import migrated, server, url_of  # noqa: F401 - a fixture
from tests.support.postgres import PrivatePostgres

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PASSWORD = "a password for tests"
HOSTILE = "\u202e<b>moc.elgoog</b>"
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
VIOLATIONS = "addEventListener('securitypolicyviolation', e => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI))"


def chromium() -> str:
    parts = Path(os.environ.get("CENTRE120_PARTS") or REPOSITORY / "var" / "parts")
    found = shutil.which("chromium", path=f"{parts / 'bin'}:{os.environ['PATH']}")
    assert found, "no chromium; ./120 test fetches one"
    return found


@pytest.fixture(scope="module")
def database(server: PrivatePostgres) -> Iterator[Database]:  # noqa: F811 - the fixture
    with migrated(server, "desk") as database:
        with database.transaction() as tx:
            for extension in ("201", "202"):
                add_agent(tx, extension, name=f"상담사 {extension}", languages=["ko"])
                known = ha1(extension, f"secret-{extension}")  # as Centre.password has it
                tx.execute(sa.update(agents).where(agents.c.extension == extension).values(ha1=known))
            user = add_user(tx, "201", "the first password", "agent", extension="201", name="김민지")
            row = {
                "code": "d1",
                "kind": "department",
                "name_ko": "강남수도사업소",
                "name_en": "Gangnam water",
                "number": "0221112222",
            }
            record_departments(tx, [row])
            boss = add_user(tx, "boss", "the first password", "supervisor", name="boss")
        for one in (user, boss):
            change_password(database, one.user_id, "the first password", PASSWORD)
        yield database


@pytest.fixture(scope="module")
def centre(database: Database) -> Iterator[Centre]:
    made = Centre({"201": ["ko"], "202": ["ko"]}, url_of(database), ring_seconds=6, wrap_up_seconds=30)
    with running(made, "asterisk", "agi", "ari_app", "recorder", "web") as centre:
        yield centre


@pytest.fixture
async def room(centre: Centre) -> AsyncIterator[Room]:
    room = Room(centre)
    yield room
    await room.close()
    poll(lambda: not centre.leaks(), 8, f"an Asterisk without channels and bridges: {centre.leaks()}")


class Desk:
    """The agent's page, and every complaint of the browser."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        page.on(
            "console",
            lambda message: message.type in ("error", "warning") and self.complaints.append(message.text),
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def log_in(self) -> None:
        await self.page.goto(f"{self.address}/login")
        await self.page.fill("input[name=login]", "201")
        await self.page.fill("input[name=password]", PASSWORD)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_selector("#live[data-good=yes]")

    async def state(self, state: str) -> None:
        await self.page.wait_for_selector(f"#state[data-state={state}]", timeout=15000)

    async def phase(self, phase: str) -> None:
        await self.page.wait_for_selector(f"#call[data-phase={phase}]", timeout=15000)

    async def ready(self) -> None:
        """Phone registered, signed in by key."""
        await self.page.wait_for_selector("#phone[data-good=yes]")
        await self.page.keyboard.press("F2")
        await self.state("available")

    async def call_id(self) -> UUID:
        return UUID(await self.page.get_attribute("#call", "data-call-id"))

    async def text(self, selector: str) -> str:
        return await self.page.inner_text(selector)


@pytest.fixture
async def desk(centre: Centre) -> AsyncIterator[Desk]:
    async with open_desk(centre) as desk:
        yield desk


@asynccontextmanager
async def open_desk(centre: Centre) -> AsyncIterator[Desk]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        context = await browser.new_context(locale="en-GB", viewport={"width": 1366, "height": 768})
        context.set_default_timeout(15000)
        await context.add_init_script(VIOLATIONS)
        desk = Desk(await context.new_page(), f"http://127.0.0.1:{centre.settings.web_port}")
        await desk.log_in()
        yield desk
        if await desk.page.is_enabled("#do-sign-out"):
            await desk.page.click("#do-sign-out")
            await desk.state("logged-out")
        await browser.close()


def stored_text(database: Database, call_id: UUID) -> str | None:
    try:
        with database.transaction() as tx:
            case = find_case_of_call(tx, call_id)
            return case.text if case else None
    except StoreUnavailable:
        return None


def answering(rung: list[float], after: float) -> Callable[[incoming.IncomingCall], incoming.Policy]:
    def policy(_: incoming.IncomingCall) -> incoming.Policy:
        rung.append(time.time() * 1000)
        return incoming.answer(after)

    return policy


async def test_pop_is_painted_before_the_phone_rings_and_typed_text_survives_a_reload(
    centre: Centre, room: Room, desk: Desk, database: Database
) -> None:
    rung: list[float] = []
    phone: Any = await room.agent("201", answering(rung, 1.0), sign_in=False)  # type: ignore[arg-type]
    await desk.ready()
    call = await room.citizen("01012345678", dial="02120", name=HOSTILE)
    await call.answered(5)
    await call.press("0")
    await desk.phase("offered")
    await until(lambda: rung, 5, "the phone rings")
    pops = await desk.page.evaluate("window.__pops")
    assert len(pops) == 1 and pops[0]["painted_at"] <= rung[0]
    call_id = await desk.call_id()
    assert pops[0]["call_id"] == str(call_id)

    assert await desk.text("#call-number") == "010-1234-5678"
    assert await desk.text("#call-language") == "Korean"
    assert await desk.text("#call-area") == "From outside the area"
    assert await desk.page.text_content("#call-name") == HOSTILE
    assert await desk.page.evaluate("document.getElementById('call-name').childElementCount") == 0
    isolation = await desk.page.evaluate("getComputedStyle(document.getElementById('call-name')).unicodeBidi")
    assert isolation == "isolate"
    case_number = centre.journal("CallQueued")[-1]["case_number"]
    assert (await desk.text("#case-number")).replace("-", "") == case_number

    await desk.phase("talking")
    await desk.page.keyboard.type("수도 요금이 두 배로 나왔다고 함.")  # focus is in the text by itself
    await desk.page.reload()
    await desk.phase("talking")
    assert await desk.page.input_value("#case-text") == "수도 요금이 두 배로 나왔다고 함."
    await until(
        lambda: stored_text(database, call_id) == "수도 요금이 두 배로 나왔다고 함.",
        5,
        "the text in PostgreSQL",
    )

    await desk.page.select_option("#case-disposition", "answered")
    await desk.page.keyboard.press("F10")
    assert await desk.page.is_visible("#do-hang-up")  # once is not enough
    await desk.page.keyboard.press("F10")
    await desk.phase("wrap-up")
    await desk.page.keyboard.press("F8")
    await desk.state("available")
    assert desk.complaints == []
    assert phone is not None
    assert not await desk.page.evaluate("document.documentElement.scrollHeight > innerHeight")


async def talk(room: Room, desk: Desk, number: str) -> tuple[Call, str]:
    """201 and a citizen from this number talk, the desk shows it; the citizen's call and its id."""
    await room.agent("201", incoming.answer(0.3), sign_in=False)
    await desk.ready()
    call = await room.citizen(number)
    await call.answered(5)
    await call.press("0")
    await desk.phase("talking")
    return call, await desk.call_id()


async def test_what_is_typed_while_postgresql_is_away_is_kept_and_saved_when_it_is_back(
    centre: Centre,
    room: Room,
    desk: Desk,
    database: Database,
    server: PrivatePostgres,  # noqa: F811 - the fixture
) -> None:
    call, call_id = await talk(room, desk, "01012345679")
    server.stop()
    try:
        await desk.page.fill("#case-text", "가로등이 꺼졌다고 함.")
        await desk.page.wait_for_selector("#case-saved[data-kind=bad]")
        assert "Kept in this browser" in await desk.text("#case-saved")
        await desk.page.reload()  # the desk opens from memory
        await desk.phase("talking")
        assert await desk.page.input_value("#case-text") == "가로등이 꺼졌다고 함."
        await call.hangup()
        await desk.phase("wrap-up")
    finally:
        server.start()
    await until(
        lambda: stored_text(database, call_id) == "가로등이 꺼졌다고 함.", 30, "the text in PostgreSQL"
    )
    await desk.page.wait_for_selector("#case-saved[data-kind=good]", timeout=30000)


async def test_citizen_is_handed_over_with_the_keyboard_after_asking_the_department(
    centre: Centre, room: Room, desk: Desk, database: Database
) -> None:
    """An interpreter is rung, comes and is let go; then the department, all three together, and the agent leaves."""
    with database.transaction() as tx:
        record_partners(tx, [Partner("mn", "BBB", "0277001001", 1, 20)])
    await room.agent("201", incoming.answer(0.2), sign_in=False)
    department = await room.carrier(incoming.answer(0.5))
    await desk.ready()
    call = await room.citizen("01012345680")
    await call.answered(5)
    await call.press("0")
    await desk.phase("talking")
    await desk.page.wait_for_selector("#interpreter:not([hidden])")
    await desk.page.keyboard.press("Control+F8")
    await desk.phase("conference")
    await desk.page.wait_for_selector("#do-complete:not([hidden])")
    assert "interpreter (Mongolian)" in await desk.text("#call-transfer")
    await desk.page.keyboard.press("Shift+F7")
    await desk.phase("talking")
    await desk.page.fill("#case-summary", "누수 의심")
    await desk.page.keyboard.press("F3")
    await desk.page.keyboard.type("강남 수도")
    await desk.page.wait_for_selector("#hits .hit")
    await desk.page.keyboard.press("ArrowDown")
    await desk.page.keyboard.press("Enter")
    await desk.phase("consulting")
    await desk.page.wait_for_selector("#do-complete:not([hidden])")
    assert "강남수도사업소" in await desk.text("#call-transfer") or "Gangnam water" in await desk.text(
        "#call-transfer"
    )
    await desk.page.keyboard.press("Control+F7")
    await desk.phase("conference")
    await call.heard(tones.DEPARTMENT, within=10)
    assert await desk.page.is_hidden("#do-join") and await desk.page.is_visible("#do-cancel")
    assert "You may leave" in await desk.text("#call-transfer")
    await desk.page.keyboard.press("F7")
    await call.heard(tones.DEPARTMENT, within=10)
    assert centre.journal("TransferStarted")[-1]["summary"] == "누수 의심"
    await desk.phase("wrap-up")
    await call.hangup()
    assert department is not None
    assert desk.complaints == []


async def test_supervisor_is_called_from_the_desk_and_whispers_and_joins_from_the_room(
    centre: Centre, room: Room, desk: Desk
) -> None:
    await room.agent("201", incoming.answer(0.2), sign_in=False)
    seat = await room.agent("202", sign_in=False)
    await desk.ready()
    assert desk.page.context.browser
    context = await desk.page.context.browser.new_context(locale="en-GB")
    context.set_default_timeout(15000)
    await context.add_init_script(VIOLATIONS)
    boss = Desk(await context.new_page(), desk.address)
    await boss.page.goto(f"{desk.address}/login")
    await boss.page.fill("input[name=login]", "boss")
    await boss.page.fill("input[name=password]", PASSWORD)
    await boss.page.keyboard.press("Enter")
    await boss.page.get_by_role("link", name="Room").click()
    await boss.page.fill("input[name=extension]", "202")
    await boss.page.get_by_role("button", name="Use this phone").click()
    await boss.page.get_by_text("Your phone 202 is connected").wait_for()
    call = await room.citizen("01012345682")
    await call.answered(5)
    await call.press("0")
    await desk.phase("talking")
    await desk.page.keyboard.press("F1")
    await desk.page.wait_for_selector("#do-help[aria-pressed=true]")
    row = boss.page.locator("tr[data-extension='201']")
    await boss.page.wait_for_selector("tr[data-extension='201'][data-help=yes]")
    await row.get_by_role("button", name="Whisper").click()
    await boss.page.get_by_text("Choose a purpose first").wait_for()
    await boss.page.select_option("#purpose", "help")
    await row.get_by_role("button", name="Whisper").click()
    leg = await seat.incoming_call(10)
    await leg.heard(tones.CITIZEN, within=10)
    await call.not_heard(tone_of("202"), lasting=1.0, within=5)
    await boss.page.get_by_text("the citizen does not hear you").wait_for()
    await boss.page.wait_for_selector("tr[data-extension='201'][data-help=no]")
    await boss.page.locator("#mine").get_by_role("button", name="Join").click()
    await call.heard(tone_of("202"), within=10)
    await boss.page.get_by_role("button", name="Leave").click()
    await leg.ended(5)
    await boss.page.wait_for_selector("#mine", state="hidden")
    await call.hangup()
    await desk.phase("wrap-up")
    assert boss.complaints == [] and desk.complaints == []
    await context.close()


async def test_desk_says_that_the_live_stream_is_down_and_finds_it_again(centre: Centre, desk: Desk) -> None:
    centre.kill("ari_app")
    await desk.page.wait_for_selector("#live-banner:not([hidden])")
    assert "Calls still come to your phone" in await desk.text("#live-banner")
    centre.start("ari_app")
    await desk.page.wait_for_selector("#live[data-good=yes]", timeout=20000)
    assert await desk.page.is_hidden("#live-banner")


async def test_answer_told_while_postgresql_is_away_is_stamped_on_the_call_and_stands_in_the_case(
    centre: Centre,
    room: Room,
    desk: Desk,
    database: Database,
    server: PrivatePostgres,  # noqa: F811 - the fixture
) -> None:
    with database.transaction() as tx:
        fields = EntryFields("여권 재발급", "구청에서", source="여권법 제11조")
        add_entry(tx, "P1", fields, "boss", "new", datetime.now(UTC))
    call, call_id = await talk(room, desk, "01012345681")
    await desk.page.keyboard.press("F9")
    await desk.page.keyboard.type("여권재발급")
    await desk.page.wait_for_selector("#entry-hits .entry-hit")
    await desk.page.keyboard.press("Enter")
    await desk.page.wait_for_selector("[data-shown]:not([hidden])")
    server.stop()
    try:
        await desk.page.keyboard.press("F6")
        await until(lambda: centre.journal("AnswerTold"), 10, "the stamp in the journal")
        await desk.page.get_by_text("On record: told, version 1").wait_for()
        await desk.page.keyboard.press("F6")
        await desk.page.get_by_text("On record already").wait_for()
        assert await desk.page.input_value("#case-text") == "[P1 v1] 여권 재발급\n구청에서\n"
        await call.hangup()
        await desk.phase("wrap-up")
    finally:
        server.start()

    def told() -> list[Told]:
        try:
            with database.transaction() as tx:
                return list_told_on_call(tx, call_id)
        except StoreUnavailable:
            return []

    (stamp,) = await until(told, 40, "the stamp in PostgreSQL")
    assert (stamp.entry.code, stamp.entry.version, stamp.entry.source) == ("P1", 1, "여권법 제11조")
    assert stamp.agent == "201" and len(centre.journal("AnswerTold")) == 1
    stamps = "Object.keys(localStorage).filter(key => key.includes(':told:')).length"
    assert await desk.page.evaluate(stamps) == 0
