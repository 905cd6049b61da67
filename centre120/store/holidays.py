"""Holidays that the city added or took away, kept with who did it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from centre120.public_holidays import OfficeHolidays
from centre120.store.database import Transaction
from centre120.store.rows import columns_of, to_values
from centre120.store.schema.case_work import holiday_changes


@dataclass(frozen=True)
class HolidayChange:
    on_day: date
    name: str | None  # None: people work
    at: datetime
    by: str


def list_holiday_changes(tx: Transaction) -> list[HolidayChange]:
    """Newest day first."""
    query = select(*columns_of(HolidayChange, holiday_changes)).order_by(holiday_changes.c.on_day.desc())
    return to_values(HolidayChange, tx.execute(query))


def office_holidays(tx: Transaction) -> OfficeHolidays:
    """The calendar with the city's changes."""
    return OfficeHolidays({one.on_day: one.name for one in list_holiday_changes(tx)})


def change_holiday(tx: Transaction, day: date, name: str | None, by: str, now: datetime) -> None:
    """`day` is a holiday called `name`; None: people work on it."""
    values = {"on_day": day, "name": name, "at": now, "by": by}
    statement = insert(holiday_changes).values(values)
    tx.execute(statement.on_conflict_do_update(index_elements=["on_day"], set_=values))


def forget_holiday_change(tx: Transaction, day: date) -> None:
    """Undo change_holiday: the calendar alone decides."""
    tx.execute(delete(holiday_changes).where(holiday_changes.c.on_day == day))
