"""`./120 bench reports`: what a supervisor asks of millions of calls, by the functions that pages and `./120 report` use.

In a PostgreSQL of its own with synthetic calls (9.1 million: a year of a big city's centre). Beside each figure the same question
put to the calls themselves. At the end, after corrections and late calls, every kept sum is compared with a recount.
"""

import json
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click

from centre120.metrics import Totals
from centre120.store.calls import CallFilter, list_calls
from centre120.store.database import Database, Transaction
from centre120.store.migrate import upgrade
from centre120.store.report_calls import list_report_calls
from centre120.store.reports import count_totals, list_totals
from centre120.store.synthetic_calls import FIRST_DAY, analyse_sums, correct_some, fill, some_numbers
from ops.bench.calls import percentile
from ops.bench.cases import server
from ops.recorder.sums import refresh_all

ZONE = "Asia/Seoul"
YEAR, FULL = 9_100_000, 83_000_000
TARGETS = {
    "month by day by queue": 50.0,
    "year by month": 100.0,
    "drill-down, first page": 100.0,
    "history of a number": 5.0,
}
Question = Callable[[Transaction, random.Random], Any]


def measure(count: int, times: int, quiet: bool = False) -> dict[str, Any]:
    """Milliseconds by question, and whether every sum is right."""
    tell: Callable[[str], None] = (lambda _: None) if quiet else (lambda said: click.echo(said, err=True))
    years = max(1, round(count / YEAR))
    with server() as url:
        upgrade(url)
        database = Database(
            url, statement_seconds=3000.0, lock_seconds=60.0, pool_size=1, application="bench"
        )
        begun = time.monotonic()
        fill(database, count, years, tell)
        filled = time.monotonic()
        refresh_all(database, ZoneInfo(ZONE), tell=tell)
        analyse_sums(database)
        summed = time.monotonic()
        numbers = some_numbers(database, 500)
        kinds = _questions(numbers)
        found = {name: _figures(_measure(database, ask, times)) for name, ask in kinds.items()}
        tell("the same from the calls themselves")
        raw = {name: _figures(_measure(database, ask, 2, warm=False)) for name, ask in _raw().items()}
        corrected = correct_some(database, 3000)
        before = time.monotonic()
        days = refresh_all(database, ZoneInfo(ZONE))
        again = time.monotonic() - before
        tell("recount")
        wrong, compared = _recount(database, years)
        database.close()
    return {
        "calls": count,
        "years": years,
        "filled_seconds": round(filled - begun, 1),
        "summed_seconds": round(summed - filled, 1),
        "questions": found,
        "from_the_calls": raw,
        "targets_p95_ms": TARGETS,
        "met": all(found[name]["p95"] <= limit for name, limit in TARGETS.items()),
        "corrected_calls": corrected,
        "corrected_counted_again_seconds": round(again, 2),
        "corrected_transactions": days,
        "sums_compared": compared,
        "sums_wrong": wrong,
    }


def _month(number: int, year: int = FIRST_DAY.year) -> tuple[datetime, datetime]:
    zone = ZoneInfo(ZONE)
    return datetime(year, number, 1, tzinfo=zone), datetime(
        year + number // 12, number % 12 + 1, 1, tzinfo=zone
    )


def _year() -> tuple[datetime, datetime]:
    return _month(1)[0], _month(12)[1]


def _questions(numbers: list[str]) -> dict[str, Question]:
    def drill(tx: Transaction, choice: random.Random) -> Any:
        where, which = choice.choice(
            [
                ({}, "offered"), ({}, "cut_by_system"), ({"language": "mn"}, "abandoned"), ({"queue": "fallback"}, "answered"),
                ({"origin": "128"}, "offered"), ({"topic": "topic-99"}, "abandoned"), ({"topic": "topic-0"}, "offered"),
                ({"agent": str(choice.randrange(200, 600))}, "answered"),
                ({"department": str(choice.randrange(1, 61))}, "answered"),
                ({"queue": "vi", "origin": "128"}, "abandoned"),
            ]
        )  # fmt: skip
        period = choice.choice([_year(), _month(choice.randrange(1, 13))])
        return list_report_calls(tx, *period, where, which, ZONE)

    def history(tx: Transaction, choice: random.Random) -> Any:
        return list_calls(tx, CallFilter(caller_number=choice.choice(numbers)))

    def half_hours(tx: Transaction, choice: random.Random) -> Any:
        start = _month(choice.randrange(1, 13))[0]
        return list_totals(tx, start, start + timedelta(days=1), ("half-hour", "queue"), 15, ZONE)

    return {
        "month by day by queue": lambda tx, c: list_totals(
            tx, *_month(c.randrange(1, 13)), ("day", "queue"), 15, ZONE
        ),
        "year by month": lambda tx, _: list_totals(tx, *_year(), ("month",), 15, ZONE),
        "year by month by agent": lambda tx, _: list_totals(tx, *_year(), ("month", "agent"), 15, ZONE),
        "year by topic": lambda tx, _: list_totals(tx, *_year(), ("topic",), 15, ZONE),
        "day by half-hour by queue": half_hours,
        "drill-down, first page": drill,
        "history of a number": history,
    }


def _raw() -> dict[str, Question]:
    return {
        "month by day by queue": lambda tx, c: count_totals(
            tx, *_month(c.randrange(1, 13)), ("day", "queue"), 15, ZONE
        ),
        "year by month": lambda tx, _: count_totals(tx, *_year(), ("month",), 15, ZONE),
    }


def _measure(database: Database, ask: Question, times: int, *, warm: bool = True) -> list[float]:
    choice = random.Random(120)  # noqa: S311 - a benchmark that is the same every time
    taken = []
    for _ in range(times + (20 if warm else 0)):
        begun = time.perf_counter()
        with database.transaction() as tx:
            ask(tx, choice)
        taken.append((time.perf_counter() - begun) * 1000)
    return taken[20:] if warm else taken


def _figures(taken: list[float]) -> dict[str, float]:
    return {
        name: round(percentile(taken, share), 2)
        for name, share in {"p50": 0.5, "p95": 0.95, "max": 1.0}.items()
    }


def _recount(database: Database, years: int) -> tuple[list[str], int]:
    """Sums that differ from the calls, by what they are of; and how many were compared."""
    wrong, compared = [], 0
    period = (
        datetime(FIRST_DAY.year, 1, 1, tzinfo=UTC) - timedelta(days=1),
        datetime(FIRST_DAY.year + years, 1, 2, tzinfo=UTC),
    )
    zone = ZoneInfo(ZONE)
    midnights = (period[0].astimezone(zone).replace(hour=0), period[1].astimezone(zone).replace(hour=0))
    for by in (
        ("day", "queue", "language", "origin"),
        ("month", "agent"),
        ("month", "topic"),
        ("month", "department"),
        ("hour",),
    ):
        with database.transaction() as tx:
            kept = dict(list_totals(tx, *midnights, by, 15, ZONE))
        with database.transaction() as tx:
            counted = dict(count_totals(tx, *midnights, by, 15, ZONE))
        for key in kept.keys() | counted.keys():
            compared += 1
            one, other = kept.get(key, Totals()), counted.get(key, Totals())
            if any(abs(getattr(one, name) - getattr(other, name)) > 1e-6 * abs(getattr(other, name))
                   for name in Totals.__dataclass_fields__):  # fmt: skip
                wrong.append(" ".join((*by, *key)))
    return wrong[:20], compared


def report(result: dict[str, Any], as_json: bool) -> None:
    """As JSON or as lines."""
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    click.echo(
        f"{result['calls']:,} calls, made in {result['filled_seconds']} s, summed in {result['summed_seconds']} s; milliseconds"
    )
    for name, found in result["questions"].items():
        limit = f"  p95 at most {TARGETS[name]:g}" if name in TARGETS else ""
        click.echo(f"  {name:<28} p50 {found['p50']:>8}  p95 {found['p95']:>8}  max {found['max']:>8}{limit}")
    for name, found in result["from_the_calls"].items():
        click.echo(f"  {name:<28} from the calls themselves: {found['p50']}")
    click.echo(
        f"{result['corrected_calls']:,} calls corrected or late: counted again in {result['corrected_counted_again_seconds']} s."
        f" {result['sums_compared']:,} sums compared with a recount, {len(result['sums_wrong'])} differ"
    )
