"""How numbers, times and case numbers look on a page; templates call these as filters."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Flask
from flask_babel import gettext as _

from centre120.cases import shown
from centre120.logs import masked
from centre120.settings import Settings
from centre120.store.directory import Department
from web.labels import label
from web.language import page_language


def grouped_number(number: str | None) -> str:
    """`01012345678` as `010-1234-5678`: as people read it; what is no Korean number stays as it is."""
    if not number:
        return str(_("Number withheld"))
    if not (number.isascii() and number.isdigit()) or not 8 <= len(number) <= 11:
        return number
    if number[0] != "0":
        return f"{number[:4]}-{number[4:]}" if len(number) == 8 else number
    area = 2 if number.startswith("02") else 3
    return f"{number[:area]}-{number[area:-4]}-{number[-4:]}"


def masked_number(number: str | None) -> str:
    """Enough to recognise, not enough to dial."""
    return masked(number) if number else _("Number withheld")


def seconds_text(seconds: float | None) -> str:
    """`3:07`; a dash when there is nothing to tell."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def department_name(department: Department) -> str:
    """In the page's language, as far as the directory has it."""
    return department.name_ko if page_language() == "ko" else department.name_en or department.name_ko


def install(app: Flask, settings: Settings) -> None:
    """Make them filters."""
    zone = ZoneInfo(settings.time_zone)

    def moment(at: datetime | None) -> str:
        return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if at else "–"

    def day(at: datetime | None) -> str:
        return at.astimezone(zone).strftime("%Y-%m-%d") if at else "–"

    def clock(at: datetime | None) -> str:
        return at.astimezone(zone).strftime("%H:%M:%S.%f")[:-3] if at else "–"

    app.jinja_env.filters.update(
        number=grouped_number,
        masked=masked_number,
        seconds=seconds_text,
        case_number=lambda number: shown(number) if number else "–",
        moment=moment,
        day=day,
        day_before=lambda at: day(at - timedelta(days=1)),
        clock=clock,
        word=label,
        department=department_name,
    )
