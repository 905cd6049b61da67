"""Mongolian: numerals end in -н before what they count, and ordinals follow vowel harmony.

Before a noun or a smaller numeral гурав, дөрөв, тав become гурван, дөрвөн, таван; нэг and хоёр stay (гурван минут, арван
хоёр минут); мянга stays before hundreds (нэг мянга есөн зуун). Ordinals put дахь after back vowels (а, о, у) and дэх
after front ones (э, ө, ү, е) of the last word: гурав дахь, дөрөв дэх (J. Janhunen, Mongolian, 2012, on numerals).
"""

from centre120.spoken.grammar import Grammar, spaced

_ONES = ("тэг", "нэг", "хоёр", "гурав", "дөрөв", "тав", "зургаа", "долоо", "найм", "ес")
_TENS = ("", "арав", "хорь", "гуч", "дөч", "тавь", "жар", "дал", "ная", "ер")
_BEFORE_NOUN = {
    "гурав": "гурван",
    "дөрөв": "дөрвөн",
    "тав": "таван",
    "зургаа": "зургаан",
    "долоо": "долоон",
    "найм": "найман",
    "ес": "есөн",
    "арав": "арван",
    "хорь": "хорин",
    "гуч": "гучин",
    "дөч": "дөчин",
    "тавь": "тавин",
    "жар": "жаран",
    "дал": "далан",
    "ная": "наян",
    "ер": "ерэн",
    "зуу": "зуун",
    "мянга": "мянган",
}
_FRONT_VOWELS = "эөүе"
_VOWELS = "аоуэөүеёи"


def _before_noun(word: str) -> str:
    return _BEFORE_NOUN.get(word, word)


def number(n: int) -> str:
    """гурван зуун хорин нэг: every numeral but the last (and мянга) stands before what it counts."""
    if n == 0:
        return _ONES[0]
    thousands, rest = divmod(n, 1000)
    hundreds, rest = divmod(rest, 100)
    tens, ones = divmod(rest, 10)
    words = [_before_noun(_ONES[thousands]), "мянга"] if thousands else []
    if hundreds:
        words += [_before_noun(_ONES[hundreds]), "зуун" if rest else "зуу"]
    if tens:
        words.append(_before_noun(_TENS[tens]) if ones else _TENS[tens])
    if ones:
        words.append(_ONES[ones])
    return " ".join(words)


def counting(n: int) -> str:
    """The number before a noun: гурван, арван хоёр, хорин."""
    *before, last = number(n).split(" ")
    return " ".join([*before, _before_noun(last)])


def ordinal(n: int) -> str:
    """гурав дахь, дөрөв дэх, хорин нэг дэх."""
    text = number(n)
    vowels = [letter for letter in text.rsplit(" ", 1)[-1] if letter in _VOWELS and letter != "и"]
    return f"{text} {'дэх' if vowels[0] in _FRONT_VOWELS else 'дахь'}"


MONGOLIAN = Grammar(
    number=number,
    ordinal=ordinal,
    hours=lambda n: f"{counting(n)} цаг",
    minutes=lambda n: f"{counting(n)} минут",
    digits=_ONES,
    joined=spaced,
    digit_gap=" ",
    position="Таны дараалал: {}.",
    position_beyond="Одоо ерэн есөөс олон хүн хүлээж байна.",
    wait="Хүлээх хугацаа ойролцоогоор {}.",
    wait_below_a_minute="Хүлээх хугацаа нэг минут хүрэхгүй.",
    wait_beyond_an_hour="Хүлээх хугацаа нэг цагаас илүү.",
)
