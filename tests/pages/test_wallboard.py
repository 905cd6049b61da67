"""The wallboard: whose page it is, what its figures are, and that nobody can be told from it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import sqlalchemy as sa
from itsdangerous import URLSafeTimedSerializer

from centre120.settings import Settings
from centre120.store.schema.calls import calls
from tests.pages.conftest import NUMBER, Browser, City

JSON = {"Accept": "application/json"}


def queued(city: City, outcome: str, waited: float) -> None:
    """A call that joined the queue a moment ago."""
    now = datetime.now(UTC)
    with city.database.transaction() as tx:
        tx.execute(
            sa.insert(calls).values(
                call_id=uuid4(),
                caller_number=NUMBER,
                origin_number="120",
                dialled_number="120",
                language="ko",
                arrived_at=now - timedelta(seconds=1),
                queued_at=now,
                outcome=outcome,
                route="queue",
                waited_seconds=waited,
                agent_extension="201" if outcome == "answered" else None,
            )
        )


def test_only_supervisors_open_it(agent: Browser, admin: Browser, browser: Browser) -> None:
    for one in (agent, admin):
        for path in ("/wallboard", "/wallboard/token", "/wallboard/figures"):
            assert one.get(path, headers=JSON).status_code == 403
    assert browser.get("/wallboard/figures", headers=JSON).status_code == 401


def test_its_ticket_opens_a_board_and_nobodys_desk(supervisor: Browser, settings: Settings) -> None:
    tickets = URLSafeTimedSerializer(settings.secret("token_key"), salt="live")
    ticket = supervisor.get("/wallboard/token", headers=JSON).json["token"]  # type: ignore[index]
    assert tickets.loads(ticket) == {"extension": "", "role": "board"}


def test_its_figures_are_those_of_the_calls_and_name_nobody(supervisor: Browser, city: City) -> None:
    before = supervisor.get("/wallboard/figures", headers=JSON).json
    assert before is not None
    for outcome, waited in (("answered", 5.0), ("answered", 40.0), ("abandoned", 50.0)):
        queued(city, outcome, waited)
    answer = supervisor.get("/wallboard/figures", headers=JSON)
    after = answer.json
    assert after is not None
    for name, more in (("offered", 3), ("answered", 2), ("abandoned", 1)):
        assert after["today"][name] - before["today"][name] == more
    assert after["today"]["service_level"] == 1 / 3
    assert after["call_backs_owed"] == 0 and NUMBER not in answer.text and "201" not in answer.text


def test_the_page_opens_with_words_for_every_state_in_both_languages(supervisor: Browser) -> None:
    for language, word in (("ko", "상황판"), ("en", "Wallboard")):
        supervisor.post("/language", {"language": language, "next": "/wallboard"})
        page = supervisor.get("/wallboard").text
        assert word in page and page.count("data-state=") == 6 and page.count("data-language=") == 6
