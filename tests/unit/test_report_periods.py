"""Periods and rows of reports: leap years, months of different length, the period before, and the chart's heights."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from centre120.report_periods import Period, period_before, period_of, row_bounds, usual_interval
from web.charts import chart_of, nice_top

SEOUL = ZoneInfo("Asia/Seoul")


@pytest.mark.parametrize(
    ("name", "on", "first", "until", "before"),
    [
        ("day", "2024-02-29", "2024-02-29", "2024-03-01", "2024-02-28"),
        ("week", "2027-01-01", "2026-12-28", "2027-01-04", "2026-12-21"),
        ("month", "2024-03-31", "2024-03-01", "2024-04-01", "2024-02-01"),
        ("month", "2026-12-05", "2026-12-01", "2027-01-01", "2026-11-01"),
        ("year", "2024-06-01", "2024-01-01", "2025-01-01", "2023-01-01"),
    ],
)
def test_periods_begin_and_end_where_people_expect(
    name: str, on: str, first: str, until: str, before: str
) -> None:
    period = period_of(name, date.fromisoformat(on))
    assert (str(period.first), str(period.until)) == (first, until)
    assert str(period_before(period, name).first) == before


def test_a_period_of_ones_own_is_compared_with_as_many_days_before() -> None:
    own = Period(date(2026, 11, 10), date(2026, 11, 20))
    assert period_before(own, "own") == Period(date(2026, 10, 31), date(2026, 11, 10))
    assert [usual_interval(Period(date(2026, 1, 1), date(2026, 1, 1 + days))) for days in (1, 7, 30)] == [
        "half-hour", "day", "day",
    ]  # fmt: skip
    with pytest.raises(KeyError):
        period_of("moon", date(2026, 1, 1))


def test_rows_have_the_moments_of_their_words() -> None:
    def told(interval: str, written: str) -> list[str]:
        return [f"{at:%m-%d %H:%M}" for at in row_bounds(interval, written, SEOUL)]

    assert told("half-hour", "2026-11-21 09:30") == ["11-21 09:30", "11-21 10:00"]
    assert told("day", "2026-11-30") == ["11-30 00:00", "12-01 00:00"]
    assert told("month", "2026-12-01") == ["12-01 00:00", "01-01 00:00"]


def test_bars_are_as_high_as_their_numbers() -> None:
    assert [nice_top(number) for number in (1, 3, 12, 500, 501)] == [1, 5, 20, 500, 1000]
    chart = chart_of([("09:00", 100, 80, 0.5), ("09:30", 0, 0, None), ("10:00", 50, 50, 1.0)])
    assert chart is not None
    first, empty, last = chart.bars
    assert first.answered_height + first.rest_height == pytest.approx(206)
    assert first.answered_height == pytest.approx(206 * 0.8, abs=0.1)
    assert first.rest_y + first.rest_height == pytest.approx(first.answered_y, abs=0.2)
    assert last.answered_height == pytest.approx(103)
    assert (empty.answered_height, empty.level_y) == (0, None)
    assert (first.level_y, last.level_y) == (115.0, 12.0)
    assert chart.level == ()  # no two points beside each other
    assert chart_of([("one", 1, 1, 1.0)]) is None and chart_of([("a", 0, 0, None)] * 2) is None
