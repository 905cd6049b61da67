"""Reading a call log: our own format, and that of the "Anonymous Bank" of 1999 with its own column names and oddities.

Pure: lines in; calls, rejected rows with number and reason, and counts out. Nothing in a file is fatal but a file in which no
format can be recognised. The bank's data (a bank's call centre in Israel, 1999) are described by I. Guedj and A. Mandelbaum,
"Anonymous Bank" Call-Center Data, Technion (2000), and by Brown et al., Statistical Analysis of a Telephone Call Center,
JASA 100 (2005); docs/load.md says where they are and what every column is taken for.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from centre120.errors import CentreError, Fault
from centre120.names import LANGUAGES

BANK_COLUMNS = (
    "vru+line", "call_id", "customer_id", "priority", "type", "date", "vru_entry", "vru_exit", "vru_time",
    "q_start", "q_exit", "q_time", "outcome", "ser_start", "ser_exit", "ser_time", "server",
)  # fmt: skip
OWN_COLUMNS = ("arrived_at", "type", "service_seconds", "patience_seconds")
OWN_OPTIONAL = ("outcome", "language", "priority")
ANSWERED, ABANDONED = "answered", "abandoned"
DAY = 86_400
NEVER = "0:00:00"
LONGEST_SECONDS = 7 * DAY
_CLOCK = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})")
_WHOLE = re.compile(r"-?\d{1,9}")
_SHOWN = 40


@dataclass(frozen=True)
class TraceCall:
    """One call that reached the queue. Seconds; `at` counts from the first midnight of the trace."""

    row: int  # of the file, from 1
    at: float
    type: str
    outcome: str  # answered, abandoned
    waited_seconds: float | None  # as the log has it; None: it does not say
    service_seconds: float | None  # None: was never served
    patience_seconds: float | None  # None: not known, or never gives up
    priority: int = 0  # points of centre120.queue_policy
    language: str = "ko"
    server: str = ""


@dataclass(frozen=True)
class RejectedRow:
    """A row that can not be read."""

    row: int
    reason: str


@dataclass(frozen=True)
class Trace:
    """What a file holds. `left_out` counts rows that are no call in a queue, by reason; `oddities` what was mended."""

    format: str  # bank, own
    first_day: date | None
    calls: tuple[TraceCall, ...]
    rejected: tuple[RejectedRow, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)
    oddities: Mapping[str, int] = field(default_factory=dict)


class BadRow(ValueError):
    """Why a row can not be read."""


def read_trace(lines: Iterable[str]) -> Trace:
    """Any of the two formats, separated by tabs, commas, semicolons or blanks. Raises `trace-format-unknown`."""
    numbered = ((number, line.strip("\r\n\ufeff\x00")) for number, line in enumerate(lines, 1))
    rows = ((number, line) for number, line in numbered if line.strip())
    number, header = next(rows, (0, ""))
    separator = separator_of(header)
    names = [name.strip().strip('"').lower() for name in cut_line(header, separator)]
    if {"q_start", "outcome", "ser_time"} <= set(names):
        return _collect("bank", names, separator, rows)
    if set(OWN_COLUMNS) <= set(names):
        return _collect("own", names, separator, rows)
    if len(names) == len(BANK_COLUMNS) and _CLOCK.fullmatch(names[6]):
        return _collect("bank", list(BANK_COLUMNS), separator, _and_then((number, header), rows))
    raise CentreError(
        "trace-format-unknown",
        f"The first line of the trace is no header that is known: {header[:120]!r}.",
        f"Give a file with the columns {', '.join(OWN_COLUMNS)}, or the Anonymous Bank's (docs/load.md).",
        Fault.CONFIGURATION,
    )


def _and_then(first: tuple[int, str], rest: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    yield first
    yield from rest


def separator_of(header: str) -> str:
    return next((sign for sign in "\t;," if sign in header), " ")


def cut_line(line: str, separator: str) -> list[str]:
    return line.split() if separator == " " else line.split(separator)


def _collect(kind: str, names: list[str], separator: str, rows: Iterable[tuple[int, str]]) -> Trace:
    """Rows one by one; the moments are counted from the first day that any row names."""
    read = _bank_row if kind == "bank" else _own_row
    found: list[tuple[datetime, TraceCall]] = []
    rejected: list[RejectedRow] = []
    left_out: Counter[str] = Counter()
    oddities: Counter[str] = Counter()
    for number, line in rows:
        cells = [cell.strip().strip('"') for cell in cut_line(line, separator)]
        while len(cells) > len(names) and not cells[-1]:
            cells.pop()  # the bank's files end lines with a separator
        if len(cells) != len(names):
            rejected.append(RejectedRow(number, f"{len(cells)} columns instead of {len(names)}"))
            continue
        try:
            made = read(number, dict(zip(names, cells, strict=True)), oddities)
        except BadRow as error:
            rejected.append(RejectedRow(number, str(error)))
            continue
        if isinstance(made, str):
            left_out[made] += 1
        else:
            found.append(made)
    first = min((moment for moment, _ in found), default=None)
    calls = []
    for moment, call in found:
        assert first is not None  # noqa: S101 - there is at least this one
        midnight = datetime.combine(first.date(), datetime.min.time())
        calls.append(_moved(call, (moment - midnight).total_seconds()))
    calls.sort(key=lambda call: (call.at, call.row))
    return Trace(kind, first.date() if first else None, tuple(calls), tuple(rejected), left_out, oddities)


def _moved(call: TraceCall, at: float) -> TraceCall:
    return TraceCall(call.row, at, call.type, call.outcome, call.waited_seconds, call.service_seconds,
                     call.patience_seconds, call.priority, call.language, call.server)  # fmt: skip


# --- the bank's format --------------------------------------------------------------------------------------------


def _bank_row(
    number: int, cells: Mapping[str, str], oddities: Counter[str]
) -> tuple[datetime, TraceCall] | str:
    """One call; or the reason why the row is none that reached the queue."""
    outcome = cells["outcome"].upper()
    if outcome == "PHANTOM":
        return "phantom"
    if outcome not in ("AGENT", "HANG"):
        raise BadRow(f"outcome {cells['outcome'][:_SHOWN]!r} is none of AGENT, HANG, PHANTOM")
    day = bank_day(cells["date"])
    entered = clock(cells["vru_entry"], "vru_entry")
    waited = whole_seconds(cells["q_time"], "q_time", oddities)
    if whole_seconds(cells.get("vru_time", "0"), "vru_time", oddities) > LONGEST_SECONDS:
        raise BadRow("vru_time is longer than a week")
    service = whole_seconds(cells["ser_time"], "ser_time", oddities)
    queued = clock(cells["q_start"], "q_start")
    never_queued = queued == 0 and waited == 0
    if outcome == "HANG" and never_queued:
        return "hung up in the menu"
    if never_queued:  # an agent was free: the moment it left the menu
        queued = clock(cells["vru_exit"], "vru_exit") or entered
    if queued < entered - DAY / 2:  # past midnight, on the next day
        queued += DAY
    if cells["server"].upper() == "NO_SERVER" and outcome == "AGENT":
        oddities["answered by NO_SERVER"] += 1
    served = outcome == "AGENT"
    return day + timedelta(seconds=queued), TraceCall(
        row=number,
        at=0.0,
        type=cells["type"][:_SHOWN],
        outcome=ANSWERED if served else ABANDONED,
        waited_seconds=float(waited),
        service_seconds=float(service) if served else None,
        patience_seconds=None if served else float(waited),
        priority=_bank_priority(cells["priority"]),
        server="" if cells["server"].upper() == "NO_SERVER" else cells["server"][:_SHOWN],
    )


def bank_day(text: str) -> datetime:
    """990101: year, month, day; also 19990101 and 1999-01-01, as spreadsheets write it."""
    if not text.isascii() or not re.fullmatch(r"\d{6}|\d{8}|\d{4}-\d{2}-\d{2}", text):
        raise BadRow(f"date {text[:_SHOWN]!r} is neither six digits nor a day")
    digits = text.replace("-", "")
    year = int(digits[:-4])
    if len(digits) == 6:
        year += 1900 if year >= 70 else 2000
    try:
        return datetime(year, int(digits[-4:-2]), int(digits[-2:]))  # noqa: DTZ001 - the log's own wall clock
    except ValueError:
        raise BadRow(f"date {text} is no day") from None


def clock(text: str, column: str) -> int:
    """Seconds since midnight; `0:00:00` is also the bank's word for never."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise BadRow(f"{column} {text[:_SHOWN]!r} is no time of day")
    hours, minutes, seconds = map(int, found.groups())
    if hours > 24 or minutes > 59 or seconds > 59:
        raise BadRow(f"{column} {text} is no time of day")
    return hours * 3600 + minutes * 60 + seconds


def whole_seconds(text: str, column: str, oddities: Counter[str]) -> int:
    """Whole seconds; a negative duration, of which the bank has some, counts as none."""
    if not _WHOLE.fullmatch(text):
        raise BadRow(f"{column} {text[:_SHOWN]!r} is no whole number of seconds")
    seconds = int(text)
    if seconds < 0:
        oddities[f"negative {column}"] += 1
    if seconds > LONGEST_SECONDS:
        raise BadRow(f"{column} is longer than a week")
    return max(0, seconds)


def _bank_priority(text: str) -> int:
    """The bank let its priority customers (2) in as if they had waited 90 s longer: three of our points of 30 s."""
    if not _WHOLE.fullmatch(text):
        raise BadRow(f"priority {text[:_SHOWN]!r} is no number")
    return 3 if int(text) == 2 else 0


# --- our own format -----------------------------------------------------------------------------------------------


def _own_row(
    number: int, cells: Mapping[str, str], oddities: Counter[str]
) -> tuple[datetime, TraceCall] | str:
    service = _seconds(cells["service_seconds"], "service_seconds")
    patience = _seconds(cells["patience_seconds"], "patience_seconds")
    outcome = cells.get("outcome", "").lower() or (ABANDONED if service is None else ANSWERED)
    if outcome not in (ANSWERED, ABANDONED):
        raise BadRow(f"outcome {cells['outcome'][:_SHOWN]!r} is none of answered, abandoned")
    if outcome == ANSWERED and service is None:
        raise BadRow("an answered call needs its service_seconds")
    if outcome == ABANDONED and patience is None:
        raise BadRow("an abandoned call needs its patience_seconds")
    language = cells.get("language", "") or "ko"
    if language not in LANGUAGES:
        raise BadRow(f"language {language[:_SHOWN]!r} is none of {' '.join(LANGUAGES)}")
    priority = cells.get("priority", "") or "0"
    if not re.fullmatch(r"\d{1,3}", priority):
        raise BadRow(f"priority {priority[:_SHOWN]!r} is no number from 0 to 999")
    return _moment(cells["arrived_at"]), TraceCall(
        row=number,
        at=0.0,
        type=cells["type"][:_SHOWN],
        outcome=outcome,
        waited_seconds=patience if outcome == ABANDONED else None,
        service_seconds=service,
        patience_seconds=patience,
        priority=int(priority),
        language=language,
    )


def _moment(text: str) -> datetime:
    """ISO 8601, or seconds since any midnight. A zone is dropped: the wall clock of the room is what counts."""
    try:
        seconds = float(text)
    except ValueError:
        pass
    else:
        if not 0 <= seconds <= 366 * DAY:
            raise BadRow(f"arrived_at {text[:_SHOWN]} is not from 0 to a year of seconds")
        return datetime(2000, 1, 1) + timedelta(seconds=seconds)  # noqa: DTZ001 - any midnight
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise BadRow(f"arrived_at {text[:_SHOWN]!r} is neither ISO 8601 nor seconds") from None


def _seconds(text: str, column: str) -> float | None:
    """None when empty."""
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        raise BadRow(f"{column} {text[:_SHOWN]!r} is no number of seconds") from None
    if not 0 <= seconds <= LONGEST_SECONDS:
        raise BadRow(f"{column} {text[:_SHOWN]} is not from 0 to a week")
    return seconds
