"""The figures' pages: what they show is what the store counts, every count opens its calls, files are safe, views on record."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from centre120.store.schema.calls import calls
from centre120.store.schema.people import access_log
from tests.pages.conftest import HOSTILE, Browser, City

MORNING = datetime(2026, 3, 4, 0, 0, tzinfo=UTC)  # nine in Seoul, on a Wednesday that is no holiday
DAY = "/reports?period=day&on=2026-03-04"


@pytest.fixture(scope="module")
def day(city: City) -> None:
    """Ten calls of one morning, four the day before."""

    def call(minutes: float, **given: Any) -> dict[str, Any]:
        at = MORNING + timedelta(minutes=minutes)
        row = {
            "call_id": uuid4(), "arrived_at": at, "queued_at": at, "ended_at": at + timedelta(minutes=3), "route": "queue",
            "outcome": "answered", "language": "ko", "origin_number": "120", "caller_number": "01011112222",
            "agent_extension": "201", "waited_seconds": 5.0, "talked_seconds": 100.0, "foreign_type": None,
        }  # fmt: skip
        return row | given

    rows = [call(number) for number in range(6)]
    rows += [
        call(35, language="vi", waited_seconds=80.0),
        call(36, outcome="abandoned", agent_extension=None, waited_seconds=40.0),
    ]
    rows += [
        call(37, outcome="short-abandoned", agent_extension=None, waited_seconds=2.0),
        call(38, foreign_type=HOSTILE),
    ]
    rows += [call(number - 24 * 60) for number in range(4)]
    with city.database.transaction() as tx:
        tx.execute(sa.insert(calls), rows)


def test_the_page_shows_the_figures_of_the_day_beside_the_day_before(supervisor: Browser, day: None) -> None:
    text = supervisor.get(DAY + "&interval=half-hour").text
    summary = text.partition("report__summary")[2].partition("</dl>")[0]
    assert "10</a>" in summary and "직전 기간: 4" in summary
    assert "77.8%" in summary  # 7 of 9 within 15 s
    rows = re.findall(r"<tr>\s*<td class=\"figures\"><bdi>([^<]+)</bdi>", text)
    assert rows == ["09:00", "09:30"]
    assert "<svg" in text and "style=" not in text
    assert "09:30: 2 / 4" in text  # the bar's words


def test_every_count_opens_exactly_its_calls(supervisor: Browser, city: City, day: None) -> None:
    text = supervisor.get(DAY + "&interval=none&kind=language").text
    links = {
        url.replace("&amp;", "&"): int(number)
        for url, number in re.findall(r'<a href="(/reports/calls[^"]+)">(\d+)</a>', text)
    }
    assert len(links) >= 8
    for url, number in links.items():
        page = supervisor.get(url).text
        assert page.count('data-outcome="') == number, url
    with city.database.transaction() as tx:
        noted = tx.scalars(sa.select(access_log.c.what).where(access_log.c.what.like("report:calls:%"))).all()
    assert len(noted) >= len(links)


def test_agents_are_persons_and_a_report_of_them_is_on_record(
    supervisor: Browser, city: City, day: None
) -> None:
    text = supervisor.get(DAY + "&kind=agent&interval=none").text
    assert "201 김민지" in text or "201 " in text
    with city.database.transaction() as tx:
        assert (
            tx.scalar(
                sa.select(sa.func.count()).where(access_log.c.what == "report:page:agents:2026-03-04:1")
            )
            == 1
        )


def test_files_have_the_same_numbers_and_no_formulas(supervisor: Browser, day: None) -> None:
    query = DAY.partition("?")[2] + "&interval=none&kind=topic"
    raw = supervisor.get(f"/reports/figures.csv?{query}").data.decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(raw)))
    assert [line["offered"] for line in lines] == ["9", "1", "10"]
    assert float(lines[-1]["service_level"]) == pytest.approx(7 / 9, abs=1e-4)
    sheet = load_workbook(io.BytesIO(supervisor.get(f"/reports/figures.xlsx?{query}").data)).worksheets[0]
    cells = list(sheet.iter_rows(values_only=True))
    assert [row[1] for row in cells] == ["offered", 9, 1, 10]
    assert sheet.cell(2, 1).data_type == "s"


@pytest.mark.parametrize(
    "query",
    ["period=week", "interval=none", "period=month", "period=year&kind=department", "period=own&from=2026-03-05&to=2026-03-01",
     "kind=district&interval=quarter-hour", "kind=origin&within=120", "period=moon&on=x&kind=y&interval=z&within=w",
     "period=year&on=2200-12-31", "period=own&from=1990-01-01&to=2200-01-01"],
)  # fmt: skip
def test_any_question_is_answered(supervisor: Browser, day: None, query: str) -> None:
    on = "" if "on=" in query else "&on=2026-03-04"
    assert supervisor.get(f"/reports?{query}{on}").status_code == 200


def test_the_agents_needed_are_those_of_the_same_weekday(supervisor: Browser, day: None) -> None:
    text = supervisor.get("/reports/staffing?day=2026-03-11&weeks=4&within=20").text  # a week later
    assert "2026-03-04" in text and re.search(
        r'<td class="figures">09:00</td><td class="right figures">6.0</td>', text
    )
    assert "사 필요" not in text and "필요 상담사" in text
    assert "2026-03-04" not in supervisor.get("/reports/staffing?day=2026-03-12").text  # a Thursday
    for odd in (
        "day=x&target=999&weeks=nan&patience=60&growth=nan&shrinkage=90",
        "language=vi&day=2026-03-11",
        "language=xx",
    ):
        assert supervisor.get(f"/reports/staffing?{odd}").status_code == 200


def test_strangers_and_agents_see_no_figures_and_nonsense_is_refused(
    agent: Browser, supervisor: Browser, browser: Browser, day: None
) -> None:
    for path in ("", "/calls", "/staffing", "/figures.csv", "/figures.xlsx"):
        assert agent.get(f"/reports{path}").status_code == 403
        assert browser.get(f"/reports{path}").status_code == 302
    whole = "since=2026-03-04T00:00:00%2B09:00&until=2026-03-05T00:00:00%2B09:00"
    assert supervisor.get(f"/reports/calls?{whole}").status_code == 200
    for bad in (
        "since=x&until=y",
        whole + "&which=moon",
        whole.replace("%2B09:00", ""),
        "since=2026-03-04T00:00:00%2B09:00",
    ):
        assert supervisor.get(f"/reports/calls?{bad}").status_code == 422
    assert supervisor.get(f"/reports/calls?{whole}&topic=%27;DROP&page=99").status_code == 200
