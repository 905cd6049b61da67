"""AGI as values: bytes of Asterisk in, replies out; commands as exactly one line. No socket, no clock.

Source: Asterisk's res_agi. The vocabulary and the exceptions are pyst2's (`asterisk.agi`); its I/O is not used: it breaks in
threads, on HANGUP, on end of file, and does not escape arguments. What is guarded here: a caller's name with a line end in
the environment, a quote or line end in an argument (a second command), the unsolicited `HANGUP` line, `511` on a dead
channel, and multi-line `520` replies.
"""

import re
from dataclasses import dataclass

from asterisk.agi import AGIAppError, AGIHangup

MAX_LINE = 64 * 1024
_REPLY = re.compile(r"^(\d{3})(?:[ -])(?:result=)?(-?[^ ]*) ?(.*)$", re.DOTALL)


@dataclass(frozen=True)
class Reply:
    """One reply: `code` 200, 510, 511, 520; `result` as text; `rest` what follows, e.g. `(value)`."""

    code: int
    result: str
    rest: str

    @property
    def value(self) -> str | None:
        """The parenthesised value of GET VARIABLE; None when it is not set."""
        return self.rest[1:-1] if self.rest.startswith("(") and self.rest.endswith(")") else None


def parse_environment(block: bytes) -> dict[str, str]:
    """The `agi_*` lines up to the empty line. A line without `agi_` is the rest of a name with a line end in it: dropped.

    Bytes that are no UTF-8 become U+FFFD; a later line never overrides an earlier one, so a caller's name cannot
    replace `agi_network_script`.
    """
    environment: dict[str, str] = {}
    for line in block.split(b"\n"):
        name, colon, value = line.partition(b":")
        key = name.decode("ascii", "replace")
        if colon and re.fullmatch(r"agi_[a-z0-9_]+", key):
            environment.setdefault(key, value.strip().decode("utf-8", "replace"))
    return environment


def quote(argument: str) -> str:
    """One argument, quoted; a control character can not be expressed in AGI and becomes a space."""
    clean = "".join(
        " " if ord(character) < 32 or ord(character) == 127 else character for character in argument
    )
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"') + '"'


def command(verb: str, *arguments: str) -> bytes:
    """One command line. `verb` is ours, arguments may be anything. Raises ValueError for a verb that is no verb."""
    if not re.fullmatch(r"[A-Z]+( [A-Z]+)*", verb):
        raise ValueError(f"{verb!r} is no AGI command")
    line = " ".join([verb, *(quote(argument) for argument in arguments)])
    return line.encode("utf-8", "replace") + b"\n"


def parse_reply(line: bytes) -> Reply | None:
    """One reply line; None for the first line of a multi-line usage reply (read on to `520 End of proper usage.`).

    Raises AGIHangup for `HANGUP` (not a reply to anything) and `511`, AGIAppError for what is no reply at all.
    """
    text = line.rstrip(b"\r\n").decode("utf-8", "replace")
    if text == "HANGUP":
        raise AGIHangup("the citizen hung up")
    if text.startswith("520-"):
        return None
    found = _REPLY.match(text)
    if found is None:
        raise AGIAppError(f"Asterisk sent {text[:80]!r}, which is no AGI reply")
    reply = Reply(int(found[1]), found[2], found[3])
    if reply.code == 511:
        raise AGIHangup("the channel is dead")
    return reply
