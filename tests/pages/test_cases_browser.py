"""In a real Chromium, without Asterisk: a message is shown once on a desk; a department is chosen on a case's page."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect, sync_playwright
from werkzeug.serving import make_server

from centre120.resident_numbers import mask_resident_numbers
from centre120.store.cases import get_case
from centre120.store.directory import record_departments
from tests.pages.conftest import PASSWORD, Browser, City
from tests.pages.test_cases import case_of
from tests.pages.test_desk_browser import FLAGS, chromium

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser.new_page(locale="en-US")
        browser.close()


def log_in(page: Page, address: str, login: str, password: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{address}/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: not url.endswith("/login"))


def test_the_changed_password_is_said_once_on_the_desk(page: Page, address: str, city: City) -> None:
    log_in(page, address, "202", PASSWORD)
    page.goto(f"{address}/password")
    page.fill("input[name=old]", PASSWORD)
    page.fill("input[name=new]", PASSWORD + "2")
    page.fill("input[name=again]", PASSWORD + "2")
    page.press("input[name=again]", "Enter")
    page.wait_for_url("**/desk")
    said = page.get_by_text("Your password is changed.")
    expect(said).to_be_visible()
    expect(said).to_have_count(0, timeout=15_000)  # a desk is open for a shift and never reloaded


def test_a_supervisor_assigns_a_case_to_a_department_of_the_directory(
    page: Page, address: str, agent: Browser, city: City
) -> None:
    row = {
        "code": "p1",
        "kind": "department",
        "name_ko": "공원과",
        "name_en": "Parks",
        "number": "0230002222",
    }
    with city.database.transaction() as tx:
        parks = record_departments(tx, [row])["p1"]
    case = case_of(agent, city)
    log_in(page, address, "boss", PASSWORD)
    page.goto(f"{address}/cases/{case.case_number}")
    page.click("#edit summary")
    page.fill("#department-search", "park")
    page.click("#department-hits button")
    expect(page.locator("#department-name")).to_have_text("Parks")
    page.click("#edit button.primary")
    expect(page.get_by_text("The case is saved.")).to_be_visible()
    with city.database.transaction() as tx:
        assert get_case(tx, case.case_number).department_id == parks


def test_the_browser_masks_resident_numbers_by_the_same_rule_as_the_server(page: Page, address: str) -> None:
    days = ("900101", "040229", "901301", "900230", "９００１０１", "٩٠٠١٠١", "12900101")
    signs = ("", "-", " - ", "\n", "\u200b", "\u2013", "----", "a")
    ends = ("1234567", "8234567", "0234567", "９234567", "12345678", "1******", "1\u200b234567", "٣234567")
    texts = [f"가{day}{sign}{end}x" for day in days for sign in signs for end in ends] + ["", "010-1234-5678"]
    page.goto(f"{address}/login")
    script = """async (texts) => {
      const { maskNumbers } = await import("/static/resident_numbers.js");
      return texts.map(maskNumbers);
    }"""
    assert page.evaluate(script, texts) == [mask_resident_numbers(text) for text in texts]
    assert sum(mask_resident_numbers(text) != text for text in texts) > 90
