"""What the three witnesses wrote, line by line, as values: the journal, Asterisk's CEL and its CDR.

A line that is not what it should be becomes a `Rejected` with the reason; nothing in here raises. Rules
of this file: no clock, no I/O, and no field of a line is trusted to have its type.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid5

from centre120.asterisk_json import read_asterisk_line
from centre120.clean_text import clean_json, clean_text
from centre120.rejected import LONGEST_LINE, Rejected

NAMELESS: Final = UUID("5b6f2d0e-6f5b-5d0c-9d0a-120120120120")
"""Name space of the ids of calls that ended before the dialplan could give them one."""
_HIGHEST: Final = 2**63 - 1
_FIRST_YEAR, _LAST_YEAR = 2000, 2200


@dataclass(frozen=True)
class JournalRecord:
    writer: str
    seq: int
    at: datetime
    kind: str
    call_id: UUID | None
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CelEvent:
    """Field names as in the file, but: `at` eventtime, `event` eventenum, `user_event` userdeftype,
    `extra` eventextra.
    """

    at: datetime
    event: str
    user_event: str | None = None
    name: str = ""
    num: str = ""
    ani: str = ""
    rdnis: str = ""
    dnid: str = ""
    exten: str = ""
    context: str = ""
    channame: str = ""
    appname: str = ""
    appdata: str = ""
    amaflags: str = ""
    accountcode: str = ""
    uniqueid: str = ""
    linkedid: str = ""
    peer: str = ""
    peeraccount: str = ""
    userfield: str = ""
    extra: str = ""

    @property
    def call_id(self) -> UUID | None:
        """Ours, where the dialplan had set it by then."""
        return parse_uuid(self.accountcode)


@dataclass(frozen=True)
class CdrRecord:
    uniqueid: str
    sequence: int
    linkedid: str
    accountcode: str
    texts: Mapping[str, str]
    start_at: datetime | None
    answer_at: datetime | None
    end_at: datetime | None
    duration_seconds: float | None
    billsec_seconds: float | None


_CEL_TEXTS: Final = (
    *(
        "name",
        "num",
        "ani",
        "rdnis",
        "dnid",
        "exten",
        "context",
        "channame",
        "appname",
        "appdata",
        "amaflags",
    ),
    *("accountcode", "uniqueid", "linkedid", "peer", "peeraccount", "userfield"),
)
_CDR_TEXTS: Final = (
    *("clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata", "disposition"),
    *("amaflags", "userfield", "peeraccount"),
)


def parse_journal_line(line: bytes) -> JournalRecord | Rejected:
    """One line of a journal."""
    read = _object(line)
    if isinstance(read, Rejected):
        return read
    writer, seq, kind = read.get("writer"), read.get("seq"), read.get("kind")
    at = parse_time(read.get("at"))
    if not isinstance(writer, str) or not writer or len(writer) > 100 or writer == "cel":
        return Rejected("writer is missing or no name")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq <= _HIGHEST:
        return Rejected("seq is missing or no number")
    if not isinstance(kind, str) or not kind or len(kind) > 100:
        return Rejected("kind is missing or no name")
    if at is None:
        return Rejected("at is missing or no time")
    call = read.get("call_id")
    call_id = parse_uuid(call)
    if call is not None and call_id is None:
        return Rejected("call_id is no UUID")
    rest = {
        key: entry for key, entry in read.items() if key not in ("writer", "seq", "at", "kind", "call_id")
    }
    cleaned = clean_json(rest)
    return JournalRecord(
        clean_text(writer), seq, at, clean_text(kind), call_id, cleaned if isinstance(cleaned, dict) else {}
    )


def parse_cel_line(line: bytes) -> CelEvent | Rejected:
    """One line of cel.json."""
    read = read_asterisk_line(line)
    if isinstance(read, Rejected):
        return read
    event = as_text(read.get("eventenum")) or as_text(read.get("eventtype"))
    at = parse_time(read.get("eventtime"))
    if not event:
        return Rejected("eventenum is missing")
    if at is None:
        return Rejected("eventtime is missing or no time")
    user_event = as_text(read.get("userdeftype")) or None
    if event == "USER_DEFINED" and user_event is None:
        user_event = as_text(read.get("eventtype")) or None
    texts = {name: as_text(read[name]) for name in _CEL_TEXTS if name in read}
    return CelEvent(at, event, user_event, extra=_extra(read.get("eventextra")), **texts)


def _extra(entry: object) -> str:
    """User events carry their text as {"extra": text}; other events carry JSON, kept as it is."""
    if isinstance(entry, str):
        try:
            inner = json.loads(entry)
        except (ValueError, RecursionError):
            return as_text(entry, 40_000)
        entry = inner if isinstance(inner, dict) else entry
    if isinstance(entry, dict):
        if set(entry) == {"extra"}:
            return as_text(entry["extra"], 40_000)
        return as_text(json.dumps(clean_json(entry), ensure_ascii=False), 40_000)
    return as_text(entry, 40_000)


def parse_cdr_line(line: bytes) -> CdrRecord | Rejected:
    """One line of cdr.json."""
    read = read_asterisk_line(line)
    if isinstance(read, Rejected):
        return read
    uniqueid, sequence = as_text(read.get("uniqueid")), _number(read.get("sequence"))
    if not uniqueid or sequence is None or not 0 <= sequence <= _HIGHEST:
        return Rejected("uniqueid or sequence is missing")
    return CdrRecord(
        uniqueid,
        int(sequence),
        as_text(read.get("linkedid")),
        as_text(read.get("accountcode")),
        {name: as_text(read.get(name)) for name in _CDR_TEXTS},
        parse_time(read.get("start")),
        parse_time(read.get("answer")),
        parse_time(read.get("end")),
        _number(read.get("duration")),
        _number(read.get("billsec")),
    )


def extra_fields(extra: str) -> dict[str, str]:
    """`origin=120;outside=0` as a dictionary; what has no '=' is left out."""
    pairs = (part.split("=", 1) for part in extra.split(";"))
    return {pair[0].strip(): pair[1].strip() for pair in pairs if len(pair) == 2}


def parse_time(entry: object) -> datetime | None:
    """ISO 8601 or epoch seconds, as UTC. Without a zone it is UTC: our configuration writes no other."""
    number = _number(entry)
    try:
        if number is not None:
            moment = datetime.fromtimestamp(round(number, 6), UTC)
        elif isinstance(entry, str):
            moment = datetime.fromisoformat(entry.strip())
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return moment if _FIRST_YEAR <= moment.year < _LAST_YEAR else None


def parse_uuid(entry: object) -> UUID | None:
    """A UUID in its usual form, else None."""
    if not isinstance(entry, str) or len(entry) != 36:
        return None
    try:
        return UUID(entry)
    except ValueError:
        return None


def nameless_call_id(uniqueid: str, at: datetime) -> UUID:
    """The id of an INVITE that ended before the dialplan named it; `at` is its CHAN_START, in UTC."""
    return uuid5(NAMELESS, f"{uniqueid} {at.isoformat()}")


def as_text(entry: object, limit: int = 4_000) -> str:
    """Any scalar of a line as storable text."""
    if entry is None or isinstance(entry, (dict, list)):
        return ""
    return clean_text(entry if isinstance(entry, str) else str(entry), limit)


def _number(entry: object) -> float | None:
    if isinstance(entry, bool):
        return None
    if isinstance(entry, str):
        try:
            entry = float(entry)
        except ValueError:
            return None
    if isinstance(entry, (int, float)):
        try:
            number = float(entry)
        except OverflowError:
            return None
        return number if math.isfinite(number) else None
    return None


def _object(line: bytes) -> dict[str, Any] | Rejected:
    if len(line) > LONGEST_LINE:
        return Rejected(f"longer than {LONGEST_LINE} bytes")
    try:
        read = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        return Rejected("not UTF-8")
    except (ValueError, RecursionError):
        return Rejected("not JSON")
    return read if isinstance(read, dict) else Rejected("not a JSON object")
