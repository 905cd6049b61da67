"""Who calls, as far as the network says: numbers and names made fit to keep. Hostile text in, safe values out. Pure."""

import re

from centre120.clean_text import CALLER_NAME_LIMIT, clean_text

_NUMBER = re.compile(r"\+?[0-9]{1,20}")
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)


def caller_number(text: str) -> str | None:
    """The presented number, or None when it is withheld, empty or no number ("anonymous", RFC 3323 section 4.1.1.3)."""
    return text if _NUMBER.fullmatch(text) else None


def caller_name(text: str) -> str:
    """The presented name: Asterisk hands over the inside of a quoted string with its backslashes (RFC 3261 section 25.1).

    Exact otherwise, right-to-left marks included (pages isolate them); NUL and what lies beyond CALLER_NAME_LIMIT
    characters is cut, see clean_text.
    """
    return clean_text(_QUOTED_PAIR.sub(r"\1", text), CALLER_NAME_LIMIT)
