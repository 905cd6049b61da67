"""Words that mean the same, as supervisors keep them: one group a line, `쓰레기, 폐기물, 생활 폐기물`. No clock, no I/O.

A group widens a question, never an entry, so that a change counts at once and nothing is indexed again. Words are compared
folded: without case, spaces and punctuation (centre120/folding.py). Particles stay where they stand: only the word is replaced.
"""

from collections.abc import Iterable
from typing import Final

from centre120.clean_text import clean_text
from centre120.folding import fold

LONGEST_WORD, MOST_WORDS = 60, 20
MOST_WIDER: Final = 2
"""Questions made of one question, at most: each is a search."""


class GroupRefused(ValueError):
    """A group that can not be; the text says why."""


def group_of(text: str) -> tuple[str, ...]:
    """The words of a line, each once. Raises GroupRefused."""
    found: dict[str, str] = {}
    for word in clean_text(text, LONGEST_WORD * MOST_WORDS * 2).replace("，", ",").split(","):
        word = " ".join(word.split())
        if len(word) > LONGEST_WORD:
            raise GroupRefused(f"{word[:30]} … has {len(word)} characters, at most {LONGEST_WORD}")
        if len(fold(word)) == 1:
            raise GroupRefused(f"{word} is one sign: it stands in too many other words")
        if fold(word):
            found.setdefault(fold(word), word)
    if not 2 <= len(found) <= MOST_WORDS:
        raise GroupRefused(
            f"{len(found)} different words; a group has 2 to {MOST_WORDS}, separated by commas"
        )
    return tuple(found.values())


def wider(question: str, groups: Iterable[tuple[str, ...]]) -> list[str]:
    """Other ways to ask `question`: each with one word exchanged for another of its group; the longest word that
    stands in the question is exchanged first."""
    whole = fold(question)
    there = [
        (len(fold(word)), fold(word), group) for group in groups for word in group if fold(word) in whole
    ]
    covered: list[str] = []
    made: list[str] = []
    for _, word, group in sorted(there, key=lambda one: (-one[0], one[1])):
        if any(word in longer for longer in covered):
            continue  # `폐기물` inside `생활폐기물` is not another word
        covered.append(word)
        made += [whole.replace(word, fold(other)) for other in group if fold(other) != word]
    return list(dict.fromkeys(one for one in made if one != whole))[:MOST_WIDER]
