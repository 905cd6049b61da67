"""Due dates of civil petitions: working days as the Civil Petitions Treatment Act counts them. Pure: no clock, no I/O.

민원 처리에 관한 법률 제19조(처리기간의 계산):
(2) a period of five days or less runs in hours from the receipt, eight working hours a day; (3) one of six days or more runs
in days, and the first day counts; neither counts Saturdays and holidays.
Holidays are those of public offices (관공서의 공휴일에 관한 규정, 공휴일에 관한 법률), substitutes and temporary ones included.
Labour Day (1 May) was none of them up to 2025: offices worked. Since the change of 공휴일에 관한 법률 in 2026 it is one.
"""

from collections.abc import Container
from datetime import date, datetime, time, timedelta

OPENS, CLOSES = time(9), time(18)
IN_HOURS_UP_TO = 5  # days
LONGEST = 365


def is_working_day(day: date, holidays: Container[date]) -> bool:
    """Monday to Friday and no holiday."""
    return day.weekday() < 5 and day not in holidays


def working_day_after(day: date, count: int, holidays: Container[date]) -> date:
    """The `count`th working day behind `day`; 0: `day` itself, or the next one that is one."""
    while not is_working_day(day, holidays):
        day += timedelta(days=1)
    for _ in range(count):
        day += timedelta(days=1)
        while not is_working_day(day, holidays):
            day += timedelta(days=1)
    return day


def due_on(received_at: datetime, days: int, holidays: Container[date]) -> date:
    """The day on which a period of `days` working days ends; `received_at` in the centre's zone.

    What comes in at night or on a holiday is received when the office opens. Raises ValueError outside 1..365.
    """
    if not 1 <= days <= LONGEST:
        raise ValueError(f"a period of {days} days: 1 to {LONGEST} are counted")
    day, clock = received_at.date(), received_at.time()
    if clock >= CLOSES and is_working_day(day, holidays):
        day += timedelta(days=1)
        clock = OPENS
    within_hours = OPENS < clock < CLOSES and is_working_day(day, holidays)
    if days <= IN_HOURS_UP_TO and within_hours:
        return working_day_after(day, days, holidays)  # the same time of day, so many days later
    return working_day_after(day, days - 1, holidays)
