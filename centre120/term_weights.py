"""How well an entry answers a whole question: BM25F over title, question forms and answer. No clock, no I/O.

The terms of a field count as often as they stand there, divided by the field's length; the fields are added up with their weights
and only then saturated (a word that stands in the title and in ten question forms is one word). What an entry holds is
kept as one text, so that the few entries that are looked at closely can be weighed without an index of weights.

The constants were chosen on the question forms of the demo's entries, some left out and asked; never on other questions:
docs/decisions/consultation-ranking.md.
"""

import functools
import math
from collections import Counter
from collections.abc import Iterable, Mapping

from centre120.folding import fold, words
from centre120.search_terms import without_particles

TITLE_WEIGHT, QUESTION_WEIGHT = 8.0, 1.2
"""Beside an answer's."""
TITLE_LENGTH, QUESTIONS_LENGTH, ANSWER_LENGTH = 16, 590, 1090
"""Terms of a usual entry's fields: pivots of the length normalisation."""
LENGTH_SHARE = 0.9
"""0: length says nothing, 1: a text twice as long says half as much by the same word."""
SHORTEST = 0.25
"""Of a usual length: a text of three words says no more by one of them than a text of some sentences does."""
SATURATION = 8.0
RARITY = 1.4
"""Exponent of a term's rarity."""
_WORD, _BEGINNING = "w", "p"
_LINE = "\n"
_LEAST, _STEPS = 0.05, 8
"""The weight of the lowest level, and levels until it is twice as much."""
_FIRST_LEVEL, _LAST_LEVEL = 0x23, 0x7E


def weighed_terms(text: str) -> list[str]:
    """Pairs of signs across spaces, whole words without their particles, words' first two signs: as often as they stand there."""
    whole = fold(text)
    found = [whole[place : place + 2] for place in range(len(whole) - 1)]
    found += [_WORD + word for word in words(without_particles(text))]
    return found + [_BEGINNING + word[:2] for word in words(text) if len(word) > 1]


def weigh(title: str, questions: Iterable[str], answer: str) -> str:
    """What is kept of an entry: a line of levels (one sign a term), then a line for each term, in the same order."""
    weights: dict[str, float] = {}
    asked = [term for question in questions for term in weighed_terms(question)]
    for terms, weight, usual in (
        (weighed_terms(title), TITLE_WEIGHT, TITLE_LENGTH),
        (asked, QUESTION_WEIGHT, QUESTIONS_LENGTH),
        (weighed_terms(answer), 1.0, ANSWER_LENGTH),
    ):
        length = 1 - LENGTH_SHARE + LENGTH_SHARE * max(len(terms) / usual, SHORTEST)
        for term, times in Counter(terms).items():
            weights[term] = weights.get(term, 0.0) + weight * times / length
    kept = sorted(weights)
    return _LINE.join(["".join(_level(weights[term]) for term in kept), *kept])


def rarity(holding: float, entries: float) -> float:
    """What a term says that `holding` of all `entries` have."""
    return float(math.log(1 + (max(entries, holding) - holding + 0.5) / (holding + 0.5)) ** RARITY)


def closeness(asked: Mapping[str, float], kept: str) -> float:
    """0 to SATURATION + 1: by the terms of the question (term -> rarity) and what weigh() kept of the entry."""
    total = sum(asked.values())
    if not total:
        return 0.0
    there = _levels(kept)
    return sum(worth * _SATURATED[there[term]] for term, worth in asked.items() if term in there) / total


@functools.lru_cache(maxsize=512)  # the next keystroke looks mostly at the same entries
def _levels(kept: str) -> dict[str, str]:
    levels, _, terms = kept.partition(_LINE)
    return dict(zip(terms.split(_LINE), levels, strict=False))


def _level(weight: float) -> str:
    place = _FIRST_LEVEL + round(_STEPS * math.log2(max(weight, _LEAST) / _LEAST))
    return chr(min(place, _LAST_LEVEL))


def _saturated(level: str) -> float:
    weight = _LEAST * 2 ** ((ord(level) - _FIRST_LEVEL) / _STEPS)
    return (SATURATION + 1) * weight / (weight + SATURATION)


_SATURATED = {chr(place): _saturated(chr(place)) for place in range(_FIRST_LEVEL, _LAST_LEVEL + 1)}
