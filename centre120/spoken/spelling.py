"""Numbers as text: the public spellers. They check ranges; the languages' own files hold the grammar."""

from centre120.spoken.chinese import CHINESE
from centre120.spoken.english import ENGLISH
from centre120.spoken.grammar import Grammar
from centre120.spoken.japanese import JAPANESE
from centre120.spoken.korean import KOREAN
from centre120.spoken.mongolian import MONGOLIAN
from centre120.spoken.vietnamese import VIETNAMESE

GRAMMARS: dict[str, Grammar] = {
    "ko": KOREAN,
    "en": ENGLISH,
    "zh": CHINESE,
    "ja": JAPANESE,
    "vi": VIETNAMESE,
    "mn": MONGOLIAN,
}
LANGUAGES = tuple(GRAMMARS)

HIGHEST_NUMBER, HIGHEST_POSITION, HIGHEST_MINUTES = 9_999, 999, 180


def grammar(language: str) -> Grammar:
    """Raises ValueError for a language the centre does not speak."""
    if language not in GRAMMARS:
        raise ValueError(f"language '{language}': the centre speaks {', '.join(LANGUAGES)}")
    return GRAMMARS[language]


def _checked(n: int, lowest: int, highest: int, what: str) -> int:
    if not lowest <= n <= highest:
        raise ValueError(f"{what} {n}: only {lowest}-{highest} can be spelled")
    return n


def spell_number(language: str, n: int) -> str:
    """0-9,999 as one counts: 백이십, one hundred and twenty."""
    return grammar(language).number(_checked(n, 0, HIGHEST_NUMBER, "number"))


def spell_ordinal(language: str, n: int) -> str:
    """1-999 as a place in a queue: 세 번째, third, 第三位."""
    return grammar(language).ordinal(_checked(n, 1, HIGHEST_POSITION, "position"))


def spell_position(language: str, n: int) -> str:
    """The sentence that tells a citizen the place in the queue."""
    return grammar(language).position.format(spell_ordinal(language, n))


def spell_minutes(language: str, n: int) -> str:
    """1-180 minutes as a duration, from an hour on in hours: 삼 분, 한 시간 삼십 분."""
    rules = grammar(language)
    hours, minutes = divmod(_checked(n, 1, HIGHEST_MINUTES, "minutes"), 60)
    if not hours:
        return rules.minutes(minutes)
    if not minutes:
        return rules.hours(hours)
    return rules.joined(rules.hours(hours), rules.minutes(minutes), minutes)


def spell_digits(language: str, text: str) -> str:
    """The digits of `text` one by one, as a number is dictated; everything else in it is left out."""
    rules = grammar(language)
    return rules.digit_gap.join(rules.digits[int(letter)] for letter in text if letter in "0123456789")
