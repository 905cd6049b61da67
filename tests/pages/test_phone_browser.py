"""The phone in the desk: a real Chromium with a tone for a microphone, a real Asterisk, citizens with tones of their own."""

import re
import time
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.async_api import Page, async_playwright

from centre120.store.agents import add_agent, ha1
from centre120.store.database import Database
from centre120.store.schema.people import agents
from centre120.store.users import add_user, change_password
from ops.private_room import tone_of
from phones import tones
from phones.call import Call
from phones.tones import sine
from tests.pages.test_desk_browser import FLAGS, PASSWORD, VIOLATIONS, Desk, chromium
from tests.pbx.conftest import Room
from tests.support.centre import Centre, poll, running, until
from tests.support.database import create_database, url_of
from tests.support.postgres import PrivatePostgres

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

MICROPHONE = tones.AGENTS[1]
LOST_SECONDS = 4
"""Without audio from the agent's phone; the shipped 8 would only make the tests longer."""
PEAK = """async () => {
  const stream = document.getElementById('phone-audio').srcObject;
  if (!stream) return 0;
  const context = new AudioContext({ sampleRate: 16000 });
  const analyser = context.createAnalyser();
  analyser.fftSize = 4096;
  context.createMediaStreamSource(stream).connect(analyser);
  await context.resume();
  const bins = new Float32Array(analyser.frequencyBinCount);
  await new Promise((done) => setTimeout(done, 400));
  analyser.getFloatFrequencyData(bins);
  await context.close();
  let best = 0;
  for (let bin = 1; bin < bins.length; bin += 1) if (bins[bin] > bins[best]) best = bin;
  return bins[best] > -70 ? (best * 16000) / 4096 : 0;
}"""
"""The loudest frequency of what the page plays, in Hz; 0: silence."""
SIP_SOCKETS = """window.__sip = []; window.WebSocket = class extends WebSocket {
  constructor(...given) { super(...given); if (new URL(given[0]).pathname === '/ws') window.__sip.push(this); }
};"""
"""Keeps the phone's websockets within reach: a test drops one."""


@pytest.fixture(scope="module")
def database(postgres: PrivatePostgres, template: str) -> Iterator[Database]:
    url = create_database(postgres, "phone", template)
    database = Database(url)
    for extension in ("201", "202"):
        with database.transaction() as tx:
            add_agent(tx, extension, name=f"상담사 {extension}", languages=["ko"])
            known = ha1(extension, f"secret-{extension}")  # as Centre.password has it
            tx.execute(sa.update(agents).where(agents.c.extension == extension).values(ha1=known))
            user = add_user(tx, extension, "the first password", "agent", extension=extension, name=extension)
        change_password(database, user.user_id, "the first password", PASSWORD)
    yield database
    database.close()


@pytest.fixture(scope="module")
def centre(database: Database) -> Iterator[Centre]:
    made = Centre(
        {"201": ["ko"], "202": ["ko"]},
        url_of(database),
        ring_seconds=8,
        wrap_up_seconds=30,
        agent_lost_seconds=LOST_SECONDS,
    )
    with running(made, "asterisk", "agi", "ari_app", "recorder", "web") as centre:
        yield centre


@pytest.fixture
async def room(centre: Centre) -> AsyncIterator[Room]:
    room = Room(centre)
    yield room
    await room.close()
    poll(lambda: not centre.leaks(), 20, f"an Asterisk without channels and bridges: {centre.leaks()}")


def tone_file(folder: Path) -> Path:
    """48 kHz for the browser's pretended microphone; a whole number of periods, so that the loop has no click."""
    path = folder / "microphone.wav"
    samples = sine(MICROPHONE, 1.0, -12.0)  # 8 kHz
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        file.writeframes(b"".join(s.to_bytes(2, "little", signed=True) for one in samples for s in [one] * 6))
    return path


@asynccontextmanager
async def desk_with_phone(centre: Centre, folder: Path) -> AsyncIterator[Desk]:
    """The desk of 201 with its phone in the page, signed in by key."""
    flags = [
        *FLAGS,
        *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
        f"--use-file-for-fake-audio-capture={tone_file(folder)}",
        "--autoplay-policy=no-user-gesture-required",
    ]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=flags)
        context = await browser.new_context(locale="en-GB", viewport={"width": 1366, "height": 768})
        context.set_default_timeout(30000)
        await context.add_init_script(VIOLATIONS)
        await context.add_init_script(SIP_SOCKETS)
        desk = Desk(await context.new_page(), f"http://localhost:{centre.settings.web_port}")
        await desk.log_in()
        await desk.page.click("#phone-use")
        await desk.page.wait_for_selector("#phone-panel[data-phone=ready]")
        await desk.ready()
        try:
            yield desk
        finally:
            await browser.close()
    await until(lambda: centre.health()["agents"]["201"] != "on-call", 30, "the agent's call over")


async def hears(page: Page, frequency: int, within: float = 15) -> None:
    """The page plays that tone."""
    heard: list[float] = []
    deadline = time.monotonic() + within
    while not heard or abs(heard[-1] - frequency) >= 30:
        assert time.monotonic() < deadline, f"{frequency} Hz never played, but {heard[-5:]}"
        heard.append(await page.evaluate(PEAK))


async def true_in(page: Page, fact: str, within: float = 30) -> None:
    """Playwright's own waiting evaluates text in the page, which the page's policy forbids."""
    deadline = time.monotonic() + within
    while not await page.evaluate(fact):
        assert time.monotonic() < deadline, f"never true: {fact}"
        await page.wait_for_timeout(50)


async def talking(room: Room, desk: Desk) -> Call:
    """A citizen who talks with 201."""
    call = await room.citizen("01012345678")
    await call.answered(10)
    await call.press("0")
    await desk.phase("offered")
    await desk.page.wait_for_selector("#phone-answer:not([hidden])")
    await desk.page.keyboard.press("F6")
    await desk.phase("talking")
    await call.heard(MICROPHONE, within=15)
    return call


async def test_agent_answers_by_key_and_both_hear_each_other(
    centre: Centre, room: Room, tmp_path: Path
) -> None:
    async with desk_with_phone(centre, tmp_path) as desk:
        assert re.search(r"Aor:\s+201@[0-9a-f]{16}\.invalid", centre.cli("pjsip show endpoint 201"))
        call = await talking(room, desk)
        await hears(desk.page, tones.CITIZEN)
        await desk.page.keyboard.press("F10")
        await desk.page.keyboard.press("F10")
        await desk.phase("wrap-up")
        await call.ended(10)
        assert desk.complaints == []


async def test_hold_mute_and_keypad_do_what_the_panel_says(
    centre: Centre, room: Room, tmp_path: Path
) -> None:
    async with desk_with_phone(centre, tmp_path) as desk:
        page = desk.page
        call = await talking(room, desk)
        await page.keyboard.press("Alt+h")
        await page.wait_for_selector(
            "#phone-hold[aria-pressed=true]"
        )  # said by the server, from Asterisk's event
        assert "hears music" in await desk.text("#phone-word")
        await call.not_heard(MICROPHONE, within=15)
        await call.heard(within=15)  # music
        await page.keyboard.press("Alt+h")
        await page.wait_for_selector("#phone-hold[aria-pressed=false]")
        await call.heard(MICROPHONE, within=15)
        await page.keyboard.press("Alt+m")
        await page.wait_for_selector("#phone-mute[aria-pressed=true]")
        await call.not_heard(MICROPHONE, within=15)
        await hears(page, tones.CITIZEN)
        await page.keyboard.press("Alt+m")
        await call.heard(MICROPHONE, within=15)
        await page.keyboard.press("Alt+k")
        await page.keyboard.press("5")
        assert await desk.text("#phone-pressed") == "5"
        await call.hangup()
        await desk.phase("wrap-up")
        await page.wait_for_selector("#phone-panel[data-sounds=false]")
        assert desk.complaints == []


async def test_websocket_drops_in_a_call_and_the_call_goes_on_and_ends_when_the_citizen_hangs_up(
    centre: Centre, room: Room, tmp_path: Path
) -> None:
    async with desk_with_phone(centre, tmp_path) as desk:
        page = desk.page
        call = await talking(room, desk)
        before = await page.evaluate("window.__sip.length")
        await page.evaluate("window.__sip.at(-1).close()")
        await true_in(page, f"window.__sip.length > {before} && window.__sip.at(-1).readyState === 1")
        await page.wait_for_selector("#phone-panel[data-phone=ready]")
        await hears(page, tones.CITIZEN)
        await call.heard(MICROPHONE, within=15)
        await call.hangup()
        await desk.phase("wrap-up")
        await page.wait_for_selector("#phone-panel[data-sounds=false]")


async def test_tab_is_closed_in_a_call_and_the_citizen_meets_another_agent(
    centre: Centre, room: Room, tmp_path: Path
) -> None:
    async with desk_with_phone(centre, tmp_path) as desk:
        call = await talking(room, desk)
        await room.agent("202")
        await desk.page.close(run_before_unload=False)
        closed = time.monotonic()
        await until(
            lambda: any("agent-lost" in cel["eventextra"] for cel in centre.cel("CENTRE_PROMPT")),
            20,
            "the apology",
        )
        apology = time.monotonic() - closed
        await call.heard(tone_of("202"), within=20)
        assert apology < LOST_SECONDS + 6
        assert centre.journal("CallReturned")[-1]["reason"] == "agent-lost"
        assert len(centre.journal("CallAbandoned")) == 0
        await call.hangup()


async def test_page_is_loaded_again_in_a_call_and_the_citizen_is_back_with_the_same_agent(
    centre: Centre, room: Room, tmp_path: Path
) -> None:
    async with desk_with_phone(centre, tmp_path) as desk:
        call = await talking(room, desk)
        known = await desk.call_id()
        started = time.monotonic()
        await desk.page.reload()
        await call.not_heard(MICROPHONE, within=15)
        await call.heard(MICROPHONE, within=30)
        back = time.monotonic() - started
        await desk.phase("talking")
        assert await desk.call_id() == known
        await hears(desk.page, tones.CITIZEN)
        assert (
            centre.journal("CallReturned")[-1] | {"agent": "201", "reason": "agent-lost"}
            == centre.journal("CallReturned")[-1]
        )
        print(f"back with the same agent after {back:.1f} s")
        await call.hangup()
        await desk.phase("wrap-up")


async def test_with_every_worker_dead_the_page_still_rings_answers_and_hangs_up(
    centre: Centre, room: Room, tmp_path: Path
) -> None:
    async with desk_with_phone(centre, tmp_path) as desk:
        page = desk.page
        centre.kill("ari_app")
        try:
            call = await room.citizen("01012345678")
            await call.answered(10)
            await call.press("0")
            await page.wait_for_selector("#phone-answer:not([hidden])", timeout=60000)
            await page.keyboard.press("F6")
            await call.heard(MICROPHONE, within=20)
            await hears(page, tones.CITIZEN)
            await page.click("#phone-hang-up")
            await call.ended(15)
        finally:
            centre.start("ari_app")
        await page.wait_for_selector("#live[data-good=yes]", timeout=60000)
        await page.wait_for_selector("#phone-panel[data-phone=ready]")
        assert "The phone in this page is ready." in await desk.text("#phone-word")
