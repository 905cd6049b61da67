"""The supervisors' figures: a period by interval and kind, beside the period before; the calls behind each; CSV and XLSX.

Figures hold no citizen. A report by agent is about persons and is on record, as is every list of calls.
"""

import csv
import io
import math
from datetime import date, datetime, timedelta
from tempfile import SpooledTemporaryFile
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask_babel import gettext as _

from centre120.clean_text import clean_text
from centre120.entries import safe_cell
from centre120.names import LANGUAGES
from centre120.report_periods import LONGEST_DAYS, NAMES
from centre120.staffing import Target, plan_of
from centre120.store.agents import list_agents
from centre120.store.call_facts import KINDS
from centre120.store.calls import PAGE_SIZE
from centre120.store.database import Transaction
from centre120.store.holidays import office_holidays
from centre120.store.report_calls import WHICH, list_report_calls
from centre120.store.reports import TIMES, half_hours_by_day
from web.access import SUPERVISOR, access
from web.charts import chart_of
from web.report_table import (
    COUNTS,
    LEVELS,
    SHOWN,
    SUMMARY,
    Question,
    Row,
    Table,
    asked_for,
    cell,
    names_of,
    sheet_of,
    table_of,
    word_of,
)
from web.storage import record_access, storage, today, transaction

blueprint = Blueprint("reports", __name__, url_prefix="/reports")

STAFFING: Final = {
    "target": (80.0, 1.0, 99.0), "within": (15.0, 0.0, 3600.0), "weeks": (8.0, 1.0, 52.0), "patience": (0.0, 0.0, 86_400.0),
    "shrinkage": (0.0, 0.0, 90.0), "growth": (1.0, 0.01, 10.0),
}  # fmt: skip
"""What may be asked: the usual, the least, the most; percent, seconds, weeks, times. Patience 0: nobody gives up."""
LAST_PAGE: Final = 200
LONGEST_KEY: Final = 80
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _zone() -> ZoneInfo:
    return ZoneInfo(storage().settings.time_zone)


def _table(question: Question, what: str) -> Table:
    with transaction() as tx:
        made = table_of(tx, question, _zone())
        _record(tx, question, what)
    return made


def _record(tx: Transaction, question: Question, what: str) -> None:
    if question.kind == "agent":
        days = f"{question.period.first}:{question.period.days}"
        record_access(tx, whose=None, what=f"report:{what}:agents:{days}", purpose="supervision")


@blueprint.get("")
@access(SUPERVISOR)
def page() -> str:
    """The report."""
    question = asked_for()
    table = _table(question, "page")
    drawn = [
        (row.words[0], row.totals.offered, row.totals.answered, row.figures["service_level"])
        for row in table.rows
        if len(question.by) == 1
    ]
    return render_template(
        "report.html",
        table=table,
        question=question,
        chart=chart_of(drawn),
        before=question.at(table.before.since.date()),
        after=question.at(question.period.until),
        periods=NAMES,
        intervals=TIMES,
        kinds=KINDS,
        levels=LEVELS,
        counts=COUNTS,
        shown=SHOWN,
        summary=SUMMARY,
        cell=cell,
        calls_url=calls_url,
    )


def calls_url(row: Row, which: str) -> str:
    """Where the calls behind a count of a row are."""
    asked: dict[str, Any] = {
        **row.where,
        "since": row.since.isoformat(),
        "until": row.until.isoformat(),
        "which": which,
    }
    return url_for("reports.calls", **asked)


@blueprint.get("/calls")
@access(SUPERVISOR)
def calls() -> str:
    """The calls behind a figure; the number above them is the figure's."""
    since, until = (_moment(request.args.get(name, "")) for name in ("since", "until"))
    which = request.args.get("which", "offered")
    if which not in WHICH or since >= until or (until - since).days > LONGEST_DAYS:
        abort(422, _("This is no period of a report."))
    where = {name: clean_text(request.args[name], LONGEST_KEY) for name in KINDS if request.args.get(name)}
    number = min(max(request.args.get("page", 1, type=int), 1), LAST_PAGE)
    with transaction() as tx:
        found = list_report_calls(tx, since, until, where, which, _zone().key, number)
        kinds = [(name, word_of(name, value, names_of(tx, name))) for name, value in where.items()]
        agents = {agent.extension: agent.name for agent in list_agents(tx)}
        record_access(tx, whose=None, what=f"report:calls:{which}:{number}", purpose="supervision")
    asked: dict[str, Any] = {**where, "since": since.isoformat(), "until": until.isoformat(), "which": which}
    return render_template(
        "report_calls.html",
        found=found,
        since=since,
        until=until,
        which=which,
        kinds=kinds,
        names=agents,
        pages=min(LAST_PAGE, max(1, -(-found.total // PAGE_SIZE))),
        page_url=lambda wanted: url_for("reports.calls", **asked, page=wanted),
    )


def _moment(text: str) -> datetime:
    """An aware moment. Aborts with 422."""
    try:
        found = datetime.fromisoformat(text[:40])
    except ValueError:
        abort(422, _("This is no period of a report."))
    if found.tzinfo is None or not 1990 <= found.year <= 2201:
        abort(422, _("This is no period of a report."))
    return found.astimezone(_zone())


@blueprint.get("/staffing")
@access(SUPERVISOR)
def staffing() -> str:
    """Agents for each half hour of a day, as `./120 report staffing` says."""
    day = _asked_day() or today() + timedelta(days=1)
    given = {name: _within(name, *limits) for name, limits in STAFFING.items()}
    language = request.args.get("language", "")
    language = language if language in LANGUAGES else ""
    target = Target(
        given["target"] / 100, given["within"], given["patience"] or None, given["shrinkage"] / 100
    )
    with transaction() as tx:
        holidays = office_holidays(tx)
        days, rows = plan_of(
            day,
            today(),
            lambda first, until: half_hours_by_day(tx, first, until, _zone().key, language or None),
            holidays,
            target,
            int(given["weeks"]),
            given["growth"],
        )
    return render_template(
        "staffing.html", day=day, holiday=holidays.name_of(day), days=days, rows=rows, given=given, languages=LANGUAGES,
        language=language, limits=STAFFING, most=max((row.rostered for row in rows), default=0),
    )  # fmt: skip


def _within(name: str, usual: float, least: float, most: float) -> float:
    found = request.args.get(name, usual, type=float)
    return min(max(found, least), most) if math.isfinite(found) else usual


def _asked_day() -> date | None:
    try:
        found = date.fromisoformat(request.args.get("day", "")[:10])
    except ValueError:
        return None
    return found if 1990 <= found.year <= 2200 else None


@blueprint.get("/figures.csv")
@access(SUPERVISOR)
def as_csv() -> Response:
    """UTF-8 with a mark, so that spreadsheets read Korean."""
    question = asked_for()
    stream = io.StringIO()
    writer = csv.writer(stream)
    for line in sheet_of(_table(question, "csv")):
        writer.writerow([safe_cell(one) if isinstance(one, str) else one for one in line])
    return _file("\ufeff" + stream.getvalue(), "text/csv; charset=utf-8", question, "csv")


@blueprint.get("/figures.xlsx")
@access(SUPERVISOR)
def as_sheet() -> Response:
    """One sheet; numbers are numbers, texts never formulas."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    question = asked_for()
    book = Workbook(write_only=True)
    sheet = book.create_sheet("figures")
    sheet.freeze_panes = "A2"
    for line in sheet_of(_table(question, "xlsx")):
        cells = [WriteOnlyCell(sheet, one) for one in line]
        for made in cells:
            if isinstance(made.value, str):
                made.data_type = "s"  # whatever it looks like
        sheet.append(cells)
    with SpooledTemporaryFile(4 << 20) as file:
        book.save(file)
        file.seek(0)
        return _file(file.read(), SHEET, question, "xlsx")


def _file(content: str | bytes, kind: str, question: Question, ending: str) -> Response:
    name = f"figures-{question.period.first}-{'-'.join(question.by) or 'all'}.{ending}"
    return Response(
        content,
        mimetype=None,
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
