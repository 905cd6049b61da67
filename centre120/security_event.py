"""One line of Asterisk's security log as a value. Hostile text in, an address or nothing out. Pure.

Asterisk 22 writes `SecurityEvent="...",...,SessionID="<the caller's Call-ID>",LocalAddress="...",RemoteAddress="..."` and escapes
nothing in the Call-ID: a caller who writes `",LocalAddress="...",RemoteAddress="IPV4/UDP/<victim>/5060"` into it would have
somebody else refused. What Asterisk itself writes comes after the Call-ID, and in the fields that follow every quotation mark
of the caller's has a backslash (`LocalAddress=\\"`), so the last pair written with bare marks is the true one, and a line with
two was forged. The pairs may share a mark, and a Call-ID may end in a backslash: hence the look-ahead, and no look-behind.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Final

CHALLENGED: Final = "ChallengeSent"
PROVED: Final = "SuccessfulAuth"
FAILED: Final = frozenset(
    {
        "ChallengeResponseFailed",
        "InvalidPassword",
        "InvalidAccountID",
        "FailedACL",
        "UnexpectedAddress",
        "RequestBadFormat",
    }
)
"""Events that no well-configured phone causes more than a few times."""

LONGEST: Final = 16_384
_EVENT = re.compile(r'SecurityEvent="(\w+)",EventTV="([^"]{20,40})",Severity="\w+",Service="(\w+)"')
_ACCOUNT = re.compile(r'AccountID="([^"]{0,80})"')
_ADDRESSES = re.compile(
    r'(?=",LocalAddress="IPV[46]/\w{2,4}/[^"/]{2,60}/\d{1,5}",RemoteAddress="IPV[46]/\w{2,4}/([^"/]{2,60})/\d{1,5}")'
)
_UNKNOWN: Final = frozenset({"", "<unknown>"})


@dataclass(frozen=True)
class SecurityEvent:
    """What happened, when by Asterisk's clock (seconds since 1970), from which address; `account` None when unknown."""

    kind: str
    at: float
    address: str
    account: str | None = None
    forged: bool = False


def parse_security_line(line: str) -> SecurityEvent | None:
    """The SIP event of that line; None for anything else, however it looks. Never raises."""
    if len(line) > LONGEST:
        return None
    head = _EVENT.search(line)
    pairs = _ADDRESSES.findall(line)
    if head is None or head[3] != "PJSIP" or not pairs:
        return None
    try:
        address = str(ip_address(pairs[-1]))
        at = datetime.strptime(head[2], "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()
    except (ValueError, OverflowError):
        return None
    found = _ACCOUNT.search(line, head.end())
    account = found[1] if found and found[1] not in _UNKNOWN else None
    return SecurityEvent(head[1], at, address, account, forged=len(pairs) > 1)
