"""AGI as values: bytes of Asterisk in, replies out; commands as exactly one line. No socket, no clock.

Source: Asterisk's res_agi. The vocabulary and the exceptions are pyst2's (`asterisk.agi`); its I/O is not used: it breaks in
threads, on HANGUP, on end of file, and does not escape arguments. What is guarded here: a caller's name with a line end in
the environment, a quote or line end in an argument (a second command), the unsolicited `HANGUP` line, `511` on a dead
channel, and multi-line `520` replies. What is done for every call is done once a field, not once a line
(docs/decisions/agi-protocol.md).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from asterisk.agi import AGIAppError, AGIHangup

MAX_LINE = 64 * 1024
_REPLY = re.compile(r"^(\d{3})(?:[ -])(?:result=)?(-?[^ ]*) ?(.*)$", re.DOTALL)
_LINE = re.compile(rb"^(agi_[a-z0-9_]+):(.*)$", re.MULTILINE)
_NAME = re.compile(r"agi_[a-z0-9_]+")
_VERB = re.compile(r"[A-Z]+( [A-Z]+)*")
_QUOTED = {code: " " for code in (*range(32), 127)} | {ord("\\"): "\\\\", ord('"'): '\\"'}


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


_DONE = Reply(200, "1", "")


class Environment(Mapping[str, str]):
    """The `agi_*` lines up to the empty line, looked up when they are asked for: a script needs three of twenty-five.

    A line without `agi_` is the rest of a name with a line end in it and belongs to nothing. Bytes that are no UTF-8
    become U+FFFD; the first line of a name counts, so a caller's name cannot replace `agi_network_script`.
    """

    def __init__(self, block: bytes) -> None:
        self._block = b"\n" + block

    def __getitem__(self, name: str) -> str:
        if _NAME.fullmatch(name) is None:
            raise KeyError(name)
        key = b"\n" + name.encode("ascii") + b":"
        start = self._block.find(key)
        if start < 0:
            raise KeyError(name)
        start += len(key)
        end = self._block.find(b"\n", start)
        return self._block[start : end if end >= 0 else None].strip().decode("utf-8", "replace")

    def __iter__(self) -> Iterator[str]:
        yield from dict.fromkeys(found[1].decode("ascii") for found in _LINE.finditer(self._block))

    def __len__(self) -> int:
        return len(set(self))


def parse_environment(block: bytes) -> Environment:
    """What Asterisk says first."""
    return Environment(block)


def quote(argument: str) -> str:
    """One argument, quoted; a control character can not be expressed in AGI and becomes a space."""
    return f'"{argument.translate(_QUOTED)}"'


@lru_cache(maxsize=64)
def _verb(verb: str) -> str:
    if not _VERB.fullmatch(verb):
        raise ValueError(f"{verb!r} is no AGI command")
    return verb


def command(verb: str, *arguments: str) -> bytes:
    """One command line. `verb` is ours, arguments may be anything. Raises ValueError for a verb that is no verb."""
    line = " ".join([_verb(verb), *[quote(argument) for argument in arguments]])
    return line.encode("utf-8", "replace") + b"\n"


def parse_reply(line: bytes) -> Reply | None:
    """One reply line; None for the first line of a multi-line usage reply (read on to `520 End of proper usage.`).

    Raises AGIHangup for `HANGUP` (not a reply to anything) and `511`, AGIAppError for what is no reply at all.
    """
    if line == b"200 result=1\n":  # nearly always
        return _DONE
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
