"""What PostgreSQL alone would find, for `bench knowledge`: pg_trgm's similarity with an entry's whole text, all compared."""

from sqlalchemy import text as sql

from centre120.store.database import Transaction

_WHOLE = sql("""
CREATE TEMPORARY TABLE plain_text AS
SELECT e.entry_id, e.code, concat_ws(' ', e.title,
  (SELECT string_agg(q.question, ' ' ORDER BY q.position) FROM consultation_questions q WHERE q.entry_id = e.entry_id),
  e.answer) AS whole
FROM consultation_entries e
""")
_RANKED = sql("""
SELECT code FROM plain_text ORDER BY word_similarity(:question, whole) DESC, code LIMIT :limit
""")


def prepare_plain_ranking(tx: Transaction) -> None:
    """Puts the entries' texts together, for this connection."""
    tx.execute(_WHOLE)


def rank_plainly(tx: Transaction, question: str, limit: int) -> list[str]:
    """Codes, best first."""
    return list(tx.scalars(_RANKED, {"question": question, "limit": limit}))
