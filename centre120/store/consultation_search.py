"""The search in the consultation database: terms by their GIN index, weighed by how rare they are; then the best are looked
at closely (centre120/term_weights.py, title, question forms, what agents told for such words). pg_trgm is asked only when
words seem mistyped: it is slow on Hangul.

How rare a term is, is counted as its entries are visited. Terms that are too common to be visited are those that PostgreSQL's
own statistics of the column name (ANALYZE; the import runs it), so nothing has to be kept in step.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import text as sql

from centre120.entries import standing_of
from centre120.folding import fold, letters
from centre120.search_terms import (
    BEGINS,
    INITIALS,
    TITLE,
    likeness,
    pairs_of,
    question_terms,
    without_particles,
)
from centre120.store.database import Transaction
from centre120.store.synonyms import synonym_groups
from centre120.synonyms import wider
from centre120.term_weights import RARITY, closeness, rarity, weighed_terms

LOOKED_AT = 48
"""So many of the best by terms are compared with the question word by word."""
SHOWN = 12
"""So many hits are given the question form that is most like what was asked."""
VISITED = 4_000
"""Rows of the index visited at most for terms that are not the rarest: each costs about a microsecond, and common terms
say little that the comparison with title and question forms does not say again."""
UNSOUND = 0.4
"""What an answer that may not be told today counts beside one that may."""
FRESH_SECONDS = 60.0
"""PostgreSQL's statistics are read so often: reading them takes longer than the search."""
_remembered: dict[
    str, tuple[float, dict[str, float], float]
] = {}  # by database: when (monotonic), shares, rows
_WORTH_SHOWING = 0.2  # of the best hit's score
CLOSELY, FOUND, ALIKE = 0.4, 0.3, 0.3
"""What the parts of a score count: the terms weighed, the terms found, the likeness with the title."""
_MIDDLING = 2.0
"""Rarity of a weighed term whose parts nobody counted: pairs inside words of other scripts."""
_TITLE_WEIGHT = 1.0
_MOST_TERMS = 60
_PARTICLE = 0.3
"""What a term counts that only a particle makes: in `요금을 내다`, `금을` and `을내` stand in no title."""
_SYNONYM = 0.75
_SHORTEST_MISTYPED = 6
"""Letters: the trigrams of fewer stand in half of all titles, which takes pg_trgm ten times as long and says nothing."""

_FREQUENCIES = sql("""
SELECT common.term, common.share
FROM pg_stats, LATERAL unnest(most_common_elems::text::text[], most_common_elem_freqs) AS common(term, share)
WHERE schemaname = current_schema() AND tablename = 'consultation_search' AND attname = 'terms'
""")
_ROWS = sql("SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'consultation_search'::regclass")
_BY_INDEX = sql(
    "SELECT set_config('enable_seqscan', :others, true), set_config('enable_indexscan', :others, true),"
    " set_config('enable_indexonlyscan', :others, true)"
)
_BEST = sql("""
WITH found AS MATERIALIZED (
  SELECT asked.term, asked.weight, there.entry_id
  FROM unnest(CAST(:terms AS text[]), CAST(:weights AS float8[])) AS asked(term, weight)
  CROSS JOIN LATERAL (SELECT entry_id FROM consultation_search WHERE terms @> ARRAY[asked.term]) AS there
), counted AS (SELECT term, count(*) AS holding FROM found GROUP BY term),
worth AS (
  SELECT term, power(ln(1 + (greatest(:rows, holding) - holding + 0.5) / (holding + 0.5)), :exponent) AS rarity
  FROM counted
), best AS (
  SELECT found.entry_id, sum(found.weight * worth.rarity) AS score
  FROM found JOIN worth USING (term) GROUP BY found.entry_id ORDER BY score DESC, found.entry_id LIMIT :limit
)
SELECT NULL AS term, entry_id, score FROM best UNION ALL SELECT term, NULL, holding FROM counted
""")
_ALL = sql("""
SELECT entry_id, 1.0 AS score FROM consultation_search WHERE terms @> CAST(:terms AS text[])
ORDER BY entry_id LIMIT :limit
""")
_MISTYPED = sql("""
SELECT entry_id, word_similarity(:letters, letters) AS score FROM consultation_search
WHERE :letters <% letters ORDER BY score DESC, entry_id LIMIT :limit
""")
_LOOKED_AT = sql("""
SELECT e.entry_id, e.code, e.title, left(e.answer, 240) AS gist, e.topic, e.language, e.valid_from, e.valid_until,
       e.dispute, e.review_on, coalesce(s.weighed, '') AS weighed, coalesce(d.name_ko, '') AS department_ko,
       coalesce(d.name_en, '') AS department_en
FROM consultation_entries e LEFT JOIN consultation_search s USING (entry_id)
  LEFT JOIN departments d ON d.department_id = e.owner_department_id
WHERE e.entry_id = ANY(CAST(:ids AS bigint[]))
""")
_QUESTIONS = sql("""
SELECT entry_id, question FROM consultation_questions
WHERE entry_id = ANY(CAST(:ids AS bigint[])) ORDER BY entry_id, position
""")


@dataclass(frozen=True)
class Asked:
    """One way to ask the question."""

    pairs: frozenset[str]
    worth: Mapping[str, float]  # how rare each of its weighed terms is; empty: weighed by another way
    share: float = 1.0


@dataclass(frozen=True)
class EntryHit:
    entry_id: int
    code: str
    title: str
    gist: str  # the answer's first 240 characters
    question: str  # the question form most like what was asked; empty: none is
    topic: str | None
    language: str
    standing: str
    valid_from: date | None
    valid_until: date | None
    review_on: date | None
    department_ko: str
    department_en: str
    score: float


def search_entries(tx: Transaction, text: str, today: date, limit: int = 12) -> list[EntryHit]:
    """Best first; answers that are not valid today or disputed come lower. `today`: the centre's date."""
    terms = _weighed(text)
    if not terms:
        return []
    found, worth = _by_terms(tx, terms)
    asked = [Asked(pairs_of(text), _worth(text, worth)), Asked(pairs_of(without_particles(text)), {})]
    for other in wider(text, synonym_groups(tx)):
        by_other, worth = _by_terms(tx, _weighed(other))
        asked.append(Asked(pairs_of(other), _worth(other, worth), _SYNONYM))
        for entry_id, score in by_other.items():
            found[entry_id] = max(found.get(entry_id, 0.0), score * _SYNONYM)
    if (
        len(fold(text)) >= 3
        and len(letters(text)) >= _SHORTEST_MISTYPED
        and not any(term.startswith(INITIALS) for term in terms)
    ):
        best = max(found.values(), default=0.0)
        if best < 0.5:
            for row in tx.execute(_MISTYPED, {"letters": letters(text), "limit": LOOKED_AT}):
                found[row.entry_id] = max(found.get(row.entry_id, 0.0), float(row.score))
    hits = [_hit(row, text, asked, found[row.entry_id], today) for row in _looked_at(tx, list(found))]
    hits.sort(key=lambda hit: (-hit.score, hit.code))
    least = hits[0].score * _WORTH_SHOWING if hits else 0.0
    return _with_questions(tx, [hit for hit in hits if hit.score >= least][:limit], asked)


def _with_questions(tx: Transaction, hits: list[EntryHit], asked: list[Asked]) -> list[EntryHit]:
    """With the question form of each that is most like what was asked."""
    alike: dict[int, tuple[float, str]] = {}
    pairs = [one.pairs for one in asked]
    for row in tx.execute(_QUESTIONS, {"ids": [hit.entry_id for hit in hits[:SHOWN]]}):
        there = (_alike(pairs, row.question), row.question)
        alike[row.entry_id] = max(alike.get(row.entry_id, (0.15, "")), there)
    return [replace(hit, question=alike.get(hit.entry_id, (0.0, ""))[1]) for hit in hits]


def _weighed(text: str) -> dict[str, float]:
    """The terms a question asks for, with what they count: those that only a particle makes count little."""
    whole, bare = question_terms(text), question_terms(without_particles(text))
    weights = dict.fromkeys(bare, 1.0) | {term: _PARTICLE for term in whole if term not in bare}
    return dict(list(weights.items())[:_MOST_TERMS])


def _by_terms(tx: Transaction, terms: Mapping[str, float]) -> tuple[dict[int, float], dict[str, float]]:
    """entry_id -> 0..2, the share of the question's weight it holds, once anywhere and once in the title; and how rare each
    term is that says something."""
    if all(term.startswith(INITIALS) for term in terms):
        # each pair of initial consonants stands in a tenth of all titles: only together they say something
        tx.execute(_BY_INDEX, {"others": "off"})
        together = tx.execute(_ALL, {"terms": [*terms], "limit": LOOKED_AT})
        found = {row.entry_id: float(row.score) for row in together}
        tx.execute(_BY_INDEX, {"others": "on"})
        return found, {}
    shares, rows = _counted(tx)
    asked = _visited(terms, shares, rows)
    values = {
        "terms": list(asked),
        "weights": list(asked.values()),
        "limit": LOOKED_AT,
        "rows": rows,
        "exponent": RARITY,
    }
    # The planner does not know that a row's terms lie out of line, and would read them all: leave it the GIN index.
    tx.execute(_BY_INDEX, {"others": "off"})
    best: dict[int, float] = {}
    holding = {term: shares.get(term, 0.0) * rows for term in terms}
    for row in tx.execute(_BEST, values):
        if row.term is None:
            best[row.entry_id] = float(row.score)
        else:
            holding[row.term] = float(row.score)
    tx.execute(_BY_INDEX, {"others": "on"})
    worth = {term: rarity(holding[term], rows) * counts for term, counts in terms.items()}
    total = sum(worth.values()) or 1.0
    return {entry_id: score / total for entry_id, score in best.items()}, worth


def _visited(terms: Mapping[str, float], shares: Mapping[str, float], rows: float) -> dict[str, float]:
    """The rarest of the terms, anywhere and in the title, with what they count."""
    marked = [*terms] + [TITLE + term for term in terms if not term.startswith((BEGINS, INITIALS))]
    asked: dict[str, float] = {}
    visited = 0.0
    for term in sorted(marked, key=lambda term: shares.get(term, 0.0)):
        visited += shares.get(term, 0.0) * rows
        if asked and visited > VISITED:
            break
        asked[term] = terms[term.removeprefix(TITLE)] * (_TITLE_WEIGHT if term.startswith(TITLE) else 1.0)
    return asked


def _worth(text: str, terms: Mapping[str, float]) -> dict[str, float]:
    """How rare each weighed term of the question is: a longer one as its rarest part, of which it can not be less."""
    found: dict[str, float] = {}
    for term in weighed_terms(text) if terms else ():
        plain = term if term in terms else term[1:]
        parts = [plain[place : place + 2] for place in range(len(plain) - 1)]
        found[term] = max((terms[part] for part in (plain, *parts) if part in terms), default=_MIDDLING)
    return found


def _counted(tx: Transaction) -> tuple[dict[str, float], float]:
    """The share of entries that hold each common term, and how many entries there are; a minute old at most."""
    key = str(tx.engine.url)
    known = _remembered.get(key)
    if known is None or time.monotonic() - known[0] > FRESH_SECONDS:
        shares = {row.term: float(row.share) for row in tx.execute(_FREQUENCIES)}
        known = _remembered[key] = (time.monotonic(), shares, float(tx.scalar(_ROWS) or 0.0))
    return known[1], known[2]


def _looked_at(tx: Transaction, ids: list[int]) -> list[Any]:
    return list(tx.execute(_LOOKED_AT, {"ids": ids})) if ids else []


def _hit(row: Any, text: str, asked: list[Asked], found: float, today: date) -> EntryHit:
    there = row._mapping
    whole = fold(text)
    title = fold(there["title"])
    named = 1.0 if title == whole else 0.5 if whole in title else 0.0
    closely = max(
        (closeness(one.worth, there["weighed"]) * one.share for one in asked if one.worth), default=0.0
    )
    by_terms = CLOSELY * closely if there["weighed"] and closely else found
    total = (
        max(by_terms, FOUND * found) + named + ALIKE * _alike([one.pairs for one in asked], there["title"])
    )
    standing = standing_of(there["valid_from"], there["valid_until"], there["dispute"], today)
    own = ("entry_id", "code", "title", "gist", "topic", "language", "valid_from", "valid_until", "review_on")
    return EntryHit(
        **{name: there[name] for name in own},
        question="",
        standing=standing,
        department_ko=there["department_ko"],
        department_en=there["department_en"],
        score=total if standing == "valid" else total * UNSOUND,
    )


def _alike(asked: Iterable[frozenset[str]], text: str) -> float:
    return max(likeness(one, text) for one in asked)


def analyse(tx: Transaction) -> None:
    """Let PostgreSQL count the terms anew and file those that wait before the index; after many entries were written.
    Waits for a vacuum that PostgreSQL itself began because of them."""
    tx.execute(sql("SET LOCAL lock_timeout = '120s'"))
    for index in ("consultation_search_terms_idx", "consultation_search_letters_idx"):
        tx.execute(sql("SELECT gin_clean_pending_list(CAST(:index AS regclass))"), {"index": index})
    tx.execute(sql("ANALYZE consultation_search"))
    _remembered.clear()
