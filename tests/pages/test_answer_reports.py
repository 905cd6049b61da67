"""An agent reports an answer as wrong; supervisors see it with its clock, decide once, and everybody sees that it is doubted."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from centre120.store.answer_reports import list_reports_of_entry
from centre120.store.consultation import get_entry
from centre120.store.schema.answers import answer_reports
from tests.pages.conftest import HOSTILE, Browser, City
from tests.pages.test_consultation import entry, form
from web.waiting import forget


def doubt(browser: Browser, number: int, **more: Any) -> str:
    given = {"report_id": str(uuid4()), "version": 1, "words": "", "call_id": None} | more
    assert browser.post_json(f"/consultation/{number}/reports", given).json == {"kept": True}
    return str(given["report_id"])


def run_out(city: City, report_id: str) -> None:
    with city.database.transaction() as tx:
        late = sa.text(
            "UPDATE answer_reports SET due_at = now() - interval '1 minute' WHERE report_id = :one"
        )
        tx.execute(late, {"one": report_id})
    forget()


@pytest.fixture
def number(city: City) -> int:
    with city.database.transaction() as tx:
        tx.execute(sa.delete(answer_reports))
    forget()
    return entry(city, "상수도 누수 신고", "1588로 전화")


def test_report_is_seen_with_its_clock_and_escalated_when_it_runs_out(
    agent: Browser, supervisor: Browser, city: City, number: int
) -> None:
    call_id = city.call("201")
    report_id = doubt(agent, number, words=HOSTILE, call_id=str(call_id))
    doubt(agent, number, words=HOSTILE, report_id=report_id)  # the desk sent it twice
    with city.database.transaction() as tx:
        (kept,) = list_reports_of_entry(tx, number)
    assert (kept.reported_by, kept.version, kept.call_id, kept.status) == ("201", 1, call_id, "open")
    assert kept.due_at - kept.reported_at == timedelta(hours=24)
    page = supervisor.get("/consultation/reports").text
    assert f"/calls/{call_id}" in page and "담당 부서가 없는 답변" in page and "<img src=x" not in page
    assert "기한 지남" not in page
    run_out(city, report_id)
    assert "기한 지남" in supervisor.get("/consultation/reports").text
    assert "기한 지남 1건" in supervisor.get("/calls").text
    assert "201 님이 잘못되었다고 신고" in agent.get(f"/consultation/{number}").text
    shown = agent.get(f"/consultation/{number}", headers={"Accept": "application/json"}).json["entry"]  # type: ignore[index]
    assert shown["reported"] == 1
    assert agent.get("/consultation/reports").status_code == 403


def test_confirmed_answer_is_disputed_until_it_is_corrected(
    agent: Browser, supervisor: Browser, city: City, number: int
) -> None:
    report_id = doubt(agent, number, words="번호가 다름")
    run_out(city, report_id)
    path = f"/consultation/reports/{report_id}"
    assert supervisor.post(path, {"do": "informed"}).status_code == 303
    assert supervisor.post(path, {"do": "confirm"}).status_code == 303
    with city.database.transaction() as tx:
        stored = get_entry(tx, number)
        (kept,) = list_reports_of_entry(tx, number)
    assert (stored.version, stored.fields.dispute) == (2, "번호가 다름")
    assert (kept.status, kept.decided_by, kept.informed_by) == ("confirmed", "boss", "boss")
    assert kept.due_at > datetime.now(kept.due_at.tzinfo) + timedelta(
        hours=23
    )  # a new clock, for the correction
    assert supervisor.post(path, {"do": "confirm"}).status_code == 422
    edit = supervisor.get(f"/consultation/{number}/edit?correct=1").text
    assert (
        'name="corrects" value="1" checked' in edit
        and "번호가 다름" not in edit.partition('<form class="stack"')[2]
    )
    plain = form(title="상수도 누수 신고", answer="121로 전화", version="2", dispute="번호가 다름")
    supervisor.post(f"/consultation/{number}", plain)  # an edit is no correction
    with city.database.transaction() as tx:
        assert len(list_reports_of_entry(tx, number)) == 1
    given = form(title="상수도 누수 신고", answer="120으로 전화", version="3", corrects="1", wrong_since="1")
    assert supervisor.post(f"/consultation/{number}", given).status_code == 302
    with city.database.transaction() as tx:
        assert list_reports_of_entry(tx, number) == [] and get_entry(tx, number).fields.dispute == ""
    assert "정정함" in supervisor.get("/consultation/reports").text


def test_report_is_rejected_with_a_reason_only_and_by_supervisors_only(
    agent: Browser, supervisor: Browser, city: City, number: int
) -> None:
    path = f"/consultation/reports/{doubt(agent, number)}"
    assert supervisor.post(path, {"do": "reject", "reason": "  "}).status_code == 422
    assert agent.post(path, {"do": "reject", "reason": "x"}).status_code == 403
    assert supervisor.post(path, {"do": "reject", "reason": "담당 확인함"}).status_code == 303
    assert supervisor.post(path, {"do": "correct"}).status_code == 422
    page = supervisor.get("/consultation/reports").text
    assert "담당 확인함" in page and "결정을 기다리는 신고가 없습니다." in page
    with city.database.transaction() as tx:
        assert get_entry(tx, number).version == 1
    posted = supervisor.post(f"/consultation/{number}/reports", {"version": "1", "words": "다시"})
    assert posted.status_code == 303  # the form of the entry's page
    assert agent.post_json(f"/consultation/{number}/reports", {"version": "x"}).status_code == 422
    missing = {"report_id": str(uuid4()), "version": 1}
    assert agent.post_json("/consultation/999999/reports", missing).status_code == 404
