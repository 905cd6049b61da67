"""Due dates of civil petitions, against the calendar of Korean public offices."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from centre120.public_holidays import OfficeHolidays
from centre120.working_days import due_on, is_working_day

SEOUL = ZoneInfo("Asia/Seoul")
OFFICE = OfficeHolidays()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL)


@pytest.mark.parametrize(
    ("received", "days", "due"),
    [
        pytest.param("2026-11-23T10:00", 1, "2026-11-24", id="eight working hours end a day later"),
        pytest.param("2026-11-23T10:00", 5, "2026-11-30", id="five days in hours, over a weekend"),
        pytest.param("2026-11-23T10:00", 7, "2026-12-01", id="from six days on the first day counts"),
        pytest.param("2026-11-21T10:00", 7, "2026-12-01", id="received on Saturday: Monday is the first day"),
        pytest.param("2026-11-23T08:00", 1, "2026-11-23", id="before the office opens: the same day's eight hours"),
        pytest.param("2026-11-23T23:30", 1, "2026-11-24", id="at night: received when the office opens"),
        pytest.param("2026-11-23T23:30", 7, "2026-12-02", id="at night: the next day is the first"),
        pytest.param("2026-09-22T10:00", 5, "2026-10-01", id="over Chuseok"),
        pytest.param("2027-02-05T10:00", 7, "2027-02-17", id="over the New Year with its substitute"),
        pytest.param("2025-04-30T10:00", 1, "2025-05-01", id="Labour Day 2025: offices worked"),
        pytest.param("2026-04-30T10:00", 1, "2026-05-04", id="Labour Day 2026: a public holiday"),
        pytest.param("2027-04-30T10:00", 1, "2027-05-04", id="Labour Day 2027 falls on Saturday: Monday is its substitute"),
        pytest.param("2026-07-16T10:00", 1, "2026-07-20", id="Constitution Day is back since 2026"),
    ],
)  # fmt: skip
def test_the_day_a_period_ends(received: str, days: int, due: str) -> None:
    assert due_on(at(received), days, OFFICE) == date.fromisoformat(due)


def test_a_city_adds_a_temporary_holiday_and_takes_one_away() -> None:
    changed = OfficeHolidays({date(2026, 11, 24): "임시공휴일", date(2026, 12, 25): None})
    assert due_on(at("2026-11-23T10:00"), 1, changed) == date(2026, 11, 25)
    assert is_working_day(date(2026, 12, 25), changed) and not is_working_day(date(2026, 12, 25), OFFICE)


@settings(max_examples=60)
@given(st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 1)), st.integers(1, 60))  # noqa: DTZ001 - the zone does not matter
def test_a_due_day_is_a_working_day_and_a_longer_period_never_ends_earlier(
    received: datetime, days: int
) -> None:
    due = due_on(received, days, OFFICE)
    assert is_working_day(due, OFFICE) and due >= received.date()
    if days != 5:  # the law itself: six days, the first counted, end where five days in hours do
        assert due_on(received, days + 1, OFFICE) > due
    else:
        assert due_on(received, 6, OFFICE) >= due


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_period_that_is_none(days: int) -> None:
    with pytest.raises(ValueError, match="days"):
        due_on(at("2026-11-23T10:00"), days, OFFICE)
