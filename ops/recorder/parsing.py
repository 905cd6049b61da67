"""Lines to a batch: parsed, or kept with the reason why not. No I/O."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from centre120.rejected import Rejected
from centre120.store.batches import Batch, CelLine, FileMark, RejectedLine, line_digest
from centre120.witnesses import (
    CdrRecord,
    CelEvent,
    JournalRecord,
    parse_cdr_line,
    parse_cel_line,
    parse_journal_line,
)
from ops.recorder.tail import Line

Parsed = JournalRecord | CelEvent | CdrRecord | Rejected
PARSERS: Final[dict[str, Callable[[bytes], Parsed]]] = {
    "journal": parse_journal_line,
    "cel": parse_cel_line,
    "cdr": parse_cdr_line,
}
_BEGINNINGS: Final = {"journal": b'{"writer"', "cel": b'{"eventtype"', "cdr": b'{"dcontext"'}


def to_batch(lines: Iterable[tuple[str, Line]]) -> Batch:
    """(kind, line) pairs as one batch; the marks say how far each file is read with it."""
    cel: list[CelLine] = []
    cdr: list[CdrRecord] = []
    journal: list[JournalRecord] = []
    rejected: list[RejectedLine] = []
    ends: dict[str, tuple[Path, int]] = {}
    for kind, line in lines:
        ends[line.file_id] = (line.path, line.end)
        if not line.content:
            continue
        content, parsed = parse_line(kind, line.content)
        if len(content) < len(line.content):
            torn = line.content[: -len(content)]
            rejected.append(
                RejectedLine(kind, str(line.path), line.position, torn, "torn line before a whole one")
            )
        if isinstance(parsed, Rejected):
            rejected.append(RejectedLine(kind, str(line.path), line.position, line.content, parsed.reason))
        elif isinstance(parsed, CelEvent):
            cel.append(CelLine(line_digest(content), parsed))
        elif isinstance(parsed, CdrRecord):
            cdr.append(parsed)
        else:
            journal.append(parsed)
    marks = [FileMark(file_id, str(path), end) for file_id, (path, end) in ends.items()]
    return Batch(cel, cdr, journal, rejected, marks)


def parse_line(kind: str, content: bytes) -> tuple[bytes, Parsed]:
    """The line, or the whole line at its end when a crash tore the one before it (no newline came
    between).
    """
    parsed = PARSERS[kind](content)
    if isinstance(parsed, Rejected):
        start = content.rfind(_BEGINNINGS[kind])
        if start > 0:
            saved = PARSERS[kind](content[start:])
            if not isinstance(saved, Rejected):
                return content[start:], saved
    return content, parsed
