"""What the desk's script asks: cases with their lock, earlier cases, the directory, tickets; and without a database."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from centre120.settings import Settings
from centre120.store.calls import find_call
from centre120.store.directory import record_departments
from tests.pages.conftest import Browser, City, logged_in
from tests.support.postgres import PrivatePostgres
from web import lists
from web import storage as storage_module


def test_saving_opens_the_case_before_the_recorder_does(agent: Browser, city: City) -> None:
    call_id, number = uuid4(), city.number()
    values = {
        "text": "가로등이 꺼짐",
        "topic": "transport.road",
        "disposition": "answered",
        "case_number": number,
    }
    case = agent.post_json(f"/desk/cases/{call_id}", values).json["case"]  # type: ignore[index]
    assert (case["case_number"], case["text"], case["disposition"]) == (number, "가로등이 꺼짐", "answered")
    assert agent.get(f"/desk/cases/{call_id}").json["case"]["version"] == case["version"]  # type: ignore[index]
    with city.database.transaction() as tx:
        assert find_call(tx, call_id).disposition_by == "201"  # type: ignore[union-attr]


def test_older_version_is_refused_with_the_text_that_is_there(agent: Browser, city: City) -> None:
    call_id = city.call("201")
    path = f"/desk/cases/{call_id}"
    first = agent.post_json(path, {"text": "one", "case_number": city.number()}).json["case"]  # type: ignore[index]
    assert agent.post_json(path, {"text": "two", "version": first["version"]}).status_code == 200
    late = agent.post_json(path, {"text": "three", "version": first["version"]})
    assert late.status_code == 409 and late.json["case"]["text"] == "two"  # type: ignore[index]
    again = agent.post_json(path, {"text": "three", "version": late.json["case"]["version"]})  # type: ignore[index]
    assert again.status_code == 200


@pytest.mark.parametrize(
    "value",
    [
        {"text": 5},
        {"text": "x" * 20_001},
        {"topic": "no-such"},
        {"disposition": []},
        {"status": "gone"},
        {"version": "1"},
        {"version": True},
        {"case_number": "2611211000428"},
        {"case_number": 5},
        {"case_number": "1001011000018"},
        [],
        "text",
    ],
)
def test_bad_input_is_refused_not_stored(agent: Browser, value: object) -> None:
    assert agent.post_json(f"/desk/cases/{uuid4()}", value).status_code == 422


def test_what_postgresql_can_not_hold_is_taken_out(agent: Browser, city: City) -> None:
    answer = agent.client.post(
        f"/desk/cases/{city.call('201')}",
        data='{"text": "a\\u0000b\\ud800c", "summary": "\\ud83d\\ude00"}',
        content_type="application/json",
        headers={"X-CSRFToken": agent.token("/password")},
    )
    assert answer.json["case"]["text"] == "ab\ufffdc"  # type: ignore[index]


def test_earlier_cases_of_the_number_without_the_present_one(agent: Browser, city: City) -> None:
    number = "01011112222"
    before, present = city.call("201", number=number), city.call("201", number=number, result=None)
    case = agent.post_json(f"/desk/cases/{before}", {"text": "지난 민원", "case_number": city.number()}).json[
        "case"
    ]  # type: ignore[index]
    with city.database.transaction() as tx:
        import sqlalchemy as sa

        from centre120.store.schema.cases import cases

        tx.execute(
            sa.update(cases).where(cases.c.case_number == case["case_number"]).values(citizen_number=number)
        )
    agent.post_json(f"/desk/cases/{present}", {"text": "지금", "case_number": city.number()})
    found = agent.get(f"/desk/earlier/{present}").json["cases"]  # type: ignore[index]
    assert [(one["case_number"], one["gist"]) for one in found] == [(case["case_number"], "지난 민원")]
    assert agent.get(f"/cases/{case['case_number']}").status_code == 200
    assert agent.get(f"/desk/earlier/{city.call('201', number=None)}").json == {"cases": []}


def test_directory_hit_carries_a_ticket_that_ari_app_reads(
    agent: Browser, city: City, settings: Settings
) -> None:
    row = {
        "code": "d1",
        "kind": "department",
        "name_ko": "물재생과",
        "name_en": "Water reuse",
        "number": "0221112222",
    }
    with city.database.transaction() as tx:
        ids = record_departments(tx, [row])
    hit = agent.get("/directory/search?q=물재생", headers={"Accept-Language": "en"}).json["hits"][0]  # type: ignore[index]
    assert (hit["name"], hit["number"]) == ("Water reuse", "02-2111-2222")
    value = URLSafeTimedSerializer(settings.secret("token_key"), salt="target").loads(hit["target"])
    assert value == {
        "number": "0221112222",
        "name": "물재생과",
        "department_id": ids["d1"],
        "official_id": None,
    }
    with pytest.raises(Exception, match="does not match"):
        URLSafeTimedSerializer(settings.secret("token_key"), salt="live").loads(hit["target"])


def test_live_ticket_is_the_agents_own(agent: Browser, settings: Settings) -> None:
    token = agent.get("/live-token").json["token"]  # type: ignore[index]
    value = URLSafeTimedSerializer(settings.secret("token_key"), salt="live").loads(token)
    assert value == {"extension": "201", "role": "agent"}


@pytest.fixture
def away(
    app: Flask,
    agent: Browser,
    supervisor: Browser,
    postgres: PrivatePostgres,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """PostgreSQL stopped, after the desk was open once."""
    assert agent.get("/desk").status_code == 200
    monkeypatch.setattr(lists, "FRESH_SECONDS", 0.0)
    postgres.stop()
    yield
    postgres.start()
    app.extensions["centre120"]._rest_until = 0.0


def test_desk_opens_with_its_lists_while_postgresql_is_away(
    agent: Browser, supervisor: Browser, away: None, app: Flask
) -> None:
    page = agent.get("/desk")
    assert page.status_code == 200 and "water.bill" in page.text
    assert agent.get("/live-token").status_code == 200
    answer = agent.post_json(f"/desk/cases/{uuid4()}", {"text": "kept in the page"})
    assert answer.status_code == 503 and answer.json["code"] == "store-unavailable"  # type: ignore[index]
    listing = supervisor.get("/calls", headers={"Accept-Language": "en"})
    assert listing.status_code == 503 and "Calls go on" in listing.text
    assert Browser(app).log_in("201").status_code == 503
    assert Browser(app).get("/health").status_code == 200


def test_pages_come_back_with_postgresql(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage_module, "REST_SECONDS", 0.0)
    assert logged_in(app, "boss").get("/calls").status_code == 200
