"""`./120 bench knowledge`: whether a citizen's question finds its entry, beside two plain rankings in the same run.

One entry an article of FILE: its title, its questions as question forms, its answers as the body. The questions that are asked
stand in another file and are never indexed. The peers are what a centre would have without a search of its own: BM25 over
kiwipiepy's tokens, and pg_trgm's similarity with titles and question forms. All of it happens in a PostgreSQL of its own, which
goes afterwards.
"""

import csv
import gzip
import io
import json
import math
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from centre120.entries import LONGEST_ANSWER, LONGEST_QUESTION, MOST_QUESTIONS, EntryFields
from centre120.errors import CentreError, Fault
from centre120.settings import REPOSITORY
from centre120.store.consultation import add_entries
from centre120.store.consultation_search import analyse, search_entries
from centre120.store.database import Database
from centre120.store.migrate import upgrade
from centre120.store.plain_ranking import prepare_plain_ranking, rank_plainly
from ops.bench.calls import percentile
from ops.bench.cases import server
from ops.bench.consultation import measure as measure_keystrokes
from ops.progress import complain

ARTICLES = REPOSITORY / "demo" / "welfare_qa" / "articles.csv.gz"
QUESTIONS = REPOSITORY / "demo" / "welfare_qa" / "questions.csv.gz"
DEPTH = 50
"""Results looked at: a lower place counts nothing for the mean reciprocal rank."""
SIZES = (29_000, 100_000)
_K1, _B = 1.5, 0.75  # BM25 as everybody uses it
_NOT_WORDS = ("SF", "SP", "SS", "SE", "SO")  # kiwipiepy's tags of punctuation

Ranking = Callable[[str], Sequence[str]]
"""A question's entries by their code, best first."""


@dataclass(frozen=True)
class Article:
    code: str
    title: str
    rows: tuple[tuple[str, str], ...]  # question, answer

    def fields(self, without: frozenset[int] = frozenset()) -> EntryFields:
        """As an entry; rows of these numbers left out."""
        kept = [row for number, row in enumerate(self.rows) if number not in without]
        asked = tuple(dict.fromkeys(question[:LONGEST_QUESTION] for question, _ in kept))[:MOST_QUESTIONS]
        answers = "\n\n".join(dict.fromkeys(answer for _, answer in kept))[:LONGEST_ANSWER]
        return EntryFields(self.title, answers or self.title, asked)


def articles_of(file: Path) -> list[Article]:
    """CSV, also gzipped, with the columns article, title, question, answer. Raises `columns-missing`."""
    found: dict[str, tuple[str, list[tuple[str, str]]]] = {}
    for row in _rows(file, {"article", "title", "question", "answer"}):
        found.setdefault(row["article"], (row["title"], []))[1].append((row["question"], row["answer"]))
    return [Article(code, title, tuple(rows)) for code, (title, rows) in found.items()]


def questions_of(file: Path) -> list[tuple[str, str]]:
    """(question, code of the article that answers it): CSV with the columns question, article. Raises `columns-missing`."""
    return [(row["question"], row["article"]) for row in _rows(file, {"question", "article"})]


def _rows(file: Path, columns: set[str]) -> list[dict[str, str]]:
    raw = file.read_bytes()
    raw = gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
    rows = csv.DictReader(io.StringIO(raw.decode("utf-8-sig")))
    missing = columns - set(rows.fieldnames or ())
    if missing:
        raise CentreError(
            "columns-missing",
            f"{file} has the columns {', '.join(rows.fieldnames or ['(none)'])}; {', '.join(sorted(missing))} is missing.",
            "Articles have the columns article, title, question, answer; questions have question, article.",
            Fault.CONFIGURATION,
        )
    return list(rows)


def measure(
    articles: Path, questions: Path, sizes: Sequence[int], searches: int, quiet: bool
) -> dict[str, Any]:
    """Recall of ours and of the peers, what use adds, and a keystroke's milliseconds by the number of entries."""
    tell: Callable[[str], None] = (lambda _: None) if quiet else complain
    known, asked = articles_of(articles), questions_of(questions)
    result: dict[str, Any] = {"articles": len(known), "questions": len(asked)}
    with server() as url:
        upgrade(url)
        database = Database(url, statement_seconds=600.0, lock_seconds=60.0, pool_size=1, application="bench")
        try:
            tell(f"{len(known)} articles as entries")
            fill(database, {article.code: article.fields() for article in known})
            tell(f"{len(asked)} questions, three rankings")
            for name, ranking in (("ours", ours(database)), ("trgm", trgm(database)), ("bm25", bm25(known))):
                result[name] = recall(ranking, asked) if ranking else None
        finally:
            database.close()
        result["keystrokes"] = {str(size): measure_keystrokes(size, searches, url, quiet) for size in sizes}
    return {**result, "load_average": round(os.getloadavg()[0], 1)}


def fill(database: Database, entries: Mapping[str, EntryFields]) -> None:
    """New entries by their code."""
    with database.transaction() as tx:
        add_entries(tx, list(entries.items()), "bench", "bench", datetime.now(UTC))
    with database.transaction() as tx:
        analyse(tx)


def recall(ranking: Ranking, asked: Sequence[tuple[str, str]]) -> dict[str, float]:
    """recall@1, @5, @10 and the mean reciprocal rank, with the milliseconds a question took."""
    places: list[int] = []
    taken: list[float] = []
    for question, code in asked:
        begun = time.perf_counter()
        found = list(ranking(question)[:DEPTH])
        taken.append((time.perf_counter() - begun) * 1000)
        places.append(found.index(code) + 1 if code in found else 0)
    share = {
        f"recall@{depth}": sum(0 < place <= depth for place in places) / len(places) for depth in (1, 5, 10)
    }
    reciprocal = sum(1 / place for place in places if place) / len(places)
    return {
        **{name: round(value, 4) for name, value in {**share, "mrr": reciprocal}.items()},
        "p50_ms": percentile(taken, 0.5),
        "p99_ms": percentile(taken, 0.99),
    }


def ours(database: Database, today: date | None = None) -> Ranking:
    """The desk's search."""
    day = today or datetime.now(UTC).date()

    def ranked(question: str) -> list[str]:
        with database.transaction() as tx:
            return [hit.code for hit in search_entries(tx, question, day, DEPTH)]

    return ranked


def trgm(database: Database) -> Ranking:
    """pg_trgm as it comes: the entry whose title or question form is most similar."""
    with database.transaction() as tx:
        prepare_plain_ranking(tx)

    def ranked(question: str) -> list[str]:
        with database.transaction() as tx:
            return rank_plainly(tx, question, DEPTH)

    return ranked


def bm25(articles: Sequence[Article]) -> Ranking | None:
    """Okapi BM25 (k1 1.5, b 0.75) over kiwipiepy's tokens of title, questions and answers; None: kiwipiepy is not installed."""
    try:
        from kiwipiepy import Kiwi
    except ImportError:
        complain("kiwipiepy is not installed: no BM25 beside ours (it is in the dependency group `bench`)")
        return None
    kiwi = Kiwi(num_workers=1)

    def tokens(text: str) -> list[str]:
        return [token.form for token in kiwi.tokenize(text) if token.tag not in _NOT_WORDS]

    texts = []
    for article in articles:
        fields = article.fields()
        texts.append(Counter(tokens("\n".join([fields.title, *fields.questions, fields.answer]))))
    lengths = [sum(text.values()) for text in texts]
    mean = sum(lengths) / len(lengths)
    postings: dict[str, list[tuple[int, float]]] = {}
    for number, text in enumerate(texts):
        for token, times in text.items():
            weight = times * (_K1 + 1) / (times + _K1 * (1 - _B + _B * lengths[number] / mean))
            postings.setdefault(token, []).append((number, weight))

    def ranked(question: str) -> list[str]:
        scores = [0.0] * len(texts)
        for token in set(tokens(question)):
            there = postings.get(token, [])
            rarity = math.log(1 + (len(texts) - len(there) + 0.5) / (len(there) + 0.5))
            for number, weight in there:
                scores[number] += rarity * weight
        best = sorted(range(len(texts)), key=lambda number: (-scores[number], number))
        return [articles[number].code for number in best[:DEPTH]]

    return ranked


def report(result: Mapping[str, Any], as_json: bool) -> None:
    """Print it."""
    if as_json:
        click.echo(json.dumps(result))
        return
    click.echo(
        f"{result['questions']} questions to {result['articles']} entries; load average {result['load_average']}"
    )
    click.echo("          recall@1  recall@5  recall@10     MRR   p99, ms")
    for name in ("ours", "bm25", "trgm"):
        one = result.get(name)
        if one:
            figures = (one["recall@1"], one["recall@5"], one["recall@10"], one["mrr"])
            click.echo(
                f"{name:8}" + "".join(f"  {figure:8.4f}" for figure in figures) + f"  {one['p99_ms']:8}"
            )
        else:
            click.echo(f"{name:8}  not measured")
    for size, one in result["keystrokes"].items():
        taken = one["milliseconds"]
        click.echo(f"{size} entries, a keystroke: p50 {taken['p50']} ms, p99 {taken['p99']} ms")
