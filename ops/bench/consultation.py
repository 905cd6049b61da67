"""`./120 bench consultation`: how long a keystroke's search takes, by the number of entries.

A database of its own beside the centre's (or on the server that is named) is made, filled, asked and dropped. The entries are
the demo's welfare questions and answers, each under many districts' names, so that common words are common; the questions
are what an agent types: titles and question forms, keystroke by keystroke, some mistyped, some as initial consonants.
"""

import csv
import gzip
import io
import itertools
import json
import os
import random
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import click

from centre120.entries import EntryFields
from centre120.settings import REPOSITORY, load_settings
from centre120.store.consultation import add_entries
from centre120.store.consultation_search import analyse, search_entries
from centre120.store.database import Database
from centre120.store.scratch import scratch_database
from ops.bench.calls import percentile
from ops.progress import complain

KINDS = ("typed", "mistyped", "initials")
_AT_ONCE = 1_000
_SEED = 120
_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_FIRST_SYLLABLE, _SYLLABLES = 0xAC00, 11_172


def measure(entries: int, searches: int, database_url: str | None, quiet: bool) -> dict[str, Any]:
    """Milliseconds per search by kind, each in a transaction of its own, one after the other."""
    server = database_url or load_settings().sqlalchemy_url
    with scratch_database(server, f"bench_consultation_{os.getpid()}") as url:
        database = Database(url, statement_seconds=300.0, pool_size=1, application="bench")
        try:
            rows = list(_entries(entries))
            begun = time.perf_counter()
            _fill(database, rows, quiet)
            loaded = time.perf_counter() - begun
            taken = _ask(database, list(_questions(rows, searches)))
        finally:
            database.close()
    figures = {kind: _figures(taken[kind]) for kind in KINDS if taken[kind]}
    every = [one for kind in KINDS for one in taken[kind]]
    return {
        "entries": entries,
        "searches": len(every),
        "load_seconds": round(loaded, 1),
        "milliseconds": _figures(every),
        "by_kind": figures,
        "load_average": round(os.getloadavg()[0], 1),
    }


def _figures(taken: list[float]) -> dict[str, float]:
    return {f"p{share}": percentile(taken, share / 100) for share in (50, 95, 99)} | {
        "max": round(max(taken), 1)
    }


def _entries(count: int) -> Iterator[tuple[str, EntryFields]]:
    """The demo's articles, each again under the next district's name until there are enough."""
    file = REPOSITORY / "demo" / "welfare_qa" / "articles.csv.gz"
    rows = csv.DictReader(io.StringIO(gzip.decompress(file.read_bytes()).decode("utf-8")))
    articles: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        articles.setdefault(row["article"], []).append(row)
    districts = (REPOSITORY / "demo" / "districts.csv").read_text(encoding="utf-8").splitlines()[1:]
    names = ["", *(line.split(",")[1] for line in districts)]
    known = list(articles.values())
    for number in range(count):
        turn, article = divmod(number, len(known))
        rows_of = known[article]
        where = names[turn % len(names)]
        which = rows_of[turn % len(rows_of)]
        asked = tuple(dict.fromkeys(f"{row['question']}"[:500] for row in rows_of))
        title = f"{where} {which['title']}".strip()
        own = tuple(f"{where} {question}".strip() for question in asked[turn % len(asked) :][:4])
        yield f"B{number:06d}", EntryFields(title, which["answer"], own)


def _fill(database: Database, rows: list[tuple[str, EntryFields]], quiet: bool) -> None:
    for start in range(0, len(rows), _AT_ONCE):
        with database.transaction() as tx:
            add_entries(tx, rows[start : start + _AT_ONCE], "bench", "bench", datetime.now(UTC))
        if not quiet:
            complain(f"{min(start + _AT_ONCE, len(rows))} of {len(rows)} entries")
    with database.transaction() as tx:
        analyse(tx)


def _questions(rows: list[tuple[str, EntryFields]], count: int) -> Iterator[tuple[str, str]]:
    """(kind, text), keystroke by keystroke. Of ten texts eight are titles or question forms as they are, one a title with a
    wrong syllable, one a title's initial consonants."""
    chance = random.Random(_SEED)  # noqa: S311 - the same questions every time
    asked = 0
    for number in itertools.count():
        fields = chance.choice(rows)[1]
        kind = {8: "mistyped", 9: "initials"}.get(number % 10, "typed")
        text = chance.choice([fields.title, *fields.questions])[:30]
        if kind == "mistyped":
            place = chance.randrange(min(12, len(fields.title)))
            wrong = chr(_FIRST_SYLLABLE + chance.randrange(_SYLLABLES))
            text = fields.title[:place] + wrong + fields.title[place + 1 : 12]
        elif kind == "initials":
            places = (ord(sign) - _FIRST_SYLLABLE for sign in fields.title)
            text = "".join(_INITIALS[place // 588] for place in places if 0 <= place < _SYLLABLES)[:6]
        end = 2
        while end <= len(text):
            yield kind, text[:end]
            asked += 1
            if asked == count:
                return
            end += chance.randint(1, 3)  # the page waits for a pause in typing


def _ask(database: Database, questions: list[tuple[str, str]]) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {kind: [] for kind in KINDS}
    today = datetime.now(UTC).date()
    for kind, text in questions:
        begun = time.perf_counter()
        with database.transaction() as tx:
            search_entries(tx, text, today)
        taken[kind].append((time.perf_counter() - begun) * 1000)
    return taken


def report(result: Mapping[str, Any], as_json: bool) -> None:
    """Print it."""
    if as_json:
        click.echo(json.dumps(result))
        return
    click.echo(
        f"{result['entries']} entries, loaded in {result['load_seconds']} s; {result['searches']} searches;"
        f" load average {result['load_average']}"
    )
    click.echo("kind        p50, ms  p95, ms  p99, ms  max, ms")
    for kind, one in {**result["by_kind"], "all": result["milliseconds"]}.items():
        click.echo(f"{kind:10}  {one['p50']:7}  {one['p95']:7}  {one['p99']:7}  {one['max']:7}")
