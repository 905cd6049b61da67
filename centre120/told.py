"""What a citizen was told: one consultation entry, in one version, on one call, as the agent's key put it on record.

The desk sends what `web` signed when it showed the entry, so a stamp names what really stood on the screen, and can be
written down while PostgreSQL is away. No clock, no I/O.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from centre120.clean_text import clean_text
from centre120.witnesses import JournalRecord

KIND: Final = "AnswerTold"
_LONGEST: Final = {"code": 60, "title": 300, "source": 1_000, "official": 200}
_HIGHEST_ID, _HIGHEST_VERSION = 2**63 - 1, 2**31 - 1


@dataclass(frozen=True)
class TellableEntry:
    """What is known of the entry at the moment it was shown; a later change of the directory changes nothing here."""

    entry_id: int
    version: int
    code: str
    title: str
    source: str
    department_id: int | None
    official_id: int | None
    official: str  # name and title; empty: nobody is named

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class Told:
    """One stamp. `told_id` is the desk's own: the same stamp may come by the journal and by `web`, and counts once."""

    told_id: UUID
    call_id: UUID
    at: datetime
    agent: str
    entry: TellableEntry


def entry_of(value: object) -> TellableEntry | None:
    """From what was signed, or stands in a journal; None when it is no such thing."""
    if not isinstance(value, Mapping):
        return None
    entry_id, version = (
        _number(value.get("entry_id"), _HIGHEST_ID),
        _number(value.get("version"), _HIGHEST_VERSION),
    )
    texts = {name: value.get(name) for name in _LONGEST}
    if entry_id is None or version is None or not all(isinstance(text, str) for text in texts.values()):
        return None
    return TellableEntry(
        entry_id,
        version,
        **{name: clean_text(str(text), _LONGEST[name]) for name, text in texts.items()},
        department_id=_number(value.get("department_id"), _HIGHEST_ID),
        official_id=_number(value.get("official_id"), _HIGHEST_ID),
    )


def told_of(record: JournalRecord) -> Told | None:
    """The stamp of a journal record; None for other kinds and for what can not be read."""
    if record.kind != KIND or record.call_id is None:
        return None
    told_id, entry = uuid_of(record.fields.get("told_id")), entry_of(record.fields)
    if told_id is None or entry is None:
        return None
    return Told(told_id, record.call_id, record.at, clean_text(str(record.fields.get("agent")), 64), entry)


def uuid_of(text: object) -> UUID | None:
    """`text` as a UUID, or None."""
    try:
        return UUID(text) if isinstance(text, str) and len(text) == 36 else None
    except ValueError:
        return None


def _number(value: object, highest: int) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= highest:
        return value
    return None
