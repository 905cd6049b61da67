"""English: ordinals with their irregular forms, singular and plural.

Irregular ordinals: first, second, third, fifth, eighth, ninth, twelfth; -ty becomes -tieth; only the last word takes
the ordinal form, and tens and ones are hyphenated (Oxford Learner's Dictionaries, "Numbers"). "And" stands before
the last two digits.
"""

from centre120.spoken.grammar import Grammar

_ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
         "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_IRREGULAR = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def number(n: int) -> str:
    """three hundred and twenty-one."""
    if n < 20:
        return _ONES[n]
    if n < 100:
        tens, ones = divmod(n, 10)
        return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")
    if n < 1000:
        hundreds, rest = divmod(n, 100)
        return f"{_ONES[hundreds]} hundred" + (f" and {number(rest)}" if rest else "")
    thousands, rest = divmod(n, 1000)
    if rest == 0:
        return f"{number(thousands)} thousand"
    return f"{number(thousands)} thousand{' and' if rest < 100 else ''} {number(rest)}"


def ordinal(n: int) -> str:
    """third, twelfth, twentieth, twenty-first."""
    text = number(n)
    cut = max(text.rfind(" "), text.rfind("-")) + 1
    before, last = text[:cut], text[cut:]
    if last in _IRREGULAR:
        return before + _IRREGULAR[last]
    return before + (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")


def _counted(n: int, unit: str) -> str:
    return f"{number(n)} {unit}{'' if n == 1 else 's'}"


ENGLISH = Grammar(
    number=number,
    ordinal=ordinal,
    hours=lambda n: _counted(n, "hour"),
    minutes=lambda n: _counted(n, "minute"),
    digits=_ONES[:10],
    joined=lambda hours, minutes, _count: f"{hours} and {minutes}",
    digit_gap=" ",
    position="You are {} in line.",
    position_beyond="More than ninety-nine callers are waiting.",
    wait="The expected wait is about {}.",
    wait_below_a_minute="The expected wait is less than a minute.",
    wait_beyond_an_hour="The expected wait is more than an hour.",
)
