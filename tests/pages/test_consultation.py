"""The consultation database's pages: who opens them, hostile text, two editors, versions."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from flask import Flask

from centre120.entries import EntryFields
from centre120.store.consultation import add_entry, get_entry, list_revisions
from centre120.store.directory import record_departments, record_officials
from tests.pages.conftest import HOSTILE, Browser, City, logged_in

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
CODES = count(1)


def entry(city: City, title: str, answer: str = "답변입니다", **more: object) -> int:
    with city.database.transaction() as tx:
        fields = EntryFields(title, answer, **more)  # type: ignore[arg-type]
        return add_entry(tx, f"T{next(CODES)}", fields, "boss", "new", NOW).entry_id


def form(**more: str) -> dict[str, object]:
    return {"title": "제목", "answer": "답변", "language": "ko", "reason": "오류 수정", **more}


@pytest.mark.parametrize(
    ("login", "path", "status"),
    [
        ("201", "", 200),
        ("201", "/search?q=a", 200),
        ("201", "/{}", 200),
        ("201", "/new", 403),
        ("201", "/{}/edit", 403),
        ("boss", "", 200),
        ("boss", "/{}", 200),
        ("boss", "/new", 200),
        ("201", "/synonyms", 403),
        ("boss", "/synonyms", 200),
        ("boss", "/{}/edit", 200),
        ("admin", "", 403),
        ("admin", "/search?q=a", 403),
        ("admin", "/{}", 403),
        ("admin", "/{}/compare", 403),
        ("admin", "/{}/edit", 403),
    ],
)
def test_role_opens_its_own_pages_only(app: Flask, city: City, login: str, path: str, status: int) -> None:
    number = entry(city, "권한")
    assert logged_in(app, login).get(f"/consultation{path.format(number)}").status_code == status


def test_agent_can_not_write(agent: Browser, city: City) -> None:
    number = entry(city, "쓰기")
    assert agent.post("/consultation", form(code="X1")).status_code == 403
    assert agent.post(f"/consultation/{number}", form(version="1")).status_code == 403
    with city.database.transaction() as tx:
        assert get_entry(tx, number).version == 1


def test_stranger_sees_nothing(browser: Browser) -> None:
    assert browser.get("/consultation").status_code == 302
    assert browser.get("/consultation/search?q=a", headers={"Accept": "application/json"}).status_code == 401


def test_entry_page_names_who_is_in_charge_and_how_long_it_holds(agent: Browser, city: City) -> None:
    office = {
        "code": "cs-1",
        "kind": "department",
        "name_ko": "요금관리과",
        "name_en": "Bills",
        "number": "0211113333",
    }
    with city.database.transaction() as tx:
        owner = record_departments(tx, [office])["cs-1"]
        person = {
            "code": "cs-o1",
            "department_id": owner,
            "name": "홍길동",
            "title": "주무관",
            "number": "0211114444",
        }
        official = record_officials(tx, [person])["cs-o1"]
    number = entry(
        city,
        "상수도 요금 감면",
        owner_department_id=owner,
        official_id=official,
        valid_until=date(2020, 1, 1),
        source="조례 제5조",
        questions=("수도요금 깎아 주나요",),
    )
    page = agent.get(f"/consultation/{number}").text
    for text in (
        "홍길동 주무관",
        "02-1111-4444",
        "02-1111-3333",
        "2020-01-01",
        "조례 제5조",
        "수도요금 깎아 주나요",
    ):
        assert text in page
    assert "유효 기간 지남" in page
    shown = agent.get(f"/consultation/{number}", headers={"Accept": "application/json"}).json["entry"]  # type: ignore[index]
    assert shown["standing"] == "expired" and "홍길동" in shown["in_charge"]
    hits = agent.get("/consultation/search?q=요금 감면").json["hits"]  # type: ignore[index]
    assert hits[0]["title"] == "상수도 요금 감면" and "2020-01-01" in hits[0]["standing_word"]


def test_supervisor_adds_changes_and_compares(supervisor: Browser, city: City) -> None:
    made = supervisor.post(
        "/consultation", form(code="S1", title="단수 안내", questions="물이 안 나와요\n\n단수")
    )
    number = int(made.location.rpartition("/")[2])
    saved = supervisor.post(
        f"/consultation/{number}",
        form(title="단수 안내", answer="답변 정정", version="1", reason="전화번호 변경"),
    )
    assert saved.status_code == 302
    page = supervisor.get(f"/consultation/{number}").text
    assert "전화번호 변경" in page and "boss" in page
    compared = supervisor.get(f"/consultation/{number}/compare?old=1&new=2").text
    assert "<ins> 정정</ins>" in compared.replace("<ins>정정</ins>", "<ins> 정정</ins>")
    assert "<del>" in compared and "물이 안 나와요" in compared


def test_second_editor_sees_the_other_text_and_loses_nothing(
    app: Flask, supervisor: Browser, city: City
) -> None:
    number = entry(city, "동시 편집", "처음 답변")
    first = supervisor.post(f"/consultation/{number}", form(answer="먼저 저장한 답변", version="1"))
    assert first.status_code == 302
    late = supervisor.post(f"/consultation/{number}", form(answer="나중에 쓴 답변", version="1"))
    assert late.status_code == 409
    assert "<del>먼저</del>" in late.text and "나중에 쓴 답변" in late.text
    with city.database.transaction() as tx:
        assert get_entry(tx, number).fields.answer == "먼저 저장한 답변"
        assert len(list_revisions(tx, number)) == 2
    version = re.search(r'name="version" value="(\d+)"', late.text).group(1)  # type: ignore[union-attr]
    again = supervisor.post(f"/consultation/{number}", form(answer="나중에 쓴 답변", version=version))
    assert again.status_code == 302


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"answer": " "},
        {"reason": ""},
        {"language": "xx"},
        {"topic": "none"},
        {"department": "없는과"},
        {"official": "0000"},
        {"valid_from": "never"},
        {"title": "x" * 301},
    ],
)
def test_what_can_not_be_is_refused_and_stays_in_the_form(
    supervisor: Browser, city: City, wrong: dict[str, str]
) -> None:
    number = entry(city, "검사")
    answer = supervisor.post(
        f"/consultation/{number}", form(**{"version": "1", "source": "남아 있음", **wrong})
    )
    assert answer.status_code == 422 and "남아 있음" in answer.text


def test_hostile_text_is_text(supervisor: Browser, agent: Browser, city: City) -> None:
    values = {name: HOSTILE for name in ("title", "answer", "questions", "source", "dispute", "reason")}
    made = supervisor.post("/consultation", form(code=HOSTILE[:60], **values))
    number = int(made.location.rpartition("/")[2])
    changed = supervisor.post(
        f"/consultation/{number}", form(**{**values, "title": HOSTILE + "2", "version": "1"})
    )
    assert changed.status_code == 302
    pages = [
        agent.get(f"/consultation/{number}"),
        agent.get(f"/consultation/{number}/compare"),
        agent.get("/consultation?q=alert"),
        agent.get(f"/consultation?q={HOSTILE}"),
        supervisor.get(f"/consultation/{number}/edit"),
        supervisor.post(f"/consultation/{number}", form(**values, version="1")),
    ]
    for page in pages:
        assert page.status_code in (200, 409)
        assert "<img" not in page.text and "<script>alert" not in page.text and "8642039" not in page.text
        assert " style=" not in page.text
    assert "&lt;script&gt;alert" in pages[2].text


@pytest.mark.parametrize(
    "path",
    ["/0", "/999999999", "/x", "/%00", f"/{'9' * 400}", "/٣", "/1/compare?old=x&new=y", "/999999999/edit"],
)
def test_what_is_not_there_is_said(supervisor: Browser, path: str) -> None:
    assert supervisor.get(f"/consultation{path}").status_code == 404


@pytest.mark.parametrize(
    "asked", ["", "%00", "%F0%9F%98%80", "가" * 3000, "'", "%25", "\\", "{}", "ㄱ", "a" * 500]
)
def test_any_question_is_answered(agent: Browser, asked: str) -> None:
    assert agent.get(f"/consultation/search?q={asked}").status_code == 200
    assert agent.get(f"/consultation?q={asked}").status_code == 200


def test_pages_speak_both_languages(agent: Browser, city: City) -> None:
    number = entry(city, "두 언어")
    assert "담당자" in agent.get(f"/consultation/{number}").text
    agent.client.set_cookie("centre120_language", "en")
    page = agent.get(f"/consultation/{number}").text
    assert "Official in charge" in page and "담당자" not in page


def test_desk_has_the_search(agent: Browser) -> None:
    page = agent.get("/desk").text
    assert 'data-key="F9"' in page and "consultation/main.js" in page


def test_supervisor_keeps_words_that_mean_the_same(supervisor: Browser, agent: Browser, city: City) -> None:
    entry(city, "소각장 견학")
    assert supervisor.post("/consultation/synonyms", {"words": "소각장"}).status_code == 422
    assert (
        supervisor.post(
            "/consultation/synonyms", {"words": f"소각장, 자원회수시설, {HOSTILE[:40]}"}
        ).status_code
        == 303
    )
    page = supervisor.get("/consultation/synonyms").text
    assert "자원회수시설" in page and "<script>alert" not in page
    hits = agent.get("/consultation/search?q=자원회수시설을").json["hits"]  # type: ignore[index]
    assert [hit["title"] for hit in hits] == ["소각장 견학"]
    (group,) = re.findall(r"/consultation/synonyms/(\d+)/remove", page)
    assert agent.post(f"/consultation/synonyms/{group}/remove", {}).status_code == 403
    assert supervisor.post(f"/consultation/synonyms/{group}/remove", {}).status_code == 303
    assert agent.get("/consultation/search?q=자원회수시설을").json["hits"] == []  # type: ignore[index]


def test_reviews_that_are_due_are_listed_oldest_first_and_leave_the_list_when_they_are_done(
    supervisor: Browser, agent: Browser, city: City
) -> None:
    today = datetime.now(UTC).date()
    entry(city, "검토 먼저", review_on=today - timedelta(days=9), language="vi")
    number = entry(city, "검토 다음", review_on=today + timedelta(days=9))
    entry(city, "검토 나중", review_on=today + timedelta(days=90))
    page = supervisor.get("/consultation/reviews").text
    assert 0 < page.find("검토 먼저") < page.find("검토 다음") and "검토 나중" not in page
    assert page.count("기한 됨") == 1 and "베트남어" in page
    later = (today + timedelta(days=365)).isoformat()
    supervisor.post(f"/consultation/{number}", form(title="검토 다음", version="1", review_on=later))
    assert "검토 다음" not in supervisor.get("/consultation/reviews").text
    assert agent.get("/consultation/reviews").status_code == 403
