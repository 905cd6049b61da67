"""Two texts side by side: what went, what came. Pure."""

import re
from difflib import SequenceMatcher

_MOST_WORDS = 1_500
"""Above it whole lines are compared: the comparison's time grows with the square."""


def differences(before: str, after: str) -> list[tuple[str, str]]:
    """Pieces of both texts in order, each `same`, `gone` or `new`."""
    old, new = re.findall(r"\s+|\S+", before), re.findall(r"\s+|\S+", after)
    if len(old) + len(new) > _MOST_WORDS:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    found: list[tuple[str, str]] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(("same", "".join(old[a:b])))
            continue
        if b > a:
            found.append(("gone", "".join(old[a:b])))
        if d > c:
            found.append(("new", "".join(new[c:d])))
    return found
