"""SIP messages as values, without I/O: bytes in, `Request` or `Response` out, and back (RFC 3261 sections 7
and 25).

Rules of this file: nothing from the network is trusted, and whatever is wrong with it ends in a
`ValueError` that says what. Header text that is not UTF-8 survives unchanged (surrogateescape), since
carriers send it and tests must. Building refuses line ends in values, so that no name can smuggle in a
header.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

MAX_MESSAGE = 65_535
MAX_HEADERS = 256

COMPACT = {
    "a": "accept-contact", "b": "referred-by", "c": "content-type", "e": "content-encoding", "f": "from",
    "i": "call-id", "k": "supported", "l": "content-length", "m": "contact", "o": "event", "r": "refer-to",
    "s": "subject", "t": "to", "u": "allow-events", "v": "via", "x": "session-expires",
}  # fmt: skip
"""Compact header names (RFC 3261 section 7.3.3 and the registry it founded)."""

ONLY_ONCE = frozenset(
    {"from", "to", "call-id", "cseq", "max-forwards", "content-length", "content-type", "expires"}
)
NEEDED = ("via", "from", "to", "call-id", "cseq")
COMMA_LISTS = frozenset(
    {"via", "contact", "route", "record-route", "allow", "supported", "require", "unsupported"}
)
SPELLED = {"call-id": "Call-ID", "cseq": "CSeq", "www-authenticate": "WWW-Authenticate"}

_TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+\Z")
_STATUS_LINE = re.compile(r"SIP/2\.0 ([1-6][0-9]{2}) ?(.*)\Z", re.IGNORECASE | re.DOTALL)
_REQUEST_LINE = re.compile(r"(\S+) (\S+) SIP/2\.0\Z", re.IGNORECASE)
_CSEQ = re.compile(r"([0-9]{1,10})[ \t]+(\S+)\Z")


class Headers:
    """An ordered, immutable list of headers; names compare without case and compact names are long ones."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._pairs = tuple((long_name(name), value) for name, value in pairs)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._pairs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._pairs == other._pairs

    def __hash__(self) -> int:
        return hash(self._pairs)

    def __repr__(self) -> str:
        return f"Headers({list(self._pairs)!r})"

    def get(self, name: str, default: str = "") -> str:
        """The first value of `name`, as sent."""
        wanted = long_name(name)
        return next((value for key, value in self._pairs if key == wanted), default)

    def all(self, name: str) -> list[str]:
        """All values of `name` in order; lists written with commas are taken apart (section 7.3.1)."""
        wanted = long_name(name)
        found = [value for key, value in self._pairs if key == wanted]
        if wanted not in COMMA_LISTS:
            return found
        return [part for value in found for part in split_list(value)]

    def with_values(self, *pairs: tuple[str, str]) -> "Headers":
        """A copy in which each named header is replaced (or added at the end)."""
        names = {long_name(name) for name, _ in pairs}
        return Headers([pair for pair in self._pairs if pair[0] not in names] + list(pairs))


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    uri: str
    headers: Headers
    body: bytes = b""

    @property
    def cseq(self) -> int:
        return parse_cseq(self.headers.get("cseq"))[0]

    def to_bytes(self) -> bytes:
        if not _TOKEN.match(self.method) or not self.uri or re.search(r"\s", self.uri):
            raise ValueError(f"not a request line: {self.method!r} {self.uri!r}")
        return _assemble(f"{self.method} {self.uri} SIP/2.0", self.headers, self.body)


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    reason: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    @property
    def cseq(self) -> tuple[int, str]:
        return parse_cseq(self.headers.get("cseq"))

    def to_bytes(self) -> bytes:
        return _assemble(f"SIP/2.0 {self.status} {self.reason}", self.headers, self.body)


Message = Request | Response


def long_name(name: str) -> str:
    """`f` and `From` are both `from`."""
    lower = name.lower()
    return COMPACT.get(lower, lower)


def split_list(value: str) -> list[str]:
    """Splits at commas outside of quotes and angle brackets."""
    parts: list[str] = []
    start, quoted, angle, escaped = 0, False, False, False
    for index, char in enumerate(value):
        if escaped:
            escaped = False
        elif quoted:
            escaped, quoted = char == "\\", char != '"'
        elif char == '"':
            quoted = True
        elif char in "<>":
            angle = char == "<"
        elif char == "," and not angle:
            parts.append(value[start:index].strip())
            start = index + 1
    parts.append(value[start:].strip())
    return [part for part in parts if part]


def parse_cseq(value: str) -> tuple[int, str]:
    """`314159 INVITE` (section 20.16); the number is below 2**31."""
    match = _CSEQ.match(value)
    if match is None or int(match[1]) >= 2**31:
        raise ValueError(f"not a CSeq: {value!r}")
    return int(match[1]), match[2]


def parse(datagram: bytes) -> Message:
    """One message from one datagram (section 18.3: what follows Content-Length is ignored, too little is an
    error)."""
    head, separator, body = datagram.lstrip(b"\r\n").partition(b"\r\n\r\n")
    if not separator:
        raise ValueError("no empty line ends the headers")
    message = _parse_head(head)
    length = body_length(message)
    if length is None:
        length = len(body)
    if length > len(body):
        raise ValueError(f"Content-Length says {length} bytes, {len(body)} came")
    kind = type(message)
    if isinstance(message, Request):
        return Request(message.method, message.uri, message.headers, body[:length])
    assert kind is Response  # noqa: S101 - for the reader: there is no third kind
    return Response(message.status, message.reason, message.headers, body[:length])


def body_length(message: Message) -> int | None:
    """What Content-Length says, None when the header is missing."""
    value = message.headers.get("content-length")
    if not value:
        return None
    if not (value.isascii() and value.isdigit()) or int(value[:9]) > MAX_MESSAGE or len(value) > 9:
        raise ValueError(f"not a Content-Length: {value[:40]!r}")
    return int(value)


def _parse_head(head: bytes) -> Message:
    if len(head) > MAX_MESSAGE:
        raise ValueError("headers longer than a datagram")
    text = head.decode("utf-8", "surrogateescape")
    # A line that begins with a blank continues the one above (section 7.3.1).
    lines = re.sub(r"\r\n[ \t]+", " ", text).split("\r\n")
    if any("\r" in line or "\n" in line or "\0" in line for line in lines):
        raise ValueError("a bare line end or NUL in the headers")
    if len(lines) > MAX_HEADERS:
        raise ValueError("too many headers")
    headers = Headers(_parse_header(line) for line in lines[1:])
    _check(headers)
    number, method = parse_cseq(headers.get("cseq"))
    if status := _STATUS_LINE.match(lines[0]):
        return Response(int(status[1]), status[2], headers)
    if (request := _REQUEST_LINE.match(lines[0])) and _TOKEN.match(request[1]):
        if request[1] != method:
            raise ValueError(f"CSeq {number} says {method!r}, the request is {request[1]!r}")
        return Request(request[1], request[2], headers)
    raise ValueError(f"neither request nor status line: {lines[0][:80]!r}")


def _parse_header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    name = name.rstrip(" \t")
    if not colon or not _TOKEN.match(name):
        raise ValueError(f"not a header: {line[:80]!r}")
    return name, value.strip(" \t")


def _check(headers: Headers) -> None:
    names = [name for name, _ in headers]
    for name in NEEDED:
        if not headers.get(name):
            raise ValueError(f"the {spelled(name)} header is missing")
    for name in ONLY_ONCE:
        if names.count(name) > 1:
            raise ValueError(f"the {spelled(name)} header appears {names.count(name)} times")


def spelled(name: str) -> str:
    """`call-id` as people write it: `Call-ID`."""
    return SPELLED.get(name, "-".join(part.capitalize() for part in name.split("-")))


def _assemble(first: str, headers: Headers, body: bytes) -> bytes:
    lines = [first]
    for name, value in headers.with_values(("content-length", str(len(body)))):
        if not _TOKEN.match(name):
            raise ValueError(f"not a header name: {name!r}")
        lines.append(f"{spelled(name)}: {value}")
    if any(end in line for line in lines for end in "\r\n\0"):
        raise ValueError("a line end or NUL in a value would begin another header")
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body
