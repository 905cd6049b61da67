"""Tracking codes: what a citizen is told, writes down, and asks the status of a case with, by keypad or on the public page.

Twelve digits, eleven drawn at random and a Luhn check digit, said and shown in groups of four (`4821-7730-5914`). Digits
only: a telephone has no other keys, every language of the centre can say them, and none looks like another. Unlike a case
number (day and counter) a code can not be counted up; with ten million cases one guess in ten thousand finds one, so whoever
asks is limited in misses (`may_ask`), and what is told holds nothing personal. Pure: no clock, no I/O; randomness is given.
"""

import re
from collections.abc import Sequence

from centre120.cases import luhn_digit

RANDOM_CODES = 10**11
"""How many there are to draw from."""
MISSES_PER_CALL = 5
MISSES_PER_CALLER = 10
"""In an hour, of one telephone number or one network address."""
MISSES_PER_CENTRE = 300
"""In an hour, of everybody together: many addresses gain nothing."""
WINDOW_SECONDS = 3600.0


def tracking_code(drawn: int) -> str:
    """The code of a number drawn at random below RANDOM_CODES."""
    digits = f"{drawn:011d}"
    return digits + str(luhn_digit(digits))


def shown_code(code: str) -> str:
    """`482177305914` as people read it and say it: `4821-7730-5914`."""
    return "-".join((code[:4], code[4:8], code[8:]))


def parse_tracking_code(text: str) -> str | None:
    """The twelve digits in what a citizen keyed or typed (hyphens and spaces ignored), or None when they cannot be right."""
    digits = re.sub(r"[\s\-]", "", text)
    if not re.fullmatch(r"[0-9]{12}", digits) or luhn_digit(digits[:-1]) != int(digits[-1]):
        return None
    return digits


def may_ask(missed_at: Sequence[float], now: float, most: int) -> bool:
    """Whether somebody whose wrong codes came at `missed_at` (seconds) may try another."""
    return sum(now - at < WINDOW_SECONDS for at in missed_at) < most
