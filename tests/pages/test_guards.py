"""Attacks on pages: roles, CSRF, content types, other people's calls, hostile names, headers."""

import re
from uuid import uuid4

import pytest
from flask import Flask

from centre120.store.access import list_accesses
from centre120.store.cases import find_case
from tests.pages.conftest import HOSTILE, Browser, City, logged_in


@pytest.mark.parametrize(
    ("login", "path", "status"),
    [
        ("201", "/desk", 200),
        ("201", "/calls", 403),
        ("201", "/agents", 403),
        ("201", "/cases?number=1", 403),
        ("boss", "/calls", 200),
        ("boss", "/desk", 403),
        ("boss", "/agents", 403),
        ("boss", "/live-token", 403),
        ("admin", "/agents", 200),
        ("admin", "/desk", 403),
        ("admin", "/calls", 403),
        ("admin", "/directory/search?q=a", 403),
    ],
)
def test_role_opens_its_own_pages_only(app: Flask, login: str, path: str, status: int) -> None:
    assert logged_in(app, login).get(path).status_code == status


def test_stranger_is_sent_to_the_login_and_a_script_is_told(browser: Browser) -> None:
    assert browser.get("/calls?page=2").location == "/login?next=/calls?page%3D2"
    assert browser.get("/live-token", headers={"Accept": "application/json"}).status_code == 401
    assert browser.get("/health").status_code == 200


def test_every_changing_route_refuses_a_request_without_csrf_token(app: Flask) -> None:
    people = [logged_in(app, login) for login in ("201", "boss", "admin")]
    checked = 0
    for rule in app.url_map.iter_rules():
        if not rule.methods or not rule.methods & {"POST", "PUT", "PATCH", "DELETE"}:
            continue
        path = (
            re.sub(r"<uuid:\w+>", str(uuid4()), rule.rule)
            .replace("<extension>", "201")
            .replace("<entry_id>", "1")
        )
        path = re.sub(r"<int[^>]*>", "1", path)
        for person in people:
            for kind in ({"data": {}}, {"json": {}}, {"data": "{}", "content_type": "text/plain"}):
                assert person.client.post(path, **kind).status_code in (400, 403), path  # type: ignore[arg-type]
        checked += 1
    assert checked >= 9


def test_json_of_another_type_is_refused(agent: Browser, city: City) -> None:
    path, headers = f"/desk/cases/{city.call()}", {"X-CSRFToken": agent.token("/password")}
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = agent.client.post(path, data='{"text": "x"}', content_type=kind, headers=headers)
        assert answer.status_code == 415


def test_another_agents_call_and_case_stay_closed_and_the_try_is_on_record(
    agent: Browser, other_agent: Browser, city: City
) -> None:
    call_id, number = city.call("201"), city.number()
    saved = agent.post_json(f"/desk/cases/{call_id}", {"text": "수도 요금", "case_number": number})
    assert saved.status_code == 200
    assert agent.get(f"/calls/{call_id}").status_code == 200
    assert agent.get(f"/cases/{number}").status_code == 200
    assert other_agent.get(f"/calls/{call_id}").status_code == 403
    assert other_agent.get(f"/cases/{number}").status_code == 403
    assert other_agent.get(f"/desk/cases/{call_id}").status_code == 403
    assert other_agent.get(f"/desk/earlier/{call_id}").json == {"cases": None}
    assert other_agent.post_json(f"/desk/cases/{call_id}", {"text": "mine now"}).status_code == 403
    stolen = other_agent.post_json(f"/desk/cases/{uuid4()}", {"text": "mine now", "case_number": number})
    assert stolen.status_code == 403
    assert other_agent.get(f"/calls/{uuid4()}").status_code == 403  # no way to learn which calls exist
    with city.database.transaction() as tx:
        assert find_case(tx, number).text == "수도 요금"  # type: ignore[union-attr]
        tries = [entry.what for entry in list_accesses(tx, who="202") if entry.purpose == "refused"]
    assert f"call:{call_id}" in tries and f"case:{number}" in tries


def test_call_that_rang_at_another_phone_first_is_not_that_agents(other_agent: Browser, city: City) -> None:
    call_id = city.call("202", result="no-answer")
    assert other_agent.post_json(f"/desk/cases/{call_id}", {"text": "x"}).status_code == 403


def test_looking_at_a_person_is_on_record(supervisor: Browser, agent: Browser, city: City) -> None:
    number = "01055550001"
    call_id = city.call("201", number=number)
    supervisor.get(f"/calls/{call_id}")
    agent.get(f"/desk/earlier/{city.call('201', number=number)}")
    supervisor.get("/calls")
    with city.database.transaction() as tx:
        seen = [(entry.who, entry.what) for entry in list_accesses(tx, whose=number)]
        lists = [entry.what for entry in list_accesses(tx, who="boss")]
    assert ("boss", f"call:{call_id}") in seen and "calls:list:1" in lists


def test_number_is_whole_on_a_supervisors_call_page_and_nowhere_else(
    supervisor: Browser, agent: Browser, city: City
) -> None:
    number, shown = "01077776666", "010-7777-6666"
    call_id, case = city.call("201", number=number), city.number()
    agent.post_json(f"/desk/cases/{call_id}", {"text": "x", "case_number": case})
    assert shown in supervisor.get(f"/calls/{call_id}").text
    for page in (
        supervisor.get("/calls"),
        supervisor.get(f"/cases/{case}"),
        agent.get(f"/calls/{call_id}"),
        agent.get("/desk"),
    ):
        assert page.status_code == 200
        assert number not in page.text and shown not in page.text
    assert "010****6666" in supervisor.get("/calls").text


def test_hostile_text_is_text_on_every_page(
    supervisor: Browser, agent: Browser, admin: Browser, city: City
) -> None:
    call_id, case = city.call("201", name=HOSTILE), city.number()
    values = {"text": HOSTILE, "summary": HOSTILE, "case_number": case}
    assert agent.post_json(f"/desk/cases/{call_id}", values).status_code == 200
    added = admin.post(
        "/agents", {"extension": "299", "name": HOSTILE[:60], "name_latin": "<b>x", "languages": "ko"}
    )
    assert added.status_code == 200
    pages = [
        supervisor.get("/calls"),
        supervisor.get(f"/calls/{call_id}"),
        supervisor.get(f"/cases/{case}"),
        agent.get(f"/calls/{call_id}"),
        agent.get(f"/cases/{case}"),
        agent.get("/desk"),
        admin.get("/agents"),
        added,
        supervisor.get(f"/calls?agent={HOSTILE}&since={HOSTILE}&origin={HOSTILE}"),
    ]
    for page in pages:
        assert "<img" not in page.text and "<script>alert" not in page.text and "<b>x" not in page.text
        assert "8642039" not in page.text  # what a template would have made of the product
    assert "<bdi>\u202e&lt;/bdi&gt;" in pages[0].text  # isolated, and unable to close its isolation


def test_no_page_lets_a_script_or_a_style_stand_in_it(agent: Browser, supervisor: Browser) -> None:
    for page in (agent.get("/desk"), supervisor.get("/calls"), agent.get("/login")):
        policy = page.headers["Content-Security-Policy"]
        assert (
            "unsafe" not in policy and "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        )
        assert " style=" not in page.text and " onclick=" not in page.text
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Cache-Control"] == "no-store"


def test_policy_names_the_live_stream_of_the_pages_own_host(agent: Browser) -> None:
    policy = agent.get("/desk", headers={"Host": "localhost:8120"}).headers["Content-Security-Policy"]
    assert "connect-src 'self' ws://localhost:8121" in policy
    forged = agent.get("/health", headers={"Host": "x; script-src *"}).headers["Content-Security-Policy"]
    assert "script-src *" not in forged


@pytest.mark.parametrize(
    "path",
    [
        "/calls?page=99999999999999999999",
        "/calls?page=-1",
        "/calls?since=0001-01-01",
        "/calls?since=9999-12-31&until=x",
        "/calls?agent=%00",
        "/calls?agent=٣",
        "/cases/%00",
        "/cases/1",
        "/cases?number=%00",
        "/calls/not-a-uuid",
        f"/cases/{'9' * 5000}",
        "/directory/search?q=%00%F0%9F%98%80",
        f"/directory/search?q={'가' * 3000}",
    ],
)
def test_nonsense_in_an_address_never_fails_the_program(supervisor: Browser, path: str) -> None:
    assert supervisor.get(path).status_code in (200, 302, 404)


def test_another_citizens_number_is_not_part_of_any_address(app: Flask) -> None:
    assert not [
        rule.rule for rule in app.url_map.iter_rules() if "number>" in rule.rule and "cases" not in rule.rule
    ]
