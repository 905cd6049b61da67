"""Answers told: what a desk brings to `web`, who may, and where it is shown."""

from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from centre120.store.answers_told import list_told_on_call
from tests.pages.conftest import HOSTILE, Browser, City
from tests.pages.test_consultation import entry

LATER = count(1)


def shown(agent: Browser, number: int) -> dict[str, Any]:
    page = agent.get(f"/consultation/{number}", headers={"Accept": "application/json"})
    return dict(page.json["entry"])  # type: ignore[index]


def stamp(agent: Browser, number: int, call_id: object, **more: Any) -> dict[str, Any]:
    told = {"told_id": str(uuid4()), "call_id": str(call_id), "answer": shown(agent, number)["token"]}
    return told | more


@pytest.fixture
def number(city: City) -> int:
    return entry(city, f"안내 {HOSTILE} {next(LATER)}"[:200], source="조례 제5조")


def test_stamp_of_an_own_call_is_shown_on_the_call_and_on_its_case(
    agent: Browser, supervisor: Browser, city: City, number: int
) -> None:
    call_id = city.call("201")
    case_number = city.number()
    agent.post_json(f"/desk/cases/{call_id}", {"text": "물었다", "case_number": case_number})
    given = stamp(agent, number, call_id, at="2020-01-01T00:00:00+00:00")
    assert agent.post_json("/desk/told", given).json == {"kept": True}
    assert agent.post_json("/desk/told", given).json == {"kept": True}
    with city.database.transaction() as tx:
        (told,) = list_told_on_call(tx, call_id)
    assert (told.agent, told.entry.entry_id, told.entry.version) == ("201", number, 1)
    assert told.at.year >= 2026  # a browser's wrong clock does not date a stamp before its call
    for page in (f"/calls/{call_id}", f"/cases/{case_number}"):
        for browser in (agent, supervisor):
            text = browser.get(page).text
            assert f"/consultation/{number}" in text and "조례 제5조" in text, page
            assert "<img src=x" not in text


def test_stamp_of_a_foreign_call_or_of_what_nobody_signed_is_refused(
    agent: Browser, other_agent: Browser, supervisor: Browser, city: City, number: int
) -> None:
    call_id = city.call("201")
    assert other_agent.post_json("/desk/told", stamp(agent, number, call_id)).status_code == 403
    assert supervisor.post_json("/desk/told", stamp(agent, number, call_id)).status_code == 403
    forged = stamp(agent, number, call_id)
    forged["answer"] = forged["answer"][:-2] + "xx"
    assert agent.post_json("/desk/told", forged).status_code == 422
    assert agent.post_json("/desk/told", stamp(agent, number, "none")).status_code == 422
    assert agent.post_json("/desk/told", stamp(agent, number, uuid4())).status_code == 403
    with city.database.transaction() as tx:
        assert list_told_on_call(tx, call_id) == []
