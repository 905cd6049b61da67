"""The files of the first two witnesses, read from a moment on, for the books: CEL and journals, all parts of them.

Read to the size they had at the beginning, so that the recorder can be waited for. A file that stands there twice
(a copy made by rotation) is read once.
"""

import contextlib
import fcntl
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from centre120 import names
from centre120.journal_witness import JournalWitness
from centre120.rejected import LONGEST_LINE, Rejected
from centre120.settings import Settings
from centre120.sip_witness import CALLBACK_PROMPT, SipWitness
from centre120.witnesses import CelEvent, JournalRecord, parse_time
from ops.recorder.archive import all_sources
from ops.recorder.parsing import parse_line
from ops.recorder.tail import Line, identity, read_lines

MARGIN = timedelta(hours=1)
"""Calls that arrived up to this much before the window are recognised as such and left out."""

_CEL_TIME = re.compile(rb'"eventtime":\s*"?([0-9.]+)')
_JOURNAL_TIME = re.compile(rb'"at":\s*"([^"]+)"')
_ASKED_FOR = re.compile(
    rb'"eventtype":\s*"(?:CHAN_START|CHAN_END|HANGUP|ANSWER|BRIDGE_ENTER|BRIDGE_EXIT|'
    + "|".join(
        (names.CEL_ENTERED, names.CEL_REFUSED, names.CEL_QUEUED, names.CEL_FALLBACK, names.CEL_STATUS_HEARD)
    ).encode("ascii")
    + rb')"|'
    + CALLBACK_PROMPT.encode("ascii")
)
"""What the first witness asks for; half of all lines are passed over unread. No line bears a text of the caller's."""
_ALL = 1 << 62


@dataclass(frozen=True)
class Part:
    """One file as it was when it was looked at."""

    kind: str
    path: Path
    file_id: str
    size: int


@dataclass
class Files:
    """What was read; `sizes` is how far the recorder must have come to know the same."""

    sip: SipWitness
    journal: JournalWitness
    parts: list[Part]
    unreadable: int = 0
    cel_begins_at: datetime | None = None
    sizes: dict[str, int] = field(default_factory=dict)


def list_parts(settings: Settings) -> list[Part]:
    """All parts of CEL and journals, the oldest first."""
    found: dict[str, tuple[int, Part]] = {}
    sources = [source for source in all_sources(settings) if source.kind != "cdr"]
    for source in (
        *sources,
        *sources,
    ):  # twice: a file that is renamed while a folder is read may be passed over
        for path, (_, _, changed_ns) in source.files():
            with contextlib.suppress(OSError), path.open("rb") as file:
                first = file.readline(LONGEST_LINE)
                size = file.seek(0, 2)
                file_id = identity(first)
                if first.endswith(b"\n") and (file_id not in found or found[file_id][1].size < size):
                    found[file_id] = changed_ns, Part(source.kind, path, file_id, size)
    return [part for _, part in sorted(found.values(), key=lambda entry: (entry[0], str(entry[1].path)))]


def read_files(settings: Settings, since: datetime) -> Files:
    """Both witnesses, of what was written from `since` (less MARGIN) on."""
    parts = list_parts(settings)
    files = Files(SipWitness(since), JournalWitness(), parts)
    begins = [at for part in parts if part.kind == "cel" and (at := _first_time(part)) is not None]
    files.cel_begins_at = min(begins, default=None)
    for part in parts:
        take = files_take_cel if part.kind == "cel" else files_take_journal
        position = _position(part, since - MARGIN)
        files.sizes[part.file_id] = position
        for line in _lines(settings, part, position):
            files.sizes[part.file_id] = line.end
            if line.content:
                take(files, line)
    return files


def files_take_cel(files: Files, line: Line) -> None:
    """One line of CEL."""
    if not _ASKED_FOR.search(line.content):
        return
    _, parsed = parse_line("cel", line.content)
    if isinstance(parsed, CelEvent):
        files.sip.take(parsed, (line.file_id, line.end))
    else:
        files.unreadable += 1


def files_take_journal(files: Files, line: Line) -> None:
    """One line of a journal."""
    content, parsed = parse_line("journal", line.content)
    if isinstance(parsed, JournalRecord):
        files.journal.take(parsed, hash(content), line.file_id, (line.file_id, line.end))
    elif isinstance(parsed, Rejected):
        files.unreadable += 1
        files.journal.skip(line.file_id)


def _lines(settings: Settings, part: Part, position: int) -> Iterator[Line]:
    """To the size that the part had, also when it is rotated or archived meanwhile."""
    size, path, tries = part.size, part.path, 4
    while tries:
        tries -= 1
        for line in read_lines(path, {part.file_id: position}, _ALL):
            if line.file_id != part.file_id or line.end > size:
                break
            position = line.end
            yield line
        if position >= size:
            return
        where = [one.path for one in list_parts(settings) if one.file_id == part.file_id]
        if not where or where[0] == path:
            return  # what is left is no whole line
        path = where[0]


def _time_of(kind: str) -> Callable[[bytes], datetime | None]:
    pattern = _CEL_TIME if kind == "cel" else _JOURNAL_TIME

    def read(line: bytes) -> datetime | None:
        found = pattern.search(line)
        return parse_time(found[1].decode("ascii", "replace")) if found else None

    return read


def _first_time(part: Part) -> datetime | None:
    with contextlib.suppress(OSError), part.path.open("rb") as file:
        return _time_of(part.kind)(file.readline(LONGEST_LINE))
    return None


def _position(part: Part, since: datetime) -> int:
    """Where to begin: a line's first byte, with nothing younger than `since` before it but a part's first lines."""
    with contextlib.suppress(OSError), part.path.open("rb") as file:
        if (
            identity(file.readline(LONGEST_LINE)) == part.file_id
        ):  # else rotated just now: read it from the beginning
            return _bisect(file, _time_of(part.kind), part.size, since)
    return 0


def _bisect(file: BinaryIO, time_of: Callable[[bytes], datetime | None], size: int, since: datetime) -> int:
    low, high = 0, size
    while high - low > 65_536:
        middle = (low + high) // 2
        file.seek(middle)
        file.readline(LONGEST_LINE)
        start, at = file.tell(), None
        while at is None and file.tell() < high:
            at = time_of(file.readline(LONGEST_LINE))
        if at is None or at >= since:
            high = middle
        else:
            low = start
    return low


def silent_writers(settings: Settings) -> frozenset[str]:
    """Workers that do not run: a running one holds a lock on its journal."""
    silent = set()
    for path in settings.journal_dir.glob("*.jsonl"):
        with contextlib.suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            silent.add(path.name.removesuffix(".jsonl"))
    return frozenset(silent)
