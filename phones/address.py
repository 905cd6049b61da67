"""SIP URIs, name-addrs and Via values as values (RFC 3261 sections 19.1, 20.10, 20.42). No I/O.

Only what phones on one machine or one LAN need: `sip:` URIs with IP literals or names that nobody resolves
here.
"""

import re
from dataclasses import dataclass, field

Params = dict[str, str | None]

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:;?@<>\"]+)(?::([0-9]{1,5}))?\Z")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)


def parse_params(text: str) -> Params:
    """`;tag=1;lr` -> {"tag": "1", "lr": None}; names in lower case, the first of two equal names counts."""
    params: Params = {}
    for part in text.split(";"):
        name, equals, value = part.strip().partition("=")
        if name:
            params.setdefault(name.strip().lower(), value.strip().strip('"') if equals else None)
    return params


def format_params(params: Params) -> str:
    return "".join(f";{name}" if value is None else f";{name}={value}" for name, value in params.items())


def _host_port(text: str) -> tuple[str, int | None]:
    match = _HOST.match(text)
    if match is None:
        raise ValueError(f"not a host: {text[:80]!r}")
    port = int(match[2]) if match[2] else None
    if port is not None and not 0 < port < 65_536:
        raise ValueError(f"not a port: {text[:80]!r}")
    return match[1], port


@dataclass(frozen=True, slots=True)
class Uri:
    """`sip:user@host:port;params`; the part after `?` is dropped (nobody here sends headers in URIs)."""

    user: str
    host: str
    port: int | None = None
    params: Params = field(default_factory=dict, hash=False)

    @classmethod
    def parse(cls, text: str) -> "Uri":
        scheme, colon, rest = text.strip().partition(":")
        if not colon or scheme.lower() not in ("sip", "sips"):
            raise ValueError(f"not a SIP URI: {text[:80]!r}")
        rest = rest.partition("?")[0]
        user, at, place = rest.rpartition("@")
        place, _, params = place.partition(";")
        host, port = _host_port(place)
        return cls(user.partition(":")[0] if at else "", host, port, parse_params(params))

    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        return f"sip:{user}{self.host}{port}{format_params(self.params)}"

    @property
    def destination(self) -> tuple[str, int]:
        """Where to send: host and port, 5060 when not said (section 19.1.2)."""
        return self.host.strip("[]"), self.port or 5060


@dataclass(frozen=True, slots=True)
class NameAddr:
    """`"Display" <sip:...>;tag=...`: the value of From, To, Contact, Route."""

    uri: Uri
    display: str = ""
    params: Params = field(default_factory=dict, hash=False)

    @classmethod
    def parse(cls, text: str) -> "NameAddr":
        text = text.strip()
        display = ""
        if quoted := _QUOTED.match(text):
            display = re.sub(r"\\(.)", r"\1", quoted[1], flags=re.DOTALL)
            text = text[quoted.end() :].strip()
            if not text.startswith("<"):
                raise ValueError("a quoted name without <address>")
        if "<" in text:
            name, _, rest = text.partition("<")
            address, closed, params = rest.partition(">")
            if not closed:
                raise ValueError(f"'<' without '>': {text[:80]!r}")
            return cls(Uri.parse(address), display or name.strip(), parse_params(params))
        # Without brackets every parameter belongs to the header, not to the URI (section 20).
        address, _, params = text.partition(";")
        return cls(Uri.parse(address), display, parse_params(params))

    def __str__(self) -> str:
        escaped = self.display.replace("\\", "\\\\").replace('"', '\\"')
        name = f'"{escaped}" ' if self.display else ""
        return f"{name}<{self.uri}>{format_params(self.params)}"

    @property
    def tag(self) -> str:
        return self.params.get("tag") or ""

    def with_tag(self, tag: str) -> "NameAddr":
        return NameAddr(self.uri, self.display, {**self.params, "tag": tag})


@dataclass(frozen=True, slots=True)
class Via:
    """`SIP/2.0/UDP host:port;branch=...` (section 20.42)."""

    transport: str
    host: str
    port: int | None
    params: Params = field(default_factory=dict, hash=False)

    @classmethod
    def parse(cls, text: str) -> "Via":
        protocol, _, rest = re.sub(r"\s*/\s*", "/", text.strip()).partition(" ")
        name, _, transport = protocol.rpartition("/")
        if name.upper() != "SIP/2.0" or not transport:
            raise ValueError(f"not a Via: {text[:80]!r}")
        place, _, params = rest.strip().partition(";")
        host, port = _host_port(re.sub(r"\s*:\s*", ":", place.strip()))
        return cls(transport.upper(), host, port, parse_params(params))

    def __str__(self) -> str:
        port = f":{self.port}" if self.port else ""
        return f"SIP/2.0/{self.transport} {self.host}{port}{format_params(self.params)}"

    @property
    def branch(self) -> str:
        return self.params.get("branch") or ""

    def stamped(self, source: tuple[str, int]) -> "Via":
        """With `received` and `rport` filled in by who got the request (section 18.2.1, RFC 3581 section
        4)."""
        params = dict(self.params)
        if "rport" in params:
            params["rport"] = str(source[1])
        if "rport" in params or self.host.strip("[]") != source[0]:
            params["received"] = source[0]
        return Via(self.transport, self.host, self.port, params)

    @property
    def answer_to(self) -> tuple[str, int]:
        """Where a response goes over UDP (section 18.2.2, RFC 3581 section 4); for a stamped Via."""
        host = self.params.get("received") or self.host.strip("[]")
        rport = self.params.get("rport")
        return host, int(rport) if rport and rport.isdigit() else self.port or 5060
