"""Holidays, for supervisors: what due dates skip. A temporary holiday is proclaimed days before it; here it is added."""

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from centre120.clean_text import clean_text
from centre120.public_holidays import public_holidays
from centre120.store.holidays import change_holiday, forget_holiday_change, list_holiday_changes
from web.access import SUPERVISOR, access
from web.case_input import day_of
from web.storage import now, today, transaction

blueprint = Blueprint("working_days", __name__, url_prefix="/working-days")


@blueprint.get("")
@access(SUPERVISOR)
def listing() -> str:
    """This year's and next year's holidays."""
    with transaction() as tx:
        changes = {one.on_day: one for one in list_holiday_changes(tx)}
    year = today().year
    known: dict[date, str] = {**public_holidays(year), **public_holidays(year + 1)}
    days = sorted({*known, *(day for day in changes if day.year in (year, year + 1))})
    return render_template("working_days.html", days=days, known=known, changes=changes)


@blueprint.post("")
@access(SUPERVISOR)
def change() -> Response:
    """`do`: holiday (with a name), work, forget. Due dates that were set stay; those set from now on follow."""
    day = day_of(request.form.get("day"))
    if day is None:
        abort(422, _("Give a day."))
    what = request.form.get("do", "holiday")
    name = clean_text(request.form.get("name", ""), 60).strip()
    if what == "holiday" and not name:
        abort(422, _("Give the holiday a name."))
    with transaction() as tx:
        if what == "forget":
            forget_holiday_change(tx, day)
        else:
            change_holiday(tx, day, name if what == "holiday" else None, current_user.login, now())
    flash(_("The holidays are saved."))
    return redirect(url_for("working_days.listing"), 303)
