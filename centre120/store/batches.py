"""What one transaction of the recorder brings: lines of the witnesses as values, and how far each file
is read.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from centre120.witnesses import CdrRecord, CelEvent, JournalRecord


@dataclass(frozen=True)
class CelLine:
    digest: UUID
    event: CelEvent


@dataclass(frozen=True)
class RejectedLine:
    source: str  # journal, cel, cdr
    path: str
    position: int
    line: bytes
    reason: str


@dataclass(frozen=True)
class FileMark:
    """`file_id` is the digest of the file's first line: it follows the file through renames and copies."""

    file_id: str
    path: str
    position: int


@dataclass(frozen=True)
class Batch:
    cel: Sequence[CelLine] = ()
    cdr: Sequence[CdrRecord] = ()
    journal: Sequence[JournalRecord] = ()
    rejected: Sequence[RejectedLine] = ()
    marks: Sequence[FileMark] = ()

    def __bool__(self) -> bool:
        return bool(self.marks)


def line_digest(line: bytes) -> UUID:
    """The identity of a line, wherever it stands."""
    return UUID(bytes=hashlib.blake2b(line, digest_size=16).digest())
