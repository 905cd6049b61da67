"""The search in the consultation database: terms by their GIN index, weighed by how rare they are, then the best
looked at closely (title, question forms). pg_trgm is asked only when words seem mistyped: it is slow on Hangul.

How rare a term is comes from PostgreSQL's own statistics of the column (ANALYZE; the import runs it), so nothing
has to be kept in step. Without statistics all terms weigh the same.
"""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
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

LOOKED_AT = 32
"""So many of the best by terms are compared with the question word by word."""
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
_RARE = 0.0005
_TITLE_WEIGHT = 1.0
_MOST_TERMS = 60
_PARTICLE = 0.3
"""What a term counts that only a particle makes: in `요금을 내다`, `금을` and `을내` stand in no title."""
_SYNONYM = 0.9
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
SELECT found.entry_id, sum(asked.weight) AS score
FROM unnest(CAST(:terms AS text[]), CAST(:weights AS float8[])) AS asked(term, weight)
CROSS JOIN LATERAL (SELECT entry_id FROM consultation_search WHERE terms @> ARRAY[asked.term]) AS found
GROUP BY found.entry_id ORDER BY score DESC, found.entry_id LIMIT :limit
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
       e.dispute, e.review_on, coalesce(d.name_ko, '') AS department_ko, coalesce(d.name_en, '') AS department_en,
       ARRAY(SELECT question FROM consultation_questions q WHERE q.entry_id = e.entry_id ORDER BY position) AS questions
FROM consultation_entries e LEFT JOIN departments d ON d.department_id = e.owner_department_id
WHERE e.entry_id = ANY(CAST(:ids AS bigint[]))
""")


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
    found = _by_terms(tx, terms)
    asked = [text, without_particles(text)]
    for other in wider(text, synonym_groups(tx)):
        asked.append(other)
        for entry_id, score in _by_terms(tx, _weighed(other)).items():
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
    pairs = [pairs_of(one) for one in dict.fromkeys(asked)]
    hits = [_hit(row, text, pairs, found[row.entry_id], today) for row in _looked_at(tx, list(found))]
    hits.sort(key=lambda hit: (-hit.score, hit.code))
    least = hits[0].score * _WORTH_SHOWING if hits else 0.0
    return [hit for hit in hits if hit.score >= least][:limit]


def _weighed(text: str) -> dict[str, float]:
    """The terms a question asks for, with what they count: those that only a particle makes count little."""
    whole, bare = question_terms(text), question_terms(without_particles(text))
    weights = dict.fromkeys(bare, 1.0) | {term: _PARTICLE for term in whole if term not in bare}
    return dict(list(weights.items())[:_MOST_TERMS])


def _by_terms(tx: Transaction, terms: Mapping[str, float]) -> dict[int, float]:
    """entry_id -> 0..2: the share of the question's weight it holds, once anywhere and once in the title."""
    if all(term.startswith(INITIALS) for term in terms):
        # each pair of initial consonants stands in a tenth of all titles: only together they say something
        tx.execute(_BY_INDEX, {"others": "off"})
        together = tx.execute(_ALL, {"terms": [*terms], "limit": LOOKED_AT})
        found = {row.entry_id: float(row.score) for row in together}
        tx.execute(_BY_INDEX, {"others": "on"})
        return found
    marked = [*terms] + [TITLE + term for term in terms if not term.startswith((BEGINS, INITIALS))]
    shares, rows = _counted(tx)
    weights = {
        term: counts * math.log(1 + 1 / max(shares.get(term, _RARE), _RARE)) for term, counts in terms.items()
    }
    total = sum(weights.values())
    asked: dict[str, float] = {}
    visited = 0.0
    for term in sorted(marked, key=lambda term: shares.get(term, 0.0)):
        visited += shares.get(term, 0.0) * rows
        if asked and visited > VISITED:
            break
        in_title = term.startswith(TITLE)
        asked[term] = weights[term.removeprefix(TITLE)] / total * (_TITLE_WEIGHT if in_title else 1.0)
    values = {"terms": list(asked), "weights": list(asked.values()), "limit": LOOKED_AT}
    # The planner does not know that a row's terms lie out of line, and would read them all: leave it the GIN index.
    tx.execute(_BY_INDEX, {"others": "off"})
    found = {row.entry_id: float(row.score) for row in tx.execute(_BEST, values)}
    tx.execute(_BY_INDEX, {"others": "on"})
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


def _hit(row: Any, text: str, asked: list[frozenset[str]], by_terms: float, today: date) -> EntryHit:
    there = row._mapping
    whole = fold(text)
    alike = [(_alike(asked, question), question) for question in there["questions"]]
    best, question = max(alike, default=(0.0, ""))
    title = fold(there["title"])
    named = 1.0 if title == whole else 0.5 if whole in title else 0.0
    score = by_terms + named + 1.5 * max(best, _alike(asked, there["title"]))
    standing = standing_of(there["valid_from"], there["valid_until"], there["dispute"], today)
    own = ("entry_id", "code", "title", "gist", "topic", "language", "valid_from", "valid_until", "review_on")
    return EntryHit(
        **{name: there[name] for name in own},
        question=question if best > 0.15 else "",
        standing=standing,
        department_ko=there["department_ko"],
        department_en=there["department_en"],
        score=score if standing == "valid" else score * UNSOUND,
    )


def _alike(asked: list[frozenset[str]], text: str) -> float:
    return max(likeness(one, text) for one in asked)


def analyse(tx: Transaction) -> None:
    """Let PostgreSQL count the terms anew and file those that wait before the index; after many entries were written.
    Waits for a vacuum that PostgreSQL itself began because of them."""
    tx.execute(sql("SET LOCAL lock_timeout = '120s'"))
    for index in ("consultation_search_terms_idx", "consultation_search_letters_idx"):
        tx.execute(sql("SELECT gin_clean_pending_list(CAST(:index AS regclass))"), {"index": index})
    tx.execute(sql("ANALYZE consultation_search"))
    _remembered.clear()
