"""A wrong answer, forty calls, its correction: exactly those forty, once each, as a work list that two agents share."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import UUID

import pytest
from flask import Flask

from centre120.recall import Person
from centre120.store.access import list_accesses
from centre120.store.answers_told import list_told_on_call
from centre120.store.recalls import get_recall, show_recall
from tests.pages.conftest import Browser, City, logged_in
from tests.pages.test_answers_told import stamp
from tests.pages.test_consultation import entry, form


def told(agent: Browser, city: City, number: int, citizen: str | None) -> UUID:
    """A call on which agent 201 told the entry as it is."""
    call_id = city.call("201", number=citizen)
    assert agent.post_json("/desk/told", stamp(agent, number, call_id)).json == {"kept": True}
    return call_id


def correct(supervisor: Browser, number: int, answer: str, version: int, **more: str) -> int:
    given = form(title="대형 폐기물", answer=answer, version=str(version), corrects="1", **more)
    saved = supervisor.post(f"/consultation/{number}", {"wrong_since": str(version), **given})
    assert saved.status_code == 302, saved.text
    return int(saved.location.rpartition("/")[2])


def people(city: City, recall_id: int) -> list[Person]:
    with city.database.transaction() as tx:
        return show_recall(tx, get_recall(tx, recall_id), datetime.now(UTC)).people


@pytest.fixture
def number(city: City) -> int:
    return entry(city, "대형 폐기물", "구청에 전화")


def test_forty_calls_heard_the_wrong_answer_and_exactly_those_forty_are_called_back(
    agent: Browser, supervisor: Browser, city: City, number: int
) -> None:
    numbers = [f"0105555{place:04d}" for place in range(40)]
    wrong = {told(agent, city, number, citizen) for citizen in numbers}
    other = entry(city, "다른 답변")
    told(agent, city, other, "01066660000")
    city.call("201", number="01066660001")  # nothing was told
    recall_id = correct(supervisor, number, "동 주민센터에 전화", 1, reason="담당이 바뀜")
    told(agent, city, number, "01066660002")  # the right answer

    listed = people(city, recall_id)
    assert [person.number for person in listed] == numbers
    assert {telling.call_id for person in listed for telling in person.tellings} == wrong
    assert all(len(person.tellings) == 1 and person.status == "waiting" for person in listed)
    page = supervisor.get(f"/consultation/recalls/{recall_id}").text
    assert len(re.findall(r'<tr data-status="waiting">', page)) == 40
    assert "동 주민센터에 전화" in page and "담당이 바뀜" in page and "01055550000" not in page
    assert "010-5555-0000" not in page
    listing = supervisor.get("/consultation/recalls").text
    assert "대형 폐기물" in listing and '<td class="figures right">40</td>' in listing


def test_two_agents_share_the_list_and_each_citizen_is_called_once(
    app: Flask, agent: Browser, other_agent: Browser, supervisor: Browser, city: City, number: int
) -> None:
    for place in range(6):
        told(agent, city, number, f"0107777{place:04d}")
    recall_id = correct(supervisor, number, "동 주민센터", 1)
    path = f"/consultation/recalls/{recall_id}"
    with ThreadPoolExecutor(2) as pool:  # both press at the same moment
        for browser in pool.map(lambda login: logged_in(app, login), ("201", "202")):
            assert browser.post(f"{path}/next", {}).status_code == 303
    taken = [person for person in people(city, recall_id) if person.status == "taken"]
    assert sorted(person.by for person in taken) == ["201", "202"]
    mine, theirs = sorted(taken, key=lambda person: person.by)
    assert mine.number and theirs.number
    page = agent.get(path).text
    shown = f"010-7777-{mine.number[-4:]}"
    assert shown in page and f"010-7777-{theirs.number[-4:]}" not in page
    with city.database.transaction() as tx:
        assert any(one.whose == mine.number for one in list_accesses(tx, who="201"))
    foreign = agent.post(f"{path}/people/{theirs.told_id}", {"do": "done"})
    assert foreign.status_code == 422
    assert (
        agent.post(f"{path}/people/{mine.told_id}", {"do": "not-reached", "note": "부재"}).status_code == 303
    )
    assert other_agent.post(f"{path}/people/{theirs.told_id}", {"do": "done"}).status_code == 303
    assert other_agent.post(f"{path}/people/{theirs.told_id}", {"do": "taken"}).status_code == 422
    after = {person.number: person for person in people(city, recall_id)}
    assert (after[mine.number].status, after[mine.number].note) == ("not-reached", "부재")
    assert (after[theirs.number].status, after[theirs.number].by) == ("done", "202")
    assert agent.get(path).text.count(shown) == 0  # the number is gone with the citizen


def test_correction_of_a_correction_finds_those_who_were_called_back_too(
    agent: Browser, supervisor: Browser, city: City, number: int
) -> None:
    for citizen in ("01088880001", "01088880001", "01088880002", None):
        told(agent, city, number, citizen)
    first = correct(supervisor, number, "월요일", 1)
    path = f"/consultation/recalls/{first}"
    agent.post(f"{path}/next", {})
    agent.post(f"{path}/people/{people(city, first)[0].told_id}", {"do": "done"})
    call_id = told(agent, city, number, "01088880003")
    with city.database.transaction() as tx:
        assert [one.entry.version for one in list_told_on_call(tx, call_id)] == [2]
    second = correct(supervisor, number, "화요일", 2)
    found = [(person.number, person.status) for person in people(city, second)]
    assert found == [
        ("01088880001", "waiting"),
        ("01088880002", "waiting"),
        (None, "no-number"),
        ("01088880003", "waiting"),
    ]
    assert [person.status for person in people(city, first)] == ["done", "superseded", "superseded"]
    assert agent.post(f"{path}/next", {}).status_code == 303  # nobody is left there
    assert not [person for person in people(city, first) if person.status == "taken"]


def test_correction_that_changes_nothing_or_names_no_version_opens_no_recall(
    agent: Browser, supervisor: Browser, city: City, number: int
) -> None:
    supervisor.post(f"/consultation/{number}", form(title="제목", answer="구청", version="1"))
    supervisor.post(f"/consultation/{number}", form(title="대형 폐기물", answer="구청", version="2"))
    same = form(title="대형 폐기물", answer="구청", version="3", corrects="1", wrong_since="1")
    assert supervisor.post(f"/consultation/{number}", same).status_code == 422
    late = form(title="대형 폐기물", answer="x", version="3", corrects="1", wrong_since="9")
    assert supervisor.post(f"/consultation/{number}", late).status_code == 422
    assert (
        "x"
        not in agent.get(f"/consultation/{number}", headers={"Accept": "application/json"}).json["entry"][
            "answer"
        ]
    )  # type: ignore[index]
    assert agent.post("/consultation/recalls/1/draft", {"draft": "x"}).status_code == 403
    assert agent.get("/consultation/recalls/999999").status_code == 404
