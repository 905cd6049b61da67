"""Resident registration numbers (주민등록번호) and foreigner registration numbers in a text: found, and masked.

What is one: six digits that are a day (YYMMDD), at most three spaces, hyphens or dots, then a digit 1-8 (century, sex,
foreigner) and six more. The thirteenth is not checked: numbers given out since October 2020 end in six random digits. So
thirteen digits that begin with a day and 1-8 are taken for one, a case number typed without its hyphens too: the caller names
those it knows better (`spared`). Not found: a number spelled in words, or with spaces between all its digits, or of somebody
born before 1900. Pure: no clock, no I/O.
"""

import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass

_UNSEEN = "[\u00ad\u200b-\u200f\u2060\ufeff]*"  # a copy brings these along; they must not hide a number
_BETWEEN = r"(?:[\s\-\u2010-\u2015\u2212\uff0d\uff5e~_.·・,/:]|[\u00ad\u200b-\u200f\u2060\ufeff]){0,3}"
_DIGIT = r"\d" + _UNSEEN
_NUMBER = re.compile(rf"(?<!\d)((?:{_DIGIT}){{6}}{_BETWEEN}\d)((?:{_UNSEEN}\d){{6}})(?!\d)")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_CENTURY = {"1": 1900, "2": 1900, "3": 2000, "4": 2000, "5": 1900, "6": 1900, "7": 2000, "8": 2000}
HIDDEN = "*"


@dataclass(frozen=True)
class ResidentNumber:
    digits: str  # thirteen, 0-9
    start: int  # where it stands in the text
    end: int

    @property
    def masked(self) -> str:
        """`900101-1******`: as Korean offices write it."""
        return masked_digits(self.digits)


def masked_digits(digits: str) -> str:
    """Birth day and the digit behind it; the six that make it somebody's are hidden."""
    return f"{digits[:6]}-{digits[6]}{HIDDEN * 6}"


def find_resident_numbers(text: str, spared: Container[str] = ()) -> list[ResidentNumber]:
    """In the order of the text; those in `spared` (thirteen digits) are something else."""
    found = []
    for one in _NUMBER.finditer(text):
        digits = _plain_digits(one[0])
        if _is_born(digits) and digits not in spared:
            found.append(ResidentNumber(digits, one.start(), one.end()))
    return found


def mask_resident_numbers(text: str, spared: Container[str] = ()) -> str:
    """`text` with the last six digits of each number hidden; everything else stays as it was."""
    for one in reversed(find_resident_numbers(text, spared)):
        text = text[: one.start] + one.masked + text[one.end :]
    return text


def _plain_digits(text: str) -> str:
    """Digits of any script (a full-width １ too) as 0-9; all else is dropped."""
    values = (unicodedata.decimal(sign, None) for sign in text)
    return "".join(str(value) for value in values if value is not None)


def _is_born(digits: str) -> bool:
    """Whether the first seven digits are a day of a century that has residents."""
    century = _CENTURY.get(digits[6])
    if century is None:
        return False
    year, month, day = century + int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    if not 1 <= month <= 12 or not 1 <= day <= _DAYS[month - 1]:
        return False
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return leap or (month, day) != (2, 29)
