"""The agents as `ari_app` knows them: read from `state/roster.json`, which the store's exporter writes.

A file, not a query: the centre answers calls with PostgreSQL stopped, and starts without it.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import structlog

from centre120.names import EXTENSION

log = structlog.get_logger("roster")


@dataclass(frozen=True)
class RosterAgent:
    """One agent who may sign in. `ha1` is the SIP digest secret (RFC 7616 section 3.4.2), never a password."""

    extension: str
    name: str
    name_latin: str
    ha1: str
    languages: frozenset[str]
    skills: frozenset[str]


@dataclass(frozen=True)
class Partner:
    """A line to ring for a language."""

    name: str
    number: str
    ring_seconds: int


class Roster:
    """Watches the file by its modification time; a broken file keeps the last good roster."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.agents: dict[str, RosterAgent] = {}
        self.partners: dict[str, tuple[Partner, ...]] = {}  # by language, in the order they are tried
        self._stamp: tuple[int, int] | None = None

    def refresh(self) -> bool:
        """True when the file changed and was taken."""
        try:
            status = self.path.stat()
            stamp = (status.st_mtime_ns, status.st_ino)
            if stamp == self._stamp:
                return False
            self._stamp = stamp
            text = self.path.read_text(encoding="utf-8")
            self.agents, self.partners = parse_roster(text), parse_partners(text)
        except FileNotFoundError:
            return False
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.error(
                "roster file not usable; the agents known so far stay", path=str(self.path), error=str(error)
            )
            return False
        return True


def parse_roster(text: str) -> dict[str, RosterAgent]:
    """Active agents by extension. Raises ValueError or KeyError on a file that is not ours."""
    agents = {}
    for entry in json.loads(text)["agents"]:
        extension = str(entry["extension"])
        if not entry.get("active", True):
            continue
        if not EXTENSION.fullmatch(extension):
            raise ValueError(f"extension {extension!r} is not digits, three or four of them")
        agents[extension] = RosterAgent(
            extension=extension,
            name=str(entry["name"]),
            name_latin=str(entry.get("name_latin") or entry["name"]),
            ha1=str(entry["ha1"]),
            languages=frozenset(str(language) for language in entry.get("languages") or ["ko"]),
            skills=frozenset(str(skill) for skill in (*entry.get("skills", ()), *entry.get("districts", ()))),
        )
    return agents


def parse_partners(text: str) -> dict[str, tuple[Partner, ...]]:
    """Interpreter partners by language, in order; none in a file from before there were any. Raises ValueError or KeyError."""
    found: dict[str, tuple[Partner, ...]] = {}
    for entry in json.loads(text).get("interpreters", ()):
        partner = Partner(str(entry["name"]), str(entry["number"]), int(entry["ring_seconds"]))
        if not (partner.number.isascii() and partner.number.isdecimal()):
            raise ValueError(f"the interpreter's number {partner.number!r} is not digits")
        language = str(entry["language"])
        found[language] = (*found.get(language, ()), partner)
    return found
