"""A consultation entry's fields: what may stand in them, whether an answer may be told today, how it goes into a
spreadsheet and comes back. No clock, no I/O.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

from centre120.clean_text import clean_text
from centre120.names import LANGUAGES

STANDINGS: Final = ("valid", "not-yet", "expired", "disputed")
LONGEST_TITLE, LONGEST_ANSWER, LONGEST_QUESTION, MOST_QUESTIONS = 300, 20_000, 500, 100
LONGEST_SOURCE, LONGEST_DISPUTE, LONGEST_CODE = 1_000, 1_000, 60
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_QUOTE = "'"


class RowRefused(ValueError):
    """A field that can not be; the text says which and why, for the person who has the row."""


@dataclass(frozen=True)
class EntryFields:
    """What people write and a revision keeps."""

    title: str
    answer: str
    questions: tuple[str, ...] = ()
    topic: str | None = None
    owner_department_id: int | None = None
    official_id: int | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    review_on: date | None = None
    source: str = ""
    language: str = "ko"
    dispute: str = ""

    def as_json(self) -> dict[str, Any]:
        """As a revision keeps it; dates as ISO 8601."""
        return {name: _plain(value) for name, value in vars(self).items()}


def fields_of_json(kept: Mapping[str, Any]) -> EntryFields:
    """The way back; fields that a later version added have their defaults."""
    known = {one.name for one in fields(EntryFields)}
    given = {name: value for name, value in kept.items() if name in known}
    for name in ("valid_from", "valid_until", "review_on"):
        given[name] = date.fromisoformat(given[name]) if given.get(name) else None
    return EntryFields(**{**given, "questions": tuple(given.get("questions", ()))})


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def standing_of(valid_from: date | None, valid_until: date | None, dispute: str, today: date) -> str:
    """One of STANDINGS. `valid_until` is the last day on which it holds; doubt comes before dates."""
    if dispute:
        return "disputed"
    if valid_from is not None and today < valid_from:
        return "not-yet"
    return "expired" if valid_until is not None and today > valid_until else "valid"


def checked(given: EntryFields) -> EntryFields:
    """Trimmed and storable. Raises RowRefused."""
    title = _short(" ".join(given.title.split()), "title", LONGEST_TITLE)
    answer = _short(given.answer.strip(), "answer", LONGEST_ANSWER)
    if not title:
        raise RowRefused("title is empty")
    if not answer:
        raise RowRefused("answer is empty")
    asked = [_short(" ".join(text.split()), "questions", LONGEST_QUESTION) for text in given.questions]
    questions = tuple(dict.fromkeys(filter(None, asked)))
    if len(questions) > MOST_QUESTIONS:
        raise RowRefused(f"questions: {len(questions)} of them, at most {MOST_QUESTIONS}")
    if given.language not in LANGUAGES:
        raise RowRefused(f"language: {given.language[:20]} is none of {', '.join(LANGUAGES)}")
    if given.valid_from and given.valid_until and given.valid_until < given.valid_from:
        raise RowRefused(f"valid_until {given.valid_until} is before valid_from {given.valid_from}")
    return EntryFields(
        title,
        answer,
        questions,
        given.topic or None,
        given.owner_department_id,
        given.official_id,
        given.valid_from,
        given.valid_until,
        given.review_on,
        _short(given.source.strip(), "source", LONGEST_SOURCE),
        given.language,
        _short(given.dispute.strip(), "dispute", LONGEST_DISPUTE),
    )


def _short(text: str, name: str, longest: int) -> str:
    if len(text) > longest:
        raise RowRefused(f"{name} has {len(text)} characters, at most {longest}")
    return clean_text(text.replace("\r\n", "\n").replace("\r", "\n"), longest)


def day_of(text: str, name: str) -> date | None:
    """`2026-11-21`, `2026.11.21`, `2026. 11. 21.`, `2026/11/21` or `20261121`. Raises RowRefused."""
    parts = text.replace(".", "-").replace("/", "-").split("-")
    parts = [part.strip() for part in parts if part.strip()]
    if not parts:
        return None
    if len(parts) == 1 and len(parts[0]) == 8:
        parts = [parts[0][:4], parts[0][4:6], parts[0][6:]]
    try:
        year, month, day = (int(part) for part in parts)
        found = date(year, month, day)
    except ValueError:
        raise RowRefused(f"{name}: {text[:30]} is no date; write 2026-11-21") from None
    if not 1900 <= found.year <= 2200:
        raise RowRefused(f"{name}: {text[:30]} is not between 1900 and 2200")
    return found


def safe_cell(text: str) -> str:
    """`text` so that no spreadsheet takes it for a formula: a quote before it, which cell_text takes away."""
    bare = text.lstrip(_QUOTE)
    return _QUOTE + text if bare.startswith(_FORMULA) else text


def cell_text(text: str) -> str:
    """The text of a cell that safe_cell wrote."""
    return text[1:] if text.startswith(_QUOTE) and text.lstrip(_QUOTE).startswith(_FORMULA) else text
