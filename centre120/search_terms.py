"""What a text is found by: the terms that an index holds and a question asks for. No clock, no I/O.

Hangul, Han and Kana are written with or without spaces and with particles stuck to the words, so they are cut
into bigrams that run across spaces (`기초 연금` and `기초연금` are the same terms); words of other scripts are
folded whole, and found by their beginning. Marks before a term: `=` it stands in the title, `^` it begins a
word, `~` initial consonants of a title (ㅈㅂㄹ).

Change anything here or in centre120/term_weights.py: raise SPELLING, and `./120 entries index` indexes again.
"""

import functools
import operator
import re
from collections.abc import Iterable, Iterator

from centre120.folding import fold, words

SPELLING = 2
TITLE, BEGINS, INITIALS = "=", "^", "~"
LONGEST_BEGINNING = 12
_SHORTEST_BEGINNING = 2
_CJK = "\u1100-\u1112\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff"
_RUN = re.compile(f"[{_CJK}]+|[^{_CJK}]+")
_SIGN = re.compile(f"[{_CJK}]")
_ONLY_INITIALS = re.compile("[\u1100-\u1112]+")
_FIRST_INITIAL, _FIRST_SYLLABLE, _LAST_SYLLABLE, _PER_INITIAL = 0x1100, 0xAC00, 0xD7A3, 588


_PARTICLES = tuple(
    sorted(
        (
            *(
                "은",
                "는",
                "이",
                "가",
                "을",
                "를",
                "에",
                "의",
                "와",
                "과",
                "도",
                "만",
                "로",
                "으로",
                "에서",
                "에게",
                "한테",
            ),
            *(
                "까지",
                "부터",
                "보다",
                "처럼",
                "마다",
                "이나",
                "이랑",
                "랑",
                "하고",
                "에는",
                "에도",
                "에서는",
                "으로는",
                "로는",
            ),
        ),
        key=len,
        reverse=True,
    )
)
_SHORTEST_NOUN = 2


def without_particles(text: str) -> str:
    """`수도요금을 어디에서 내나요` as `수도요금 어디 내나요`: what stays are the words that entries are about. It takes the
    longest particle off every word of Hangul that is long enough; a word that only looks so (`제주도`) loses its last
    syllable, so whoever searches asks for the whole text as well."""
    return " ".join(_bare(word) for word in words(text))


def _bare(word: str) -> str:
    particle = next((one for one in _PARTICLES if word.endswith(one)), "")
    stem = word.removesuffix(particle)
    is_noun = len(stem) >= _SHORTEST_NOUN and _FIRST_SYLLABLE <= ord(stem[-1]) <= _LAST_SYLLABLE
    return stem if is_noun else word


def index_terms(title: str, others: Iterable[str]) -> list[str]:
    """Every term an entry is found by, sorted, each once; `others`: its question forms and answer."""
    found = {TITLE + term for term in _stored(title)} | set(_initial_terms(title))
    for text in (title, *others):
        found.update(_stored(text))
    return sorted(found)


def question_terms(text: str) -> list[str]:
    """The terms a question asks for, each once, in its order; of one syllable: words that begin with it."""
    found: list[str] = []
    for runs in _stretches(text):
        joined = "".join(runs)
        if not _is_cjk(joined):
            found.append(joined[:LONGEST_BEGINNING])
        elif _ONLY_INITIALS.fullmatch(joined):
            found += [INITIALS + pair for pair in _pairs(joined)]
        elif len(joined) == 1:
            found.append(BEGINS + joined)
        else:
            found += _pairs(joined)
    return list(dict.fromkeys(found))


def _stored(text: str) -> Iterator[str]:
    for runs in _stretches(text):
        joined = "".join(runs)
        if _is_cjk(joined):
            yield from _pairs(joined)
            for run in runs:
                yield BEGINS + run[0]
        else:
            for end in range(_SHORTEST_BEGINNING, min(len(joined), LONGEST_BEGINNING) + 1):
                yield joined[:end]
            yield joined[:1] if len(joined) == 1 else joined[:LONGEST_BEGINNING]


def _initial_terms(title: str) -> Iterator[str]:
    for runs in _stretches(title):
        spelled = "".join(_initial(sign) for sign in "".join(runs))
        yield from (INITIALS + pair for pair in _pairs(spelled) if " " not in pair)


def _initial(sign: str) -> str:
    place = ord(sign) - _FIRST_SYLLABLE
    if not 0 <= place <= _LAST_SYLLABLE - _FIRST_SYLLABLE:
        return " "
    return chr(_FIRST_INITIAL + place // _PER_INITIAL)


def _stretches(text: str) -> Iterator[list[str]]:
    """Runs of one kind of script; neighbouring words of Hangul, Han or Kana are one stretch."""
    stretch: list[str] = []
    for word in words(text):
        for run in _RUN.findall(word):
            if _is_cjk(run):
                stretch.append(run)
                continue
            if stretch:
                yield stretch
                stretch = []
            yield [run]
    if stretch:
        yield stretch


def _is_cjk(run: str) -> bool:
    return _SIGN.match(run) is not None


def _pairs(text: str) -> list[str]:
    return [text[place : place + 2] for place in range(len(text) - 1)]


@functools.lru_cache(maxsize=4_096)  # the next keystroke compares mostly the same texts
def pairs_of(text: str) -> frozenset[str]:
    """The pairs of signs of the folded text: coarser than terms, and quick enough for hundreds of texts a search."""
    whole = fold(text)
    return frozenset(map(operator.add, whole, whole[1:]))


def likeness(asked: frozenset[str], text: str) -> float:
    """0..1: the share of the pairs of `asked` (pairs_of) and `text` that are common (Dice)."""
    there = pairs_of(text)
    return 2 * len(asked & there) / (len(asked) + len(there)) if asked and there else 0.0
