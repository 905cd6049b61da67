"""What the security baseline is told (`Seen`) and what it answers (`SecurityFinding`). Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

OK, WARN, FAIL = "ok", "warn", "fail"


@dataclass(frozen=True)
class SecurityFinding:
    """One line of `./120 doctor --security`."""

    check: str
    result: str  # ok, warn, fail
    what: str
    where: str = ""
    why: str = ""
    mend: str = ""


@dataclass(frozen=True)
class Listener:
    """A socket that Asterisk listens on."""

    kind: str  # tcp, udp
    address: str
    port: int


@dataclass(frozen=True)
class Permission:
    """Mode bits and owner of a file below the home."""

    path: str
    mode: int
    ours: bool  # belongs to the account that runs Asterisk


@dataclass(frozen=True)
class Seen:
    """Everything that was looked at. `console` maps a command of Asterisk's console to its answer ("" when there was none)."""

    console: Mapping[str, str]
    rendered: Mapping[str, str] = field(default_factory=dict)  # file name -> text in <home>/asterisk/etc
    expected: Mapping[str, str] = field(default_factory=dict)  # file name -> text as asterisk.conf.d gives it
    agents: frozenset[str] = frozenset()  # extensions of the roster
    listeners: tuple[Listener, ...] = ()
    uid: int | None = None
    environment: tuple[str, ...] = ()  # names of variables
    permissions: tuple[Permission, ...] = ()
    ports: Mapping[str, int] = field(default_factory=dict)  # sip_port, ari_port, ami_port
    bind_host: str = "127.0.0.1"
    trunks: tuple[str, ...] = ()
    today: str = ""  # YYYYMMDD in the centre's zone


def failing(check: str, what: str, where: str, why: str, mend: str) -> SecurityFinding:
    return SecurityFinding(check, FAIL, what, where, why, mend)


def table_of(text: str) -> dict[str, str]:
    """`name : value` lines; the first of a name counts."""
    found: dict[str, str] = {}
    for name, colon, value in (line.partition(":") for line in text.splitlines()):
        if colon:
            found.setdefault(name.strip(" *").lower(), value.strip())
    return found
