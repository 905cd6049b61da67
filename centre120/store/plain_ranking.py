"""What PostgreSQL alone would find, for `bench knowledge`: pg_trgm's similarity with titles and question forms, all compared.

Whole texts are no peer: a question shares few of the trigrams of five thousand letters, and a comparison takes a second.
"""

from sqlalchemy import text as sql

from centre120.store.database import Transaction

_TEXTS = sql("""
CREATE TEMPORARY TABLE plain_text AS
SELECT code, title AS words FROM consultation_entries
UNION ALL SELECT e.code, q.question FROM consultation_questions q JOIN consultation_entries e USING (entry_id)
""")
_RANKED = sql("""
SELECT code FROM plain_text GROUP BY code ORDER BY max(similarity(:question, words)) DESC, code LIMIT :limit
""")


def prepare_plain_ranking(tx: Transaction) -> None:
    """Puts the entries' texts together, for this connection."""
    tx.execute(_TEXTS)


def rank_plainly(tx: Transaction, question: str, limit: int) -> list[str]:
    """Codes, best first."""
    return list(tx.scalars(_RANKED, {"question": question, "limit": limit}))
