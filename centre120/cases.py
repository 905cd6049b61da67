"""Case numbers: short enough to say on the phone, unique without asking a database.

Thirteen digits: YYMMDD (the centre's zone), one digit for the writer that assigned it, its counter of that day
(five digits), and a Luhn check digit (ISO/IEC 7812-1 annex B) that catches a mistyped key.
"""

import re
from datetime import date

WRITER_RECORDER = 0
"""The recorder's writer digit: it numbers calls that never met `ari_app`. Workers are 1-9."""

_HIGHEST_COUNTER = 99_999


def luhn_digit(digits: str) -> int:
    """The check digit for `digits` (0-9 only)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return -total % 10


def case_number(day: date, writer: int, counter: int) -> str:
    """The number of the `counter`th case (from 1) that `writer` opened on `day`.

    Raises ValueError beyond 99,999 cases a day and writer: four times Seoul's busiest day.
    """
    if not 0 <= writer <= 9 or not 1 <= counter <= _HIGHEST_COUNTER:
        raise ValueError(
            f"writer {writer}, counter {counter}: a case number has room for 0-9 and 1-{_HIGHEST_COUNTER}"
        )
    digits = f"{day:%y%m%d}{writer}{counter:05d}"
    return digits + str(luhn_digit(digits))


def shown(number: str) -> str:
    """`2611211000427` as people read it: `261121-100042-7`."""
    return f"{number[:6]}-{number[6:12]}-{number[12:]}"


def parse_case_number(text: str) -> str | None:
    """The thirteen digits in what a citizen keyed or wrote (hyphens and spaces ignored), or None when they cannot be right."""
    digits = re.sub(r"[\s\-]", "", text)
    if not re.fullmatch(r"[0-9]{13}", digits) or luhn_digit(digits[:-1]) != int(digits[-1]):
        return None
    return digits
