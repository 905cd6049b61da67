"""Text from outside made storable: what PostgreSQL's text and jsonb can not hold is taken out, the rest
is kept.

NUL is removed (PostgreSQL has no place for it), halves of surrogate pairs become U+FFFD (they are no
UTF-8), and nothing else is touched: right-to-left marks, markup and control characters are the page's
business to show safely.
"""

import math
import re
from urllib.parse import unquote_to_bytes

CALLER_NAME_LIMIT = 256
"""Characters of a presented name that are kept; a name of 10 kB is an attack, not a name."""
FIELD_LIMIT = 4_000
"""Characters of any other text field."""
_DEPTH = 12
_HALF_PAIR = re.compile("[\ud800-\udfff]")


def clean_text(text: str, limit: int = FIELD_LIMIT) -> str:
    """`text` as PostgreSQL can hold it, at most `limit` characters."""
    if text.isascii() and len(text) <= limit and "\0" not in text:
        return text  # nearly always
    return _HALF_PAIR.sub("\ufffd", text.replace("\0", "")[:limit])


def decode_uri(text: str, limit: int = CALLER_NAME_LIMIT) -> str:
    """A percent-encoded text; bytes that are not UTF-8 become U+FFFD."""
    return clean_text(unquote_to_bytes(text.encode("utf-8", "replace")).decode("utf-8", "replace"), limit)


def clean_json(entry: object, depth: int = 0) -> object:
    """Any JSON value, cleaned throughout; numbers that are none (NaN, infinity) become null."""
    if depth > _DEPTH:
        return None
    if isinstance(entry, str):
        return clean_text(entry)
    if isinstance(entry, float):
        return entry if math.isfinite(entry) else None
    if isinstance(entry, dict):
        return {clean_text(str(key)): clean_json(value, depth + 1) for key, value in entry.items()}
    if isinstance(entry, list):
        return [clean_json(value, depth + 1) for value in entry]
    return entry
