"""Reading journals: one file, all writers together, or one that grows and is rotated.

A line that is no whole record (cut by a crash, broken on the disk) is passed over; everything whole is kept.
"""

import heapq
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

Record = dict[str, Any]
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def parse(line: bytes) -> Record | None:
    """One whole record, or None."""
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        try:  # half a surrogate pair, which orjson does not read
            record = json.loads(line)
        except (ValueError, RecursionError):
            return None
    if not isinstance(record, dict) or type(record.get("seq")) is not int or record["seq"] < 0:
        return None
    return record


def read_lines(path: Path) -> list[tuple[Record, bytes]]:
    """The whole records of one file, each with its line as it stands there."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    found = []
    for line in content.split(b"\n"):
        record = parse(line) if line else None
        if record is not None:
            found.append((record, line + b"\n"))
    return found


def read_all(journal_dir: Path) -> list[Record]:
    """The current parts of all writers, merged by time.

    A part begins with copies of all that matters of older ones, so this is all a worker needs to know what goes on.
    Of one writer the records keep their order (by seq) even when the clock was set back between them.
    """
    parts = []
    for path in sorted(journal_dir.glob("*.jsonl")):
        by_seq = {record["seq"]: record for record, _ in read_lines(path)}
        parts.append(_dated([by_seq[seq] for seq in sorted(by_seq)]))
    return [record for _, record in heapq.merge(*parts, key=lambda dated: dated[0])]


def _dated(records: list[Record]) -> Iterator[tuple[datetime, Record]]:
    latest = _LONG_AGO
    for record in records:
        try:
            at = datetime.fromisoformat(record["at"])
            latest = max(latest, at if at.tzinfo else at.replace(tzinfo=UTC))
        except (KeyError, TypeError, ValueError):
            pass  # as late as the one before
        yield latest, record


class Follower:
    """What one writer adds to its journal, from the beginning of its current part on; survives rotation.

    `fresh()` is cheap when there is nothing: one fstat and one stat. Copies of older records at the head of a part are
    given once. Not for several threads.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1
        self._offset = 0
        self._rest = b""
        self._highest = -1
        self._given: set[int] = set()  # of the current part's head, whose numbers are not in order

    def fresh(self) -> list[Record]:
        """Whole records since the last call, in the order they were written. Empty when there is no file (yet)."""
        if self._file < 0 and not self._open(self._path):
            return []
        found = self._read()
        for part in self._parts_after_ours():
            found += self._read()  # its last lines, written until it was rotated
            if not self._open(part):
                break
            found += self._read()
        return found

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _open(self, path: Path) -> bool:
        try:
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        self.close()
        self._file, self._offset, self._rest = file, 0, b""
        return True

    def _parts_after_ours(self) -> list[Path]:
        """Empty while the file we read is still the current one. Parts that were archived meanwhile are passed over: the head of
        the next one says what mattered."""
        ours = os.fstat(self._file)
        try:
            now = self._path.stat()
        except FileNotFoundError:
            return []
        if (now.st_dev, now.st_ino) == (ours.st_dev, ours.st_ino):
            return []
        rotated = sorted(self._path.parent.glob(f"{self._path.name}.*-*"))
        places = []
        for number, part in enumerate(rotated):
            try:
                if part.stat().st_ino == ours.st_ino:
                    places.append(number)
            except FileNotFoundError:
                continue
        later = rotated[places[-1] + 1 :] if places else rotated
        return [*later, self._path]

    def _read(self) -> list[Record]:
        size = os.fstat(self._file).st_size
        if size <= self._offset:
            return []  # also when a block that failed was taken back: it is written again, the same
        block = os.pread(self._file, size - self._offset, self._offset)
        self._offset += len(block)
        *lines, self._rest = (self._rest + block).split(b"\n")
        found = []
        for line in lines:
            record = parse(line) if line else None
            if record is not None and self._is_new(record["seq"]):
                found.append(record)
        return found

    def _is_new(self, seq: int) -> bool:
        if seq > self._highest:
            self._highest = seq
        elif seq in self._given:
            return False
        self._given.add(seq)
        if len(self._given) > 400_000:  # far more than a part holds
            self._given = {one for one in self._given if one > self._highest - 200_000}
        return True
