"""Small readings of records and events that several questions about a call share. No clock, no I/O."""

from collections.abc import Sequence
from datetime import datetime

from centre120.call_evidence import user_events
from centre120.clean_text import clean_text
from centre120.witnesses import CelEvent, JournalRecord, as_text

SHORT = 64
"""Characters of a number, a trunk, an extension."""


def first_record(records: Sequence[JournalRecord], kind: str) -> JournalRecord | None:
    return next((record for record in records if record.kind == kind), None)


def all_records(records: Sequence[JournalRecord], kind: str) -> list[JournalRecord]:
    return [record for record in records if record.kind == kind]


def said(record: JournalRecord | None, field: str) -> str | None:
    return (as_text(record.fields.get(field)) or None) if record else None


def extra_of(cel: Sequence[CelEvent], name: str, last: bool = False) -> str:
    found = user_events(cel, name)
    return found[-1 if last else 0].extra if found else ""


def cut(text: str | None, limit: int = SHORT) -> str | None:
    return clean_text(text, limit) or None if text else None


def earliest(moments: Sequence[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def seconds_between(since: datetime | None, until: datetime | None) -> float | None:
    if since is None or until is None:
        return None
    return max(0.0, round((until - since).total_seconds(), 6))
