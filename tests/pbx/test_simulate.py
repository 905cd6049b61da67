"""The simulation itself, small: real callers, agents, audio, recorder and database, and the books of all."""

import pytest

from centre120.arrivals import PlannedCall, Traffic, planned_calls
from ops.simulate.figures import figures
from ops.simulate.report import report
from ops.simulate.run import Order, run
from tests.support.database import create_database, postgres  # noqa: F401 - a fixture
from tests.support.postgres import PrivatePostgres

pytestmark = pytest.mark.timeout(180)
STEPS: list[str] = []


def test_a_small_hour_every_call_answered_heard_and_in_the_books(postgres: PrivatePostgres) -> None:  # noqa: F811 - the fixture
    """Twelve seconds: a foreigner, one who presses nothing, one who gives up, and some more."""
    traffic = Traffic(
        1800,
        6,
        mean_handling_seconds=4,
        wrap_up_seconds=1,
        answer_seconds=0.3,
        foreign_share=0,
        silent_share=0,
    )
    calls = [
        *planned_calls(traffic, seed=7)[:5],
        PlannedCall("01009000001", 6.0, 3.0, language="vi", keys="94"),
        PlannedCall("01009000002", 6.2, 2.5, keys=""),
        PlannedCall("01009000003", 6.4, 2.5, patience_seconds=0.1),
    ]
    order = Order(calls, agents=8, seconds=8.0, counted_from=0.0, answer_seconds=0.3, wrap_up_seconds=1, max_citizens=50,
                  database_url=create_database(postgres, "simulated"))  # fmt: skip
    done = run(order, STEPS.append, STEPS.append)
    result = figures(done, speed=1.0)
    text = "\n".join(report(result))
    assert result["lost"] == [], text
    assert result["calls"]["placed"] == len(calls)
    assert result["calls"]["answered"] >= len(calls) - 1, text
    answered = sum(visit.plan.counted and visit.met_at is not None for visit in done.visits)
    assert result["service_level"]["answered"] == answered > 3, text
    assert order.answer_seconds <= result["waits_seconds"]["p50"] < 5, text
    assert result["virtual"]["answered"] >= answered, text
    assert result["rtp"]["talks_checked"] >= 3 and result["rtp"]["not_two_way"] == [], text
    assert result["books"]["balanced"] and result["books"]["invites"] == len(calls), text
    assert result["left"] == [], text
    languages = {visit.plan.language: visit.agent for visit in done.visits}
    assert "vi" in done.languages[str(languages["vi"])]
    assert set(result["machine"]["programs"]) >= {"asterisk", "ari_app", "recorder", "agi", "web"}
    assert any("asterisk" in line for line in text.splitlines())
