"""The call log of another system, row by row, as calls of our record: the Anonymous Bank's format as it is, any other CSV by a
mapping.

Pure, and a stream: lines in; for each row a `ForeignCall`, a `LeftOut` (no call: a phantom) or a `Rejected` with the reason, so
that a log of any length is read. No row is fatal; a file in which nothing can be recognised is. What a row is taken for:
docs/reports.md. Times are the log's own wall clock, without a zone.

A row's identity is the digest of its cells and of how often the same row came before in the file: reading the file again, or a
longer one that begins with it, gives the same identities.
"""

import csv
import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from centre120.call_words import SHORT_ABANDON_SECONDS
from centre120.clean_text import clean_text
from centre120.errors import CentreError, Fault
from centre120.names import LANGUAGES
from centre120.traces import BANK_COLUMNS, BadRow, bank_day, clock, separator_of, whole_seconds

DAY: Final = timedelta(days=1)
LONGEST_SECONDS: Final = 7 * 86_400
FIELDS: Final = (
    "arrived_at", "queued_at", "waited_seconds", "talked_seconds", "hold_seconds", "wrap_up_seconds", "outcome",
    "agent", "caller_number", "origin_number", "language", "type",
)  # fmt: skip
"""What a mapping may name columns for; `arrived_at` and `outcome` must be there."""
MAPPED_OUTCOMES: Final = ("answered", "abandoned", "abandoned-in-menu", "callback-requested", "left-out")
_SHOWN = 40
_LONGEST_NUMBER, _LONGEST_WORD = 64, 80


@dataclass(frozen=True)
class ForeignCall:
    """One call of the log; moments are wall clock without a zone, seconds None where the log does not say."""

    row: int  # line of the file, from 1
    call_id: UUID
    outcome: str  # centre120/call_words.py
    arrived_at: datetime
    queued_at: datetime | None  # None: never joined the queue
    waited_seconds: float | None = None
    talked_seconds: float | None = None
    hold_seconds: float | None = None
    wrap_up_seconds: float | None = None
    agent: str | None = None
    caller_number: str | None = None
    origin_number: str | None = None
    language: str | None = None
    type: str | None = None

    @property
    def answered_at(self) -> datetime | None:
        """When the agent answered."""
        if self.outcome != "answered" or self.queued_at is None:
            return None
        return self.queued_at + timedelta(seconds=self.waited_seconds or 0.0)

    @property
    def ended_at(self) -> datetime:
        """The end of the talk, or of the wait."""
        begun = self.queued_at or self.arrived_at
        parts = (self.waited_seconds, self.talked_seconds, self.hold_seconds)
        return begun + timedelta(seconds=sum(part or 0.0 for part in parts))


@dataclass(frozen=True)
class LeftOut:
    """A row that is no call."""

    row: int
    why: str  # phantom, left-out


@dataclass(frozen=True)
class Rejected:
    """A row that can not be read."""

    row: int
    reason: str


Row = ForeignCall | LeftOut | Rejected


@dataclass(frozen=True)
class LogMapping:
    """How a foreign CSV is read (docs/reports.md): our field -> its column, its words -> ours."""

    columns: Mapping[str, str]
    outcomes: Mapping[str, str] = field(default_factory=dict)  # its word, in small letters -> MAPPED_OUTCOMES
    languages: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    time_format: str = ""  # of strptime; empty: ISO 8601
    separator: str = ","


_Made = ForeignCall | str
_Reader = Callable[[int, UUID, Mapping[str, str]], _Made]


def read_mapping(told: Mapping[str, Any]) -> LogMapping:
    """From a TOML file's content. Raises `mapping-invalid` with what is wrong."""
    columns, outcomes = told.get("columns"), told.get("outcome", {})
    if not isinstance(columns, dict) or not {"arrived_at", "outcome"} <= set(columns):
        raise _mapping("it has no [columns] with at least arrived_at and outcome")
    if unknown := sorted(set(columns) - set(FIELDS)):
        raise _mapping(f"[columns] names {', '.join(unknown)}, which is none of {', '.join(FIELDS)}")
    tables = {name: told.get(name, {}) for name in ("outcome", "language", "defaults")}
    if any(not isinstance(table, dict) for table in tables.values()):
        raise _mapping("[outcome], [language] and [defaults] have to be tables")
    if unknown := sorted(set(outcomes) - set(MAPPED_OUTCOMES)):
        raise _mapping(f"[outcome] names {', '.join(unknown)}, which is none of {', '.join(MAPPED_OUTCOMES)}")
    if unknown := sorted(set(tables["language"]) - set(LANGUAGES)):
        raise _mapping(f"[language] names {', '.join(unknown)}, which is none of {', '.join(LANGUAGES)}")
    separator = {"tab": "\t"}.get(str(told.get("separator", ",")), str(told.get("separator", ",")))
    if len(separator) != 1:
        raise _mapping(f"the separator {separator[:_SHOWN]!r} is not one character, nor tab")
    return LogMapping(
        columns={name: str(column).strip().lower() for name, column in columns.items()},
        outcomes=_turned(outcomes),
        languages=_turned(tables["language"]),
        defaults={name: str(value) for name, value in tables["defaults"].items()},
        time_format=str(told.get("time_format", "")),
        separator=separator,
    )


def _turned(table: Mapping[str, Any]) -> dict[str, str]:
    """`answered = ["OK", "DONE"]` as {"ok": "answered", "done": "answered"}."""
    return {
        str(word).strip().lower(): ours
        for ours, words in table.items()
        for word in (words if isinstance(words, list) else [words])
    }


def _mapping(found: str) -> CentreError:
    return CentreError(
        "mapping-invalid",
        f"The mapping can not be used: {found}.",
        "docs/reports.md has one to begin with.",
        Fault.CITIZEN,
    )


def read_calls(lines: Iterable[str], mapping: LogMapping | None = None) -> Iterator[Row]:
    """Every row that is not empty. Raises `call-log-unknown` when the first line is neither the bank's nor the mapping's."""
    numbered = ((number, line.strip("\r\n\ufeff\x00")) for number, line in enumerate(lines, 1))
    rows = ((number, line) for number, line in numbered if line.strip())
    number, header = next(rows, (0, ""))
    separator = mapping.separator if mapping else separator_of(header)
    names = [name.lower() for name in _cells(header, separator)]
    if mapping is not None:
        if missing := sorted(set(mapping.columns.values()) - set(names)):
            raise _unknown(header, f"it has no column {', '.join(missing)}, which the mapping names")
        return _read(names, separator, rows, _mapped(mapping), "mapped")
    if {"q_start", "outcome", "ser_time"} <= set(names):
        return _read(names, separator, rows, _bank_call, "bank")
    if len(names) == len(BANK_COLUMNS) and names[6].count(":") == 2:
        return _read(
            list(BANK_COLUMNS), separator, itertools.chain([(number, header)], rows), _bank_call, "bank"
        )
    raise _unknown(header, "it is not the header of the Anonymous Bank's log, and no mapping was given")


def _unknown(header: str, found: str) -> CentreError:
    return CentreError(
        "call-log-unknown",
        f"The first line of the log, {header[:120]!r}: {found}.",
        "Give a mapping that names its columns (--mapping; docs/reports.md).",
        Fault.CITIZEN,
    )


def _read(
    names: list[str], separator: str, rows: Iterable[tuple[int, str]], read: _Reader, kind: str
) -> Iterator[Row]:
    seen: set[int] = set()
    repeated: Counter[int] = Counter()
    for number, line in rows:
        cells = _cells(line, separator)
        while len(cells) > len(names) and not cells[-1]:
            cells.pop()  # the bank's files end lines with a separator
        if len(cells) != len(names):
            yield Rejected(number, f"{len(cells)} columns instead of {len(names)}")
            continue
        told = "\x1f".join((kind, *cells)).encode("utf-8", "replace")
        short = int.from_bytes(hashlib.blake2b(told, digest_size=8).digest(), "big")
        if short in seen:  # the same row again is another call: a direct count counts it, too
            repeated[short] += 1
        seen.add(short)
        times = str(repeated[short]).encode() if short in repeated else b"0"
        identity = UUID(bytes=hashlib.blake2b(told + b"\x1e" + times, digest_size=16).digest(), version=5)
        try:
            made = read(number, identity, dict(zip(names, cells, strict=True)))
        except BadRow as error:
            yield Rejected(number, str(error))
            continue
        yield LeftOut(number, made) if isinstance(made, str) else made


def _cells(line: str, separator: str) -> list[str]:
    if separator == " ":
        return line.split()
    try:
        row = next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        row = line.split(separator)
    return [cell.strip() for cell in row]


# --- the bank's format --------------------------------------------------------------------------------------------


def _bank_call(number: int, identity: UUID, cells: Mapping[str, str]) -> _Made:
    outcome = cells["outcome"].upper()
    if outcome == "PHANTOM":
        return "phantom"
    if outcome not in ("AGENT", "HANG"):
        raise BadRow(f"outcome {cells['outcome'][:_SHOWN]!r} is none of AGENT, HANG, PHANTOM")
    odd: Counter[str] = Counter()
    day, entered = bank_day(cells["date"]), timedelta(seconds=clock(cells["vru_entry"], "vru_entry"))
    waited = whole_seconds(cells["q_time"], "q_time", odd)
    service = whole_seconds(cells["ser_time"], "ser_time", odd)
    queued = timedelta(seconds=clock(cells["q_start"], "q_start"))
    never_queued = not queued and not waited
    if never_queued:  # an agent was free, or the citizen left the menu for good
        queued = timedelta(seconds=clock(cells["vru_exit"], "vru_exit")) or entered
    if queued < entered - DAY / 2:
        queued += DAY  # past midnight
    queued = max(queued, entered)  # the bank's clock ran backwards in some rows
    call = ForeignCall(
        number,
        identity,
        "abandoned-in-menu",
        day + entered,
        None,
        language="ko",
        type=_word(cells.get("type", "")),
    )
    if outcome == "AGENT":
        server = cells.get("server", "")
        return replace(
            call,
            outcome="answered",
            queued_at=day + queued,
            waited_seconds=float(waited),
            talked_seconds=float(service),
            agent=None if server.upper() == "NO_SERVER" else _word(server),
        )
    if never_queued:
        return call
    return replace(call, outcome=_given_up(waited), queued_at=day + queued, waited_seconds=float(waited))


def _given_up(waited: float) -> str:
    return "short-abandoned" if waited < SHORT_ABANDON_SECONDS else "abandoned"


def _word(text: str, longest: int = _LONGEST_WORD) -> str | None:
    return clean_text(text.strip(), longest) or None


# --- any other, by a mapping --------------------------------------------------------------------------------------


def _mapped(mapping: LogMapping) -> _Reader:
    def cell(cells: Mapping[str, str], name: str) -> str:
        column = mapping.columns.get(name)
        return (cells[column] if column else "") or mapping.defaults.get(name, "")

    def read(number: int, identity: UUID, cells: Mapping[str, str]) -> _Made:
        word = cell(cells, "outcome")
        outcome = mapping.outcomes.get(word.lower(), word.lower())
        if outcome == "left-out":
            return "left-out"
        if outcome not in MAPPED_OUTCOMES:
            raise BadRow(f"outcome {word[:_SHOWN]!r} is not in the mapping")
        language = cell(cells, "language")
        language = mapping.languages.get(language.lower(), language.lower())
        if language and language not in LANGUAGES:
            raise BadRow(f"language {language[:_SHOWN]!r} is not in the mapping")
        arrived = _moment(cell(cells, "arrived_at"), "arrived_at", mapping.time_format)
        waited, talked, hold, wrap_up = (
            _duration(cell(cells, name), name)
            for name in ("waited_seconds", "talked_seconds", "hold_seconds", "wrap_up_seconds")
        )
        joined = cell(cells, "queued_at")
        queued = _moment(joined, "queued_at", mapping.time_format) if joined else arrived
        if not timedelta() <= queued - arrived < DAY:
            raise BadRow("queued_at is before arrived_at, or a day after")
        if outcome == "abandoned" and waited is not None:
            outcome = _given_up(waited)
        return ForeignCall(
            row=number,
            call_id=identity,
            outcome=outcome,
            arrived_at=arrived,
            queued_at=None if outcome == "abandoned-in-menu" else queued,
            waited_seconds=None if outcome == "abandoned-in-menu" else waited,
            talked_seconds=talked if outcome == "answered" else None,
            hold_seconds=hold if outcome == "answered" else None,
            wrap_up_seconds=wrap_up if outcome == "answered" else None,
            agent=_word(cell(cells, "agent")) if outcome == "answered" else None,
            caller_number=_word(cell(cells, "caller_number"), _LONGEST_NUMBER),
            origin_number=_word(cell(cells, "origin_number"), _LONGEST_NUMBER),
            language=language or None,
            type=_word(cell(cells, "type")),
        )

    return read


def _moment(text: str, column: str, written: str) -> datetime:
    try:
        found = datetime.strptime(text, written) if written else datetime.fromisoformat(text)  # noqa: DTZ007 - wall clock
    except ValueError:
        wanted = written or "ISO 8601"
        raise BadRow(f"{column} {text[:_SHOWN]!r} is not written as {wanted}") from None
    if not 1970 <= found.year <= 2200:
        raise BadRow(f"{column} {text[:_SHOWN]!r} is not from 1970 to 2200")
    return found.replace(tzinfo=None)


def _duration(text: str, column: str) -> float | None:
    """Seconds, `2:05` or `0:02:05`; None when empty."""
    if not text:
        return None
    try:
        parts = [float(part) for part in text.split(":")]
    except ValueError:
        raise BadRow(f"{column} {text[:_SHOWN]!r} is neither seconds nor a duration") from None
    seconds = sum(part * (1, 60, 3600)[place] for place, part in enumerate(reversed(parts[:3])))
    if len(parts) > 3 or not 0 <= seconds <= LONGEST_SECONDS:
        raise BadRow(f"{column} {text[:_SHOWN]} is not from 0 to a week")
    return seconds
