"""What a case is found by: terms of its words (centre120/search_terms.py) and of its closed lists. Pure: no clock, no I/O.

Words of the question are asked one by one, and all of them must be there: who looks for a case knows what was written.
"""

from collections.abc import Iterable

from centre120.search_terms import index_terms, question_terms

STATUS, TOPIC, DISTRICT = "#s:", "#t:", "#d:"
"""Marks before a term: it is a case's status, topic, district. No word is folded to a sign like these."""
LONGEST_QUESTION = 200
MOST_TERMS = 40


def terms_of_case(
    texts: Iterable[str], status: str, topic: str | None = None, district: str | None = None
) -> list[str]:
    """Every term a case is found by, each once; `texts`: its text, summary, place, notes, callers' names."""
    lists = [STATUS + status]
    lists += [TOPIC + topic] if topic else []
    lists += [DISTRICT + district] if district else []
    return sorted({*lists, *index_terms("", texts)})


def terms_asked(words: str) -> list[str]:
    """The terms that all must be there. `수도 요금` finds `수도요금` and the other way round; word order does not matter."""
    found: list[str] = []
    for word in words[:LONGEST_QUESTION].split():
        found += question_terms(word)
    return list(dict.fromkeys(found))[:MOST_TERMS]
