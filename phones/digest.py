"""Digest authentication of SIP requests: MD5, `qop=auth` or none (RFC 7616, RFC 2617 section 3.2.2). No I/O.

MD5 because that is what Asterisk's `password_digest=MD5:` and every desk phone speak; it proves a password,
it does not hide the call.
"""

import hashlib
import re
from dataclasses import dataclass

_PARAM = re.compile(r'([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|\Z)')


@dataclass(frozen=True, slots=True)
class Challenge:
    realm: str
    nonce: str
    qop_auth: bool = False
    opaque: str | None = None
    stale: bool = False


def parse_challenge(value: str) -> Challenge:
    """The value of WWW-Authenticate or Proxy-Authenticate; `ValueError` for what we can not answer."""
    scheme, _, rest = value.strip().partition(" ")
    if scheme.lower() != "digest":
        raise ValueError(f"not a Digest challenge: {value[:80]!r}")
    params = parse_params(rest)
    if params.get("algorithm", "MD5").upper() != "MD5":
        raise ValueError(f"digest algorithm {params['algorithm']!r} is not MD5")
    if "realm" not in params or not params.get("nonce"):
        raise ValueError("a challenge without realm or nonce")
    offered = [name.strip().lower() for name in params.get("qop", "").split(",") if name.strip()]
    if offered and "auth" not in offered:
        raise ValueError(f"qop {params['qop']!r} does not offer 'auth'")
    return Challenge(
        params["realm"],
        params["nonce"],
        bool(offered),
        params.get("opaque"),
        params.get("stale", "").lower() == "true",
    )


def parse_params(text: str) -> dict[str, str]:
    """`a="b", c=d` -> {"a": "b", "c": "d"}; names in lower case."""
    found: dict[str, str] = {}
    position = 0
    text = text.strip()
    while position < len(text):
        match = _PARAM.match(text, position)
        if match is None:
            raise ValueError(f"not a digest parameter: {text[position : position + 40]!r}")
        value = match[3] if match[2] is None else re.sub(r"\\(.)", r"\1", match[2])
        found.setdefault(match[1].lower(), value)
        position = match.end()
        while position < len(text) and text[position] in " \t,":
            position += 1
    return found


def ha1(user: str, realm: str, password: str) -> str:
    """What a server may store instead of the password (RFC 2617 section 3.2.2.2)."""
    return _md5(f"{user}:{realm}:{password}")


def response(ha1_hex: str, challenge: Challenge, method: str, uri: str, *, cnonce: str, count: int) -> str:
    """The `response` value (RFC 7616 section 3.4.1)."""
    ha2 = _md5(f"{method}:{uri}")
    if challenge.qop_auth:
        return _md5(f"{ha1_hex}:{challenge.nonce}:{count:08x}:{cnonce}:auth:{ha2}")
    return _md5(f"{ha1_hex}:{challenge.nonce}:{ha2}")


def authorization(
    challenge: Challenge, user: str, password: str, method: str, uri: str, *, cnonce: str, count: int = 1
) -> str:
    """The value of Authorization or Proxy-Authorization."""
    proof = response(ha1(user, challenge.realm, password), challenge, method, uri, cnonce=cnonce, count=count)
    parts = [
        f'username="{_quote(user)}"',
        f'realm="{_quote(challenge.realm)}"',
        f'nonce="{_quote(challenge.nonce)}"',
        f'uri="{uri}"',
        f'response="{proof}"',
        "algorithm=MD5",
    ]
    if challenge.qop_auth:
        parts += ["qop=auth", f"nc={count:08x}", f'cnonce="{cnonce}"']
    if challenge.opaque is not None:
        parts.append(f'opaque="{_quote(challenge.opaque)}"')
    return "Digest " + ", ".join(parts)


def _quote(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _md5(text: str) -> str:
    raw = text.encode("utf-8", "surrogateescape")
    return hashlib.md5(raw, usedforsecurity=False).hexdigest()
