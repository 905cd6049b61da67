"""What a language must know about numbers. One value of this kind in each language's file."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Grammar:
    """Spellers and sentences of one language. Callers check ranges (`spelling.py`); these trust them."""

    number: Callable[[int], str]  # 0-9,999, as one counts
    ordinal: Callable[[int], str]  # 1-999, a place in the queue
    hours: Callable[[int], str]  # 1-9, a duration
    minutes: Callable[[int], str]  # 1-59, a duration
    digits: tuple[str, ...]  # 0-9, as a number is dictated on the telephone
    joined: Callable[[str, str, int], str]  # hours, minutes, number of minutes -> "an hour and a half"
    digit_gap: str  # between dictated digits
    # sentences; `{}` takes the ordinal or the duration
    position: str
    position_beyond: str  # behind the 99th place
    wait: str
    wait_below_a_minute: str
    wait_beyond_an_hour: str


def spaced(hours: str, minutes: str, _count: int) -> str:
    """Hours and minutes side by side: the rule of most languages here."""
    return f"{hours} {minutes}"
