"""Prompts made of numbers: whole sentences, so that every counter, particle and ending is right by construction.

The renderer speaks them next to the rows of `sounds/prompts.csv`; nobody lists them by hand.
"""

import functools
from collections.abc import Mapping
from types import MappingProxyType

from centre120.spoken.spelling import grammar, spell_digits, spell_minutes, spell_position

POSITIONS = 99  # places with a sentence of their own
MINUTES = 60  # waits with a sentence of their own

POSITION_BEYOND = "position-beyond"
WAIT_BELOW_A_MINUTE = "minutes-below-one"
WAIT_BEYOND_AN_HOUR = "minutes-beyond-an-hour"


def position_id(position: int) -> str:
    """The prompt that tells this place (from 1)."""
    return f"position-{max(1, position)}" if position <= POSITIONS else POSITION_BEYOND


def wait_id(seconds: float) -> str:
    """The prompt that tells this wait, rounded up to minutes. Not a number: nothing better than "more than an hour"."""
    if seconds < 60:
        return WAIT_BELOW_A_MINUTE
    if not seconds <= MINUTES * 60:
        return WAIT_BEYOND_AN_HOUR
    return f"minutes-{int(-(-seconds // 60))}"


def digit_ids(digits: str) -> tuple[str, ...]:
    """One prompt a digit; everything else in the text is left out."""
    return tuple(f"digit-{letter}" for letter in digits if letter in "0123456789")


@functools.cache
def generated_texts(language: str) -> Mapping[str, str]:
    """Prompt id -> what is said, for every prompt that is made of a number."""
    rules = grammar(language)
    texts = {position_id(n): spell_position(language, n) for n in range(1, POSITIONS + 1)}
    texts[POSITION_BEYOND] = rules.position_beyond
    texts |= {wait_id(n * 60): rules.wait.format(spell_minutes(language, n)) for n in range(1, MINUTES + 1)}
    texts[WAIT_BELOW_A_MINUTE] = rules.wait_below_a_minute
    texts[WAIT_BEYOND_AN_HOUR] = rules.wait_beyond_an_hour
    texts |= {f"digit-{digit}": spell_digits(language, digit) for digit in "0123456789"}
    return MappingProxyType(texts)


def generated_ids() -> tuple[str, ...]:
    """The same in every language."""
    return tuple(generated_texts("ko"))
