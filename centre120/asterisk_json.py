"""Lines of Asterisk's JSON files, which are not always JSON.

Asterisk 22's res_cdrel_custom puts a backslash before each quotation mark of a value and escapes nothing
else. A caller's name with a backslash, a control character or bytes that are no UTF-8 gives lines that a
JSON parser refuses, so a hostile caller could keep their whole call off the record. What is no JSON is
therefore read by the rule that Asterisk writes by: inside a value every quotation mark follows a
backslash, so `,"key":` can only be a border.
"""

import json
import re
from typing import Any

from centre120.rejected import LONGEST_LINE, Rejected

_DECODER = json.JSONDecoder(strict=False)
_BORDER = re.compile(r'(?:^\{|,)"([a-zA-Z_]{1,40})":')
_BARE_MARK = re.compile(r'(?<!\\)"')
_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?$")


def read_asterisk_line(line: bytes) -> dict[str, Any] | Rejected:
    """One line of cel.json or cdr.json as a dictionary."""
    if len(line) > LONGEST_LINE:
        return Rejected(f"longer than {LONGEST_LINE} bytes")
    text = line.decode("utf-8", "replace")
    try:
        read = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return _read_by_rule(text)
    return read if isinstance(read, dict) else Rejected("not a JSON object")


def _read_by_rule(text: str) -> dict[str, Any] | Rejected:
    if not (text.startswith('{"') and text.endswith("}")):
        return Rejected("not JSON")
    parts = _BORDER.split(text[:-1])
    found: dict[str, Any] = {}
    for key, written in zip(parts[1::2], parts[2::2], strict=True):
        inner = written[1:-1]
        if len(written) >= 2 and written[0] == written[-1] == '"' and not _BARE_MARK.search(inner):
            found[key] = inner.replace('\\"', '"')
        elif _NUMBER.match(written):
            found[key] = float(written) if "." in written else int(written)
        else:
            return Rejected("not JSON")
    return found or Rejected("not JSON")
