"""The search in a real Chromium, by the keyboard alone; on its page and beside a case."""

import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from playwright.async_api import Page, async_playwright
from werkzeug.serving import make_server

from centre120.entries import EntryFields
from centre120.store.consultation import add_entry
from tests.pages.conftest import HOSTILE, PASSWORD, City
from tests.pages.test_desk_browser import FLAGS, VIOLATIONS, chromium

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def address(app: Flask, city: City) -> Iterator[str]:
    """The application on a port of its own, with two entries."""
    with city.database.transaction() as tx:
        for code, title, answer in (("B1", "여권 재발급", "구청에서"), ("B2", f"여권 {HOSTILE}", HOSTILE)):
            add_entry(tx, code, EntryFields(title, answer), "boss", "new", datetime.now(UTC))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
async def page(address: str) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        context = await browser.new_context(locale="en-GB", viewport={"width": 1366, "height": 768})
        context.set_default_timeout(10000)
        await context.add_init_script(VIOLATIONS)
        page = await context.new_page()
        await page.goto(f"{address}/login")
        await page.fill("input[name=login]", "201")
        await page.fill("input[name=password]", PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/desk")
        yield page
        await browser.close()


async def test_search_by_keyboard_on_the_desk_and_on_its_page(page: Page, address: str) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: "CSP" in message.text and complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.keyboard.press("F9")
    await page.keyboard.type("여권재발급")
    await page.wait_for_selector("#entry-hits .entry-hit")
    assert await page.text_content("#entry-hits .entry-hit__title") == "여권 재발급"
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-shown]:not([hidden])")
    assert await page.text_content("[data-say=answer]") == "구청에서"
    assert page.url == f"{address}/desk"
    for part in ("#case", "#search", "[data-say=answer]", "#transfer-actions"):
        box = await page.locator(part).bounding_box()
        assert box and box["y"] >= 0 and box["y"] + box["height"] <= 768, part
    await page.keyboard.press("Escape")
    assert await page.locator("#entry-hits .entry-hit").count() == 0

    await page.goto(f"{address}/consultation")
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("/")
    await page.keyboard.type("여권 alert")
    await page.wait_for_selector("#entry-hits .entry-hit")
    assert await page.text_content("#entry-hits .entry-hit__title") == " ".join(f"여권 {HOSTILE}".split())
    assert await page.locator("#entry-hits img").count() == 0
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/consultation/*")
    assert HOSTILE in await page.inner_text(".prose--block")
    assert complaints == []
