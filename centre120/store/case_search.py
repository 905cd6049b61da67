"""The search over cases: by number, tracking code, telephone number, words, status, topic, district and days; newest first.

Two ways, by the share of cases to be expected (PostgreSQL's statistics of the column): few are found by the GIN index and
then sorted; many by reading the newest cases until a page is full, and by the index after all when those are too few.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, select
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert as upsert

from centre120.case_terms import DISTRICT, STATUS, TOPIC, terms_asked, terms_of_case
from centre120.cases import parse_case_number
from centre120.store.database import Transaction
from centre120.store.schema.calls import calls
from centre120.store.schema.case_work import case_notes, case_search
from centre120.store.schema.cases import case_calls, cases
from centre120.tracking import parse_tracking_code

PAGE = 50
COMMON = 0.03
"""Expected share of the cases from which reading the newest finds a page sooner than sorting all."""
NEWEST = 2_500
"""So many of the newest are read for common terms."""
FRESH_SECONDS = 60.0
_remembered: dict[str, tuple[float, dict[str, float]]] = {}  # by database: when (monotonic), shares

_SHARES = sql("""
SELECT common.term, common.share
FROM pg_stats, LATERAL unnest(most_common_elems::text::text[], most_common_elem_freqs) AS common(term, share)
WHERE schemaname = current_schema() AND tablename = 'case_search' AND attname = 'terms'
""")
_CONDITIONS = """
    (CAST(:terms AS text[]) IS NULL OR terms @> CAST(:terms AS text[]))
    AND (CAST(:topics AS text[]) IS NULL OR terms && CAST(:topics AS text[]))
"""
_DAYS = """
    opened_at >= coalesce(CAST(:since AS timestamptz), '-infinity')
    AND opened_at < coalesce(CAST(:until AS timestamptz), 'infinity')
"""
_AMONG = """
    AND (CAST(:extension AS text) IS NULL OR case_id IN (
        SELECT case_calls.case_id FROM offers JOIN case_calls USING (call_id)
        WHERE offers.agent_extension = :extension AND offers.offered_at >= :own_since
          AND (offers.result IS NULL OR offers.result = 'answered')))
"""
_NEWEST = sql(f"""
SELECT case_id FROM (
    SELECT case_id, opened_at, terms FROM case_search WHERE {_DAYS} ORDER BY opened_at DESC LIMIT :newest
) AS newest WHERE {_CONDITIONS} {_AMONG} ORDER BY opened_at DESC LIMIT :limit
""")  # noqa: S608 - constants of this file
_ONLY_INDEX = sql("SELECT set_config('enable_seqscan', :on, true), set_config('enable_indexscan', :on, true)")
_FOUND = sql("""
SELECT c.case_id, c.case_number, c.tracking_code, c.citizen_number, c.status, c.topic, c.district, c.department_id,
       c.opened_at, c.due_on, left(coalesce(nullif(c.summary, ''), c.text), 160) AS gist
FROM cases c WHERE c.case_id = ANY(CAST(:ids AS bigint[])) ORDER BY c.opened_at DESC, c.case_id DESC
""")


@dataclass(frozen=True)
class CaseQuestion:
    """Everything given must hold. `since` is included, `until` is not."""

    words: str = ""
    status: str | None = None
    topics: tuple[str, ...] = ()  # one of them: a topic and what hangs below it
    district: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    extension: str | None = None  # only cases of this agent's calls
    own_since: datetime | None = None  # ... offered since then


@dataclass(frozen=True)
class CaseHit:
    case_id: int
    case_number: str
    tracking_code: str | None
    citizen_number: str | None
    status: str
    topic: str | None
    district: str | None
    department_id: int | None
    opened_at: datetime
    due_on: Any
    gist: str


def search_cases(tx: Transaction, question: CaseQuestion, limit: int = PAGE) -> list[CaseHit]:
    """Newest first. A question that is a case number, a tracking code or a telephone number (or its last four digits) is that."""
    ids = _by_number(tx, question, limit)
    if ids is None or (not ids and len("".join(question.words.split())) == 4):
        ids = _by_terms(tx, question, limit)
    return [CaseHit(**row._mapping) for row in tx.execute(_FOUND, {"ids": ids})] if ids else []


def _by_number(tx: Transaction, question: CaseQuestion, limit: int) -> list[int] | None:
    """None: the words are no number."""
    typed = question.words
    digits = "".join(sign for sign in typed if sign not in " -")
    if not (digits.isascii() and digits.isdigit()):
        return None
    there = cases.c
    number, code = parse_case_number(typed), parse_tracking_code(typed)
    if number or code:
        wanted = there.case_number == number if number else there.tracking_code == code
    elif len(digits) == 4:
        wanted = sql('"right"(citizen_number, 4) = :ending').bindparams(ending=digits)  # type: ignore[assignment]
    elif 8 <= len(digits) <= 15:
        wanted = there.citizen_number == digits
    else:
        return None
    query = select(there.case_id).where(wanted).order_by(there.opened_at.desc()).limit(limit)
    if question.extension is not None:
        own = sql(f"true {_AMONG}").bindparams(extension=question.extension, own_since=question.own_since)
        query = query.where(own)
    return list(tx.scalars(query))


def _by_terms(tx: Transaction, question: CaseQuestion, limit: int) -> list[int]:
    terms = terms_asked(question.words)
    if question.words.strip() and not terms:
        return []
    terms += [STATUS + question.status] if question.status else []
    terms += [DISTRICT + question.district] if question.district else []
    topics = [TOPIC + topic for topic in question.topics]
    values: dict[str, Any] = {
        "terms": terms or None,
        "topics": topics or None,
        "since": question.since,
        "until": question.until,
        "extension": question.extension,
        "own_since": question.own_since,
        "limit": limit,
    }
    if _expected_share(_shares(tx), question, topics) >= COMMON:
        found = list(tx.scalars(_NEWEST, {**values, "newest": NEWEST}))
        if len(found) >= limit or not (terms or topics):
            return found
    tx.execute(_ONLY_INDEX, {"on": "off"})
    found = list(tx.scalars(_rare(terms, topics, question), values))
    tx.execute(_ONLY_INDEX, {"on": "on"})
    return found


def _expected_share(shares: dict[str, float], question: CaseQuestion, topics: Sequence[str]) -> float:
    """Of the cases, 0..1, as if what is asked had nothing to do with each other; within a word its rarest pair counts."""
    groups = [terms_asked(word) for word in question.words.split()]
    groups += [[STATUS + question.status]] if question.status else []
    groups += [[DISTRICT + question.district]] if question.district else []
    expected = math.prod(min(shares.get(term, 0.0) for term in group) for group in groups if group)
    return expected * (sum(shares.get(topic, 0.0) for topic in topics) if topics else 1.0)


def _rare(terms: Sequence[str], topics: Sequence[str], question: CaseQuestion) -> Any:
    """The statement names only what is asked: the planner must see the GIN index's own operators."""
    conditions = ["terms @> CAST(:terms AS text[])"] if terms else []
    conditions += ["terms && CAST(:topics AS text[])"] if topics else []
    conditions += ["opened_at >= :since"] if question.since else []
    conditions += ["opened_at < :until"] if question.until else []
    conditions += [f"true {_AMONG}"] if question.extension else []
    there = case_search.c
    query = select(there.case_id).where(*(sql(condition) for condition in conditions))
    return query.order_by(there.opened_at.desc()).limit(bindparam("limit", type_=Integer))


def _shares(tx: Transaction) -> dict[str, float]:
    """The share of cases that holds each common term; a minute old at most."""
    key = str(tx.engine.url)
    known = _remembered.get(key)
    if known is None or time.monotonic() - known[0] > FRESH_SECONDS:
        shares = {row.term: float(row.share) for row in tx.execute(_SHARES)}
        known = _remembered[key] = (time.monotonic(), shares)
    return known[1]


def index_case(tx: Transaction, case_id: int) -> None:
    """Let the search know this case as it is now."""
    row = tx.execute(select(cases).where(cases.c.case_id == case_id)).one()
    notes = select(case_notes.c.text).where(
        case_notes.c.case_id == case_id, case_notes.c.withdrawn_at.is_(None)
    )
    names = (
        select(calls.c.caller_name)
        .join(case_calls, case_calls.c.call_id == calls.c.call_id)
        .where(case_calls.c.case_id == case_id, case_calls.c.relation != "status-heard")
    )
    texts = [row.text, row.summary, row.place, *tx.scalars(notes), *filter(None, tx.scalars(names))]
    terms = terms_of_case(texts, row.status, row.topic, row.district)
    written = upsert(case_search).values(case_id=case_id, opened_at=row.opened_at, terms=terms)
    again = {"opened_at": row.opened_at, "terms": terms}
    tx.execute(written.on_conflict_do_update(index_elements=["case_id"], set_=again))


def index_missing_cases(tx: Transaction, limit: int) -> int:
    """Index the next cases that the search does not know; 0: it knows all."""
    known = select(case_search.c.case_id).where(case_search.c.case_id == cases.c.case_id)
    query = select(cases.c.case_id).where(~known.exists()).order_by(cases.c.case_id).limit(limit)
    missing = list(tx.scalars(query))
    for case_id in missing:
        index_case(tx, case_id)
    return len(missing)


def analyse_cases(tx: Transaction) -> None:
    """Let PostgreSQL count the terms anew and file what waits before the index; after many cases were written."""
    tx.execute(sql("SELECT gin_clean_pending_list('case_search_terms_idx')"))
    tx.execute(sql("ANALYZE case_search"))
    tx.execute(sql("ANALYZE cases"))
    _remembered.clear()
