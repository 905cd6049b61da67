"""`./120 bench cases`: the search over cases, as the page asks it, in a PostgreSQL with synthetic cases.

The server is private (a temporary folder, a socket, no port) and goes afterwards. Every search is a transaction of its own
on one connection; the first of each kind warms up and is not counted.
"""

import json
import os
import pwd
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from centre120.settings import load_settings
from centre120.store.case_search import CaseQuestion, search_cases
from centre120.store.database import Database
from centre120.store.migrate import upgrade
from centre120.store.synthetic_cases import DAYS, FIRST_DAY, fill, names
from ops.bench.calls import percentile

TARGET_MS = 50.0
START_SECONDS = 60
Question = Callable[[random.Random], CaseQuestion]


def measure(count: int, searches: int, quiet: bool = False) -> dict[str, Any]:
    """Milliseconds by kind of search."""
    tell = (lambda _: None) if quiet else (lambda text: click.echo(text, err=True))
    with server() as url:
        upgrade(url)
        database = Database(url, statement_seconds=600.0, lock_seconds=60.0, pool_size=1, application="bench")
        begun = time.monotonic()
        fill(database, count, tell)
        filled = time.monotonic() - begun
        kinds = _kinds(database, count)
        taken = {
            kind: _measure(database, ask, max(2, searches // len(kinds)), n)
            for n, (kind, ask) in enumerate(kinds.items())
        }
        database.close()
    every = [milliseconds for times, _ in taken.values() for milliseconds in times]
    return {
        "cases": count,
        "searches": len(every),
        "filled_seconds": round(filled, 1),
        "all": _figures(every),
        "kinds": {kind: {**_figures(times), "hits_mean": hits} for kind, (times, hits) in taken.items()},
        "target": {"p95_ms": TARGET_MS},
    }


def report(result: dict[str, Any], as_json: bool) -> None:
    """As JSON or as lines."""
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    click.echo(
        f"{result['cases']:,} cases, made in {result['filled_seconds']} s; {result['searches']} searches, ms"
    )
    for kind, figures in [*result["kinds"].items(), ("all", result["all"])]:
        hits = f"  {figures['hits_mean']:>5} hits" if "hits_mean" in figures else ""
        marks = "  ".join(f"{mark} {figures[mark]:>7}" for mark in ("p50", "p95", "p99", "max"))
        click.echo(f"  {kind:<34} {marks}{hits}")


def _kinds(database: Database, count: int) -> dict[str, Question]:
    """What agents and supervisors ask; each with other words every time."""
    people = names(random.Random(120))  # noqa: S311
    with database.transaction() as tx:
        known = [
            hit for word in ("버스", "수도", "신고") for hit in search_cases(tx, CaseQuestion(words=word))
        ]
    places, things = (
        ["강남역", "광화문", "노원역", "사당역", "왕십리"],
        ["수도요금", "불법 주정차", "소음", "누수", "여권 발급", "환불"],
    )
    end = FIRST_DAY + DAYS

    def in_a_month(choice: random.Random) -> CaseQuestion:
        since = datetime(choice.choice((2024, 2025)), choice.randrange(1, 13), 1, tzinfo=UTC)
        words = "요금 " + choice.choice(places)
        return CaseQuestion(words, topics=("water.bill",), since=since, until=since + timedelta(days=30))

    return {
        "case number": lambda c: CaseQuestion(c.choice(known).case_number),
        "tracking code": lambda c: CaseQuestion(c.choice(known).tracking_code or ""),
        "telephone number": lambda c: CaseQuestion(c.choice(known).citizen_number or ""),
        "last four digits of it": lambda c: CaseQuestion(f"{c.randrange(10_000):04d}"),
        "a name": lambda c: CaseQuestion(c.choice(people)),
        "a common word": lambda c: CaseQuestion(c.choice(["버스", "신고", "문의", "요금", "방법"])),
        "two words": lambda c: CaseQuestion(f"{c.choice(things)} {c.choice(places)}"),
        "a name and a place": lambda c: CaseQuestion(f"{c.choice(people)} {c.choice(places)}"),
        "words, status, district": lambda c: CaseQuestion(c.choice(things), c.choice(["open", "closed"]), district="강남구"),
        "words, topic, a month": in_a_month,
        "status and topic": lambda c: CaseQuestion("", "open", ("transport.bus", "transport.taxi")),
        "words that no case has": lambda c: CaseQuestion(c.choice(["우주정거장", "신고 우주정거장", "버스 낙타"])),
        "two common words, never together": lambda c: CaseQuestion("버스 수도요금"),
        "a word in the last week": lambda c: CaseQuestion(c.choice(things), since=end - timedelta(days=7)),
    }  # fmt: skip


def _measure(database: Database, ask: Question, times: int, seed: int) -> tuple[list[float], float]:
    choice = random.Random(seed)  # noqa: S311
    taken, hits = [], 0
    for _ in range(times + 1):
        question = ask(choice)
        begun = time.perf_counter()
        with database.transaction() as tx:
            hits += len(search_cases(tx, question))
        taken.append((time.perf_counter() - begun) * 1000)
    return taken[1:], round(hits / (times + 1), 1)


def _figures(times: list[float]) -> dict[str, float]:
    marks = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {name: round(percentile(times, share), 2) for name, share in marks.items()}


@contextmanager
def server() -> Iterator[str]:
    """URL of an empty database on a PostgreSQL of its own. PostgreSQL refuses root: then it runs as `nobody`."""
    folder = Path(tempfile.mkdtemp(prefix="c120b"))
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    identity: dict[str, Any] = {"user": account.pw_uid, "group": account.pw_gid} if account else {}
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)
    programs = load_settings().parts_dir / "bin"
    started = None
    try:
        options = ["-D", str(folder / "cluster"), "-U", "centre120", "-E", "UTF8", "--locale=C.UTF-8", "-N"]
        subprocess.run(
            [str(programs / "initdb"), *options], check=True, capture_output=True, cwd=folder, **identity
        )
        given = {"listen_addresses": "", "unix_socket_directories": str(folder), "fsync": "off", "jit": "off",
                 "shared_buffers": "512MB", "max_wal_size": "4GB"}  # fmt: skip
        values = [part for name, value in given.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("ab") as log:
            command = [str(programs / "postgres"), "-D", str(folder / "cluster"), *values]
            started = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **identity)
        deadline = time.monotonic() + START_SECONDS
        ready = [str(programs / "pg_isready"), "-q", "-h", str(folder), "-U", "centre120"]
        while subprocess.run(ready, check=False).returncode != 0:
            if started.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL did not start: " + (folder / "log").read_text()[-1000:])
            time.sleep(0.05)
        yield f"postgresql+psycopg://centre120@/postgres?host={folder}"
    finally:
        if started is not None and started.poll() is None:
            started.send_signal(signal.SIGQUIT)
            started.wait(timeout=START_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)
