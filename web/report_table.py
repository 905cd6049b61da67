"""A report as the page, the print, the CSV and the XLSX show it: what was asked, rows with names, and the calls behind each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import request
from flask_babel import gettext as _

from centre120.clean_text import clean_text
from centre120.metrics import FIGURES, Totals, figures
from centre120.report_periods import (
    LONGEST_DAYS,
    NAMES,
    Period,
    period_before,
    period_of,
    row_bounds,
    usual_interval,
)
from centre120.store.agents import list_agents
from centre120.store.call_facts import KINDS, NOTHING
from centre120.store.database import Transaction
from centre120.store.directory import list_department_names
from centre120.store.reports import TIMES, Group, list_totals
from web.labels import label
from web.language import page_language
from web.lists import desk_lists
from web.storage import today

LEVELS: Final = (10, 15, 20, 30, 60, 120)
MOST_ROWS: Final = 3_000
COUNTS: Final = (
    "offered",
    "answered",
    "abandoned",
    "short_abandoned",
    "callback_requested",
    "cut_by_system",
    "in_progress",
    "forwarded",
)
SHOWN: Final = (
    "service_level", "asterisk_service_level", "asterisk_service_level_2", "answered_share", "abandonment_rate", "asa_seconds",
    "aht_seconds", "without_forwarding", "first_contact",
)  # fmt: skip
SUMMARY: Final = (
    "service_level",
    "answered_share",
    "asa_seconds",
    "aht_seconds",
    "without_forwarding",
    "first_contact",
)


@dataclass(frozen=True)
class Question:
    """What the form asks; every value is one of its list."""

    period_name: str  # NAMES, own
    period: Period
    interval: str  # TIMES, or empty
    kind: str  # KINDS, or empty
    within: int

    @property
    def by(self) -> tuple[str, ...]:
        return tuple(name for name in (self.interval, self.kind) if name)

    def pairs(self, **other: object) -> dict[str, Any]:
        """For an address."""
        told: dict[str, Any] = {
            "period": self.period_name,
            "interval": self.interval or "none",
            "kind": self.kind,
            "within": self.within,
        }
        if self.period_name == "own":
            told |= {
                "from": self.period.first.isoformat(),
                "to": (self.period.until - timedelta(days=1)).isoformat(),
            }
        else:
            told["on"] = self.period.first.isoformat()
        return {**told, **other}

    def at(self, first: date) -> "Question":
        """The same question of the period that `first` is in."""
        return replace(self, period=period_of(self.period_name, first)) if self.period_name in NAMES else self


@dataclass(frozen=True)
class Row:
    """One line: its keys as words, the period and the kinds its calls are found by, totals and figures."""

    words: tuple[str, ...]
    since: datetime
    until: datetime
    where: Mapping[str, str]
    totals: Totals
    figures: Mapping[str, float | None]


@dataclass(frozen=True)
class Table:
    question: Question
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    whole: Row
    before: Row
    more: int  # rows that are not shown


def asked_for() -> Question:
    """From the address; what is not in its list is the usual."""
    given = {
        name: clean_text(request.args.get(name, ""), 20)
        for name in ("period", "on", "from", "to", "interval", "kind", "within")
    }
    name = given["period"] if given["period"] in (*NAMES, "own") else "day"
    on = _day(given["on"]) or today()
    period = period_of(name if name in NAMES else "day", on)
    if name == "own":
        first, last = _day(given["from"]) or on, _day(given["to"]) or on
        first, last = min(first, last), max(first, last)
        period = Period(max(first, last - timedelta(days=LONGEST_DAYS)), last + timedelta(days=1))
    interval = given["interval"] if given["interval"] in (*TIMES, "none") else usual_interval(period)
    if interval in ("quarter-hour", "half-hour", "hour") and period.days > 31:
        interval = "day"
    kind = given["kind"] if given["kind"] in KINDS else ""
    within = int(given["within"]) if given["within"] in map(str, LEVELS) else 15
    return Question(name, period, "" if interval == "none" else interval, kind, within)


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1990 <= found.year <= 2200 else None


def table_of(tx: Transaction, question: Question, zone: ZoneInfo) -> Table:
    """Ask the store, twice: the period, and the one before it."""
    since, until = question.period.moments(zone)
    groups = list_totals(tx, since, until, question.by, question.within, zone.key)
    earlier = period_before(question.period, question.period_name).moments(zone)
    ((_key, before),) = list_totals(tx, *earlier, (), question.within, zone.key)
    names = names_of(tx, question.kind)
    rows = tuple(_row(question, group, since, until, zone, names) for group in groups[:MOST_ROWS])
    whole = sum((totals for _key, totals in groups), Totals())
    return Table(
        question,
        tuple(label(name, "report-by") if name in KINDS else _("Time") for name in question.by),
        rows,
        Row((_("All"),), since, until, {}, whole, figures(whole)),
        Row((), *earlier, {}, before, figures(before)),
        max(0, len(groups) - MOST_ROWS),
    )


def _row(
    question: Question,
    group: Group,
    since: datetime,
    until: datetime,
    zone: ZoneInfo,
    names: Mapping[str, str],
) -> Row:
    key, totals = group
    told = dict(zip(question.by, key, strict=True))
    start, end = since, until
    if question.interval:
        start, end = row_bounds(question.interval, told[question.interval], zone)
    where = {question.kind: told[question.kind]} if question.kind else {}
    words = tuple(
        _time(value, question) if name in TIMES else word_of(name, value, names)
        for name, value in told.items()
    )
    return Row(words, max(start, since), min(end, until), where, totals, figures(totals))


def _time(written: str, question: Question) -> str:
    if question.interval in ("quarter-hour", "half-hour", "hour") and question.period.days == 1:
        return written[11:]
    return {"month": written[:7], "year": written[:4]}.get(question.interval, written)


def word_of(kind: str, value: str, names: Mapping[str, str]) -> str:
    """A group's name in the page's language."""
    if value == NOTHING:
        return str(_("none"))
    if kind == "queue" and value == "fallback":
        return str(_("Last resort"))
    if kind in ("queue", "language"):
        return str(label(value, "language"))
    named = names.get(value)
    return f"{value} {named}" if kind == "agent" and named else named or value


def names_of(tx: Transaction, kind: str) -> dict[str, str]:
    """Names of what a report is grouped by, by its key."""
    korean = page_language() == "ko"
    if kind == "agent":
        return {agent.extension: agent.name for agent in list_agents(tx)}
    if kind == "topic":
        return {topic.code: topic.name_ko if korean else topic.name_en for topic in desk_lists().topics}
    if kind == "department":
        return {str(key): ko if korean else en or ko for key, ko, en in list_department_names(tx)}
    return {}


def cell(name: str, value: float | None) -> str:
    """A figure as people read it: shares as 91.2 %, seconds as 0:23."""
    if value is None:
        return "–"
    if name.endswith("_seconds"):
        return f"{value:.1f}" if value < 60 else f"{int(value) // 60}:{int(value) % 60:02d}"
    return f"{value:.1%}"


def sheet_of(table: Table) -> list[list[object]]:
    """Heading and rows for CSV and XLSX: counts whole, shares 0-1, seconds; the last row is the whole."""
    seconds = ("waited_seconds", "talked_seconds", "hold_seconds", "wrap_up_seconds", "longest_wait_seconds")
    names = [*COUNTS, "answered_within", "abandoned_within", *seconds, *FIGURES]
    lines: list[list[object]] = [[*table.heads, *names]]
    filler: Sequence[str] = [""] * (len(table.heads) - 1)
    every = [(row.words, row) for row in table.rows] + [
        ((_("All"), *filler) if table.heads else (), table.whole)
    ]
    for words, row in every:
        made = {**vars(row.totals), **row.figures}
        lines.append(
            [
                *words,
                *(round(value, 4) if isinstance(value := made[name], float) else value for name in names),
            ]
        )
    return lines
