"""The search page: who finds what, that it is on record, and that nothing typed becomes part of an address."""

import pytest
import sqlalchemy as sa

from centre120.cases import parse_case_number
from centre120.store.access import list_accesses
from tests.pages.conftest import HOSTILE, NUMBER, Browser, City
from tests.pages.test_cases import case_of

PATH = "/cases/search"


def test_a_supervisor_finds_a_case_by_words_number_and_code_and_the_search_is_on_record(
    agent: Browser, supervisor: Browser, city: City
) -> None:
    case = case_of(agent, city, "가로등이 깜빡입니다")
    with city.database.transaction() as tx:
        tx.execute(
            sa.text("UPDATE cases SET citizen_number = :n WHERE case_id = :i"),
            {"n": NUMBER, "i": case.case_id},
        )
    link = f'href="/cases/{case.case_number}"'
    for words in ("가로등", case.case_number, case.tracking_code, NUMBER, NUMBER[-4:]):
        page = supervisor.post(PATH, {"q": words or ""})
        assert page.status_code == 200 and link in page.text
        with city.database.transaction() as tx:
            latest = list_accesses(tx, who="boss")[0]
        assert case.case_number in latest.what and latest.purpose.startswith("case search: ")
    listed = supervisor.post(PATH, {"q": "가로등"}).text
    assert NUMBER not in listed and "010****8888" in listed
    assert link not in supervisor.post(PATH, {"q": "가로등", "status": "closed"}).text
    assert link not in supervisor.post(PATH, {"q": "가로등", "until": "2020-01-01"}).text
    assert link in supervisor.post(PATH, {"q": "가로등", "since": "2020-01-01"}).text


def test_an_agent_finds_cases_of_their_own_calls_only(
    agent: Browser, other_agent: Browser, city: City
) -> None:
    case = case_of(agent, city, "맨홀 뚜껑이 열려 있음")
    assert case.case_number in agent.post(PATH, {"q": "맨홀"}).text
    for words in ("맨홀", case.case_number, case.tracking_code):
        assert f"/cases/{case.case_number}" not in other_agent.post(PATH, {"q": words or ""}).text


def test_a_resident_number_is_not_searched_and_stands_nowhere(supervisor: Browser, city: City) -> None:
    page = supervisor.post(PATH, {"q": "900101-1234567"})
    assert page.status_code == 200 and "1234567" not in page.text
    with city.database.transaction() as tx:
        assert not any("1234567" in one.purpose + one.what for one in list_accesses(tx, who="boss"))
    luhn = next(number for n in range(10) if parse_case_number(number := f"900101123456{n}"))
    for number in ("900101-1234567", luhn):
        refused = supervisor.post("/cases/find", {"number": number})
        assert refused.status_code == 404 and number[-6:] not in refused.text
        assert number[-6:] not in supervisor.post(PATH, {"q": number}).text


@pytest.mark.parametrize(
    "given",
    [
        {"q": HOSTILE},
        {"q": "%' OR 1=1 --"},
        {"q": "a" * 5000},
        {"status": "gone"},
        {"topic": "x"},
        {"district": "'"},
    ],
)
def test_hostile_questions_are_only_text(supervisor: Browser, given: dict[str, object]) -> None:
    page = supervisor.post(PATH, given)
    assert page.status_code == 200 and "<script>alert" not in page.text


def test_a_day_that_is_none_is_refused_and_others_do_not_search(
    supervisor: Browser, admin: Browser, agent: Browser, city: City
) -> None:
    assert supervisor.post(PATH, {"since": "yesterday"}).status_code == 422
    assert admin.get(PATH).status_code == 403
    case = case_of(agent, city)
    typed = supervisor.post("/cases/find", {"number": case.case_number})
    assert typed.status_code == 302 and typed.location.endswith(case.case_number)
