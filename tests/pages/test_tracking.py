"""Tracking codes: each case has one, the public page tells little by it, and nobody finds one by trying."""

from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from agi.guesses import Guesses
from centre120.store.cases import change_case, find_case_of_call, find_case_status
from centre120.tracking import (
    MISSES_PER_CALL,
    MISSES_PER_CALLER,
    MISSES_PER_CENTRE,
    RANDOM_CODES,
    WINDOW_SECONDS,
    parse_tracking_code,
    shown_code,
    tracking_code,
)
from tests.pages.conftest import NUMBER, Browser, City, own_case

WRONG = tracking_code(1)


@given(st.integers(0, RANDOM_CODES - 1))
def test_a_code_is_read_back_as_it_is_shown_and_one_wrong_key_is_noticed(drawn: int) -> None:
    code = tracking_code(drawn)
    assert parse_tracking_code(f" {shown_code(code)} ") == code
    for place in (0, 5, 11):
        other = code[:place] + str((int(code[place]) + 1) % 10) + code[place + 1 :]
        assert parse_tracking_code(other) is None


def test_the_desk_shows_the_code_and_the_public_page_tells_state_and_days_and_no_more(
    agent: Browser, browser: Browser, city: City
) -> None:
    call_id = city.call("201")
    saved = agent.post_json(
        f"/desk/cases/{call_id}",
        {"text": "secret words", "summary": "a summary", "case_number": city.number()},
    ).json["case"]  # type: ignore[index]
    code = saved["tracking_code"]
    assert parse_tracking_code(code)
    page = browser.post("/case-status", {"code": f" {code} "}, form_page="/case-status")
    assert page.status_code == 200 and "접수" in page.text
    for personal in ("secret words", "a summary", NUMBER, NUMBER[-4:], saved["case_number"], code):
        assert personal not in page.text
    by_address = browser.get(f"/case-status?code={code}").text
    assert 'class="tag"' not in by_address and 'class="tag"' in page.text  # an address is no way to ask


def test_a_case_number_does_not_work_there_and_wrong_codes_come_to_an_end(
    agent: Browser, browser: Browser, city: City
) -> None:
    call_id, number = city.call("201"), city.number()
    code = agent.post_json(f"/desk/cases/{call_id}", {"text": "x", "case_number": number}).json["case"][
        "tracking_code"
    ]  # type: ignore[index]
    assert browser.post("/case-status", {"code": number}, form_page="/case-status").status_code == 404
    answers = [
        browser.post("/case-status", {"code": WRONG}, form_page="/case-status").status_code
        for _ in range(MISSES_PER_CALLER)
    ]
    assert answers[0] == 404 and answers[-1] == 429
    refused = browser.post("/case-status", {"code": code}, form_page="/case-status")
    assert refused.status_code == 429 and "120" in refused.text


def test_everybody_together_is_limited_too(app: Flask) -> None:
    answers = []
    for place in range(MISSES_PER_CENTRE // 2 + 1):
        browser = Browser(app)
        browser.client.environ_base["REMOTE_ADDR"] = f"10.0.{place // 250}.{place % 250 + 1}"
        if place % 50 == 0 or not answers:
            token = browser.token("/case-status")
            keeper = browser
        keeper.client.environ_base["REMOTE_ADDR"] = browser.client.environ_base["REMOTE_ADDR"]
        answers.append(
            keeper.client.post("/case-status", data={"csrf_token": token, "code": WRONG}).status_code
        )
    assert answers[0] == 404 and answers[-1] == 429


def test_a_case_from_before_there_were_codes_gets_one_when_it_is_opened(
    agent: Browser, supervisor: Browser, city: City
) -> None:
    import sqlalchemy as sa

    call_id, number = own_case(agent, city)
    with city.database.transaction() as tx:
        tx.execute(sa.text("UPDATE cases SET tracking_code = NULL WHERE case_number = :n"), {"n": number})
    supervisor.get(f"/cases/{number}")
    with city.database.transaction() as tx:
        case = find_case_of_call(tx, call_id)
        assert (
            case
            and case.tracking_code
            and shown_code(case.tracking_code) in supervisor.get(f"/cases/{number}").text
        )


def test_the_status_by_code_is_the_cases(agent: Browser, city: City) -> None:
    from datetime import UTC, datetime

    call_id = city.call("201")
    agent.post_json(f"/desk/cases/{call_id}", {"text": "x", "case_number": city.number()})
    with city.database.transaction() as tx:
        case = find_case_of_call(tx, call_id)
        assert case and case.tracking_code
        change_case(tx, case.case_number, case.version, "boss", datetime.now(UTC), status="resolved")
        by_code, by_number = find_case_status(tx, case.tracking_code), find_case_status(tx, case.case_number)
    assert by_code == by_number and by_code and by_code.status == "resolved"


@pytest.mark.parametrize("caller", ["01011112222", None])
def test_a_caller_who_tries_codes_is_sent_to_a_person(caller: str | None) -> None:
    guesses, call, now = Guesses(), str(uuid4()), 1000.0
    for _ in range(MISSES_PER_CALL):
        assert guesses.may_ask(call, caller, now)
        guesses.record_miss(call, caller, now)
    assert not guesses.may_ask(call, caller, now)
    assert guesses.may_ask(str(uuid4()), caller, now), "another call of the same number has tries left"
    assert guesses.may_ask(call, caller, now + WINDOW_SECONDS)


def test_a_caller_who_hangs_up_and_calls_again_is_known_and_so_is_a_crowd() -> None:
    guesses, now = Guesses(), 5.0
    for nth in range(MISSES_PER_CALLER):
        guesses.record_miss(f"call-{nth}", "01011112222", now)
    assert not guesses.may_ask("another", "01011112222", now) and guesses.may_ask(
        "another", "01033334444", now
    )
    for nth in range(MISSES_PER_CENTRE):
        guesses.record_miss(f"many-{nth}", None, now)
    assert not guesses.may_ask("innocent", "01033334444", now)
