"""The phone in an agent's page: what it is, and how long it may live. Values and a file; no socket, no clock.

A page gets a secret of its own for one session, made by the worker and told to that page alone, over the live stream. Asterisk
and the file hold its HA1. The secret ends when the agent logs out, when another page of the agent takes the phone, when
the page has been gone for a while, and after a shift (docs/decisions/phone-in-the-page.md).
"""

import hashlib
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog

from centre120 import names

log = structlog.get_logger("phones")

SHIFT_SECONDS = 12 * 3600
"""As long as a session of the pages (web/people.py)."""
GONE_SECONDS = 60
"""So long a page may be away (reload, a dropped network) before its phone ends and the agent's own phone is back."""


@dataclass(frozen=True)
class PagePhone:
    """One agent's phone in one page. `session` is no secret: it names the page that has the phone."""

    extension: str
    session: str
    ha1: str
    until: float  # seconds since 1970

    @property
    def domain(self) -> str:
        """Of its SIP address. Another one for each session: what the page before has registered is rung no more."""
        return f"{self.session}.invalid"

    @property
    def aor(self) -> str:
        return f"{self.extension}@{self.domain}"


def make(extension: str, at: float) -> tuple[PagePhone, str]:
    """A new phone and its secret; the secret is kept nowhere here."""
    secret = secrets.token_urlsafe(32)
    text = f"{extension}:{names.AGENT_REALM}:{secret}"
    ha1 = hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - RFC 2617 section 3.2.2.2
    return PagePhone(extension, secrets.token_hex(8), ha1, at + SHIFT_SECONDS), secret


def is_over(phone: PagePhone, away_seconds: float, at: float) -> bool:
    """Whether it ends by itself: the shift is over, or nobody has had the page for a while."""
    return at >= phone.until or away_seconds >= GONE_SECONDS


def read(path: Path) -> dict[str, PagePhone]:
    """What the leader before us had; nothing when there is no such file, or it can not be understood."""
    try:
        entries = json.loads(path.read_text(encoding="ascii"))
        return {entry["extension"]: PagePhone(**entry) for entry in entries}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.error("phones in pages not known; their pages ask again", file=str(path), error=str(error))
        return {}


def write(path: Path, phones: Iterable[PagePhone]) -> None:
    """Atomically, 0600. A full disk costs the next leader this knowledge, nobody a call."""
    try:
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump([asdict(phone) for phone in phones], file)
        fresh.replace(path)
    except OSError as error:
        log.error("phones in pages not written down", file=str(path), error=str(error))
