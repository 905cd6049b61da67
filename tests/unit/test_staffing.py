"""Agents per half hour: which days are alike, what is expected of them, and the formulas against published figures."""

from datetime import date, timedelta

import pytest

from centre120.erlang import agents_for_impatient, erlang_a, erlang_c, mean_wait_seconds
from centre120.metrics import Totals
from centre120.public_holidays import OfficeHolidays
from centre120.staffing import Target, half_hour, like_days, plan

HOLIDAYS = OfficeHolidays()


def test_erlang_a_gives_the_published_example() -> None:
    """48 calls a minute, talks of a minute, patience of two, 50 agents: 3.1 % abandon, 3.7 s of mean wait, where Erlang C says
    20.8 s (O. Garnett, A. Mandelbaum, M. Reiman, "Designing a Call Center with Impatient Customers", 2002)."""
    found = erlang_a(50, 48 / 60, 60, 120, 20)
    assert found.abandons == pytest.approx(0.031, abs=0.0005)
    assert found.mean_wait_seconds == pytest.approx(3.7, abs=0.05)
    assert mean_wait_seconds(50, 48, 60) == pytest.approx(20.8, abs=0.05)


def test_with_endless_patience_erlang_a_is_erlang_c() -> None:
    found = erlang_a(14, 10 / 180, 180, 1e9, 15)
    assert found.waits == pytest.approx(erlang_c(14, 10), rel=1e-4)
    assert found.abandons == pytest.approx(0, abs=1e-5)


def test_with_patience_as_long_as_talks_it_is_a_room_with_endless_servers() -> None:
    """Then busy agents and waiting citizens together are Poisson: the share that waits is the tail of it."""
    tail, term = 1.0, 2.718281828459045**-10
    for number in range(12):
        tail -= term
        term *= 10 / (number + 1)
    assert erlang_a(12, 10 / 60, 60, 60, 15).waits == pytest.approx(tail, rel=1e-6)


def test_a_room_that_is_far_too_small_is_computed_too() -> None:
    found = erlang_a(5, 10.0, 60, 120, 20)
    assert found.abandons == pytest.approx(1 - 5 / 600, rel=1e-3)  # five talks at a time are all there is
    assert agents_for_impatient(0.01, 180, 120, 15, 0.8) < 10


def test_like_days_are_the_weekday_without_holidays_and_holidays_with_sundays() -> None:
    today = date(2026, 11, 22)
    known = {today - timedelta(days=number) for number in range(1, 366)}
    assert like_days(date(2026, 11, 24), today, HOLIDAYS, known, 3) == [
        date(2026, 11, 17), date(2026, 11, 10), date(2026, 11, 3),
    ]  # fmt: skip
    fridays = like_days(date(2026, 10, 16), date(2026, 10, 14), HOLIDAYS, known, 3)
    assert date(2026, 10, 9) not in fridays and len(fridays) == 3  # Hangul day
    christmas = like_days(date(2026, 12, 25), today, HOLIDAYS, known, 60)
    assert date(2026, 9, 25) in christmas and all(day in HOLIDAYS or day.weekday() == 6 for day in christmas)
    assert like_days(date(2026, 11, 24), today, HOLIDAYS, set(), 3) == []


def test_a_half_hour_has_the_agents_of_the_usual_tables() -> None:
    """100 calls in half an hour of 180 s each, 80 % within 20 s: 10 erlang and 14 agents (the textbook example of Erlang C)."""
    row = half_hour("09:00", 100, 180, Target(0.8, 20))
    assert (row.erlang, row.agents) == (pytest.approx(10), 14)
    assert row.answered_within == pytest.approx(0.888, abs=0.001)
    assert half_hour("09:00", 100, 180, Target(0.8, 20, shrinkage=0.3)).rostered == 20
    assert half_hour("09:00", 100, 180, Target(0.8, 20, patience_seconds=120)).agents < 14


def test_the_plan_is_the_mean_of_the_days_and_few_talks_do_not_set_the_handling_time() -> None:
    busy = Totals(offered=62, short_abandoned=2, answered=60, talked_seconds=9000, wrap_up_seconds=1800)
    quiet = Totals(offered=1, answered=1, talked_seconds=3600)
    rows = plan([{"09:00": busy, "03:00": quiet}, {"09:00": busy}], Target())
    assert [(row.start, row.calls) for row in rows] == [("03:00", 0.5), ("09:00", 60)]
    assert rows[1].handling_seconds == pytest.approx(180)
    assert rows[0].handling_seconds == pytest.approx((3600 + 2 * 10800) / 121)
    assert plan([{"09:00": busy}], Target(), growth=1.5)[0].calls == 90
    assert plan([], Target()) == []
