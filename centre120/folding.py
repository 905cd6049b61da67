"""Text as a search compares it: without case, spacing, accents or punctuation, and spelled in letters.

`fold` keeps syllables: equal folds are the same words written with other spaces. `letters` spells Hangul
by its letters in ASCII, so that one wrong letter in a syllable (the usual slip: ㅐ for ㅔ) changes one sign
of many and not the whole syllable, and so that trigrams work in a database of any locale.
"""

import re
import unicodedata

_INITIALS = (
    "g",
    "gg",
    "n",
    "d",
    "dd",
    "r",
    "m",
    "b",
    "bb",
    "s",
    "ss",
    "x",
    "j",
    "jj",
    "c",
    "k",
    "t",
    "p",
    "h",
)
_VOWELS = (
    *("a", "ai", "1", "1i", "e", "ei", "2", "2i", "o", "oa", "oai"),
    *("oi", "3", "u", "ue", "uei", "ui", "4", "y", "yi", "i"),
)
_FINALS = (
    *("", "g", "gg", "gs", "n", "nj", "nh", "d", "r", "rg", "rm", "rb", "rs", "rt"),
    *("rp", "rh", "m", "b", "bs", "s", "ss", "x", "j", "c", "k", "t", "p", "h"),
)
_HANGUL_FIRST, _HANGUL_LAST = 0xAC00, 0xD7A3
_MAY_HAVE_ACCENT = re.compile("[^\x00-\x7f\uac00-\ud7a3]")
_NOT_WORD = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """`Traffic  Policy Div.` and `trafficpolicydiv` alike; Hangul stays whole."""
    return _NOT_WORD.sub("", _plain(text))


def words(text: str) -> list[str]:
    """The words of `text`, each folded."""
    return [word for word in _NOT_WORD.split(_plain(text)) if word]


def letters(text: str) -> str:
    """`fold(text)` with each Hangul syllable spelled in ASCII signs, one a letter."""
    return "".join(_spelled(sign) for sign in fold(text))


def _plain(text: str) -> str:
    composed = unicodedata.normalize("NFKC", text).casefold()
    return _MAY_HAVE_ACCENT.sub(lambda found: _without_accent(found[0]), composed)


def _without_accent(sign: str) -> str:
    if _HANGUL_FIRST <= ord(sign) <= _HANGUL_LAST or sign.isascii():
        return sign
    base = unicodedata.normalize("NFD", sign)[0]
    return base if base.isascii() and base.isalpha() else sign


def _spelled(sign: str) -> str:
    place = ord(sign) - _HANGUL_FIRST
    if not 0 <= place <= _HANGUL_LAST - _HANGUL_FIRST:
        return sign
    initial, rest = divmod(place, 588)
    vowel, final = divmod(rest, 28)
    return _INITIALS[initial] + _VOWELS[vowel] + _FINALS[final]
