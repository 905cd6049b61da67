"""What this worker did, on disk before it is done: one JSON object a line, flushed (fdatasync) before the action.

The call path must not wait for a slow disk: lines are written by one thread that flushes for everybody who waits at
that moment (group commit), and a wait ends after `PATIENCE_SECONDS` in favour of the citizen. A journal that cannot be
written (full disk) is reported and calls go on: fail open to the citizen.
"""

import asyncio
import contextlib
import json
import os
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import structlog

log = structlog.get_logger("journal")

PATIENCE_SECONDS = 0.2
IDLE_FLUSH_SECONDS = 0.05
"""Lines that nobody waits for are written together, this much later at most."""


class Journal:
    """Append-only file of one writer. `seq` counts from 1 and goes on after a restart."""

    def __init__(self, path: Path, writer: str, wall_clock: Callable[[], datetime]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.writer = writer
        self._wall_clock = wall_clock
        self._seq = 0
        self._lines: list[bytes] = []
        self._waiting: list[tuple[asyncio.AbstractEventLoop, Callable[[bool], None]]] = []
        self._condition = threading.Condition()
        self._closing = False
        self.records: list[dict[str, Any]] = list(_read(path))
        if self.records:
            self._seq = int(self.records[-1]["seq"])
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        _end_last_line(path, self._file)
        self._thread = threading.Thread(target=self._write_for_ever, name="journal", daemon=True)
        self._thread.start()

    def append(self, kind: str, call_id: str | None = None, **fields: Any) -> None:
        """Queue one record. It is on disk once a later `flushed()` returned True."""
        self._seq += 1
        record: dict[str, Any] = {
            "writer": self.writer,
            "seq": self._seq,
            "at": self._wall_clock().isoformat(),
            "kind": kind,
        }
        if call_id is not None:
            record["call_id"] = call_id
        record.update(fields)
        line = _line(record)
        with self._condition:
            self._lines.append(line)

    def when_flushed(self, then: Callable[[bool], None]) -> None:
        """Call `then(True)` in this event loop once everything appended so far is on disk; `then(False)` if that failed."""
        with self._condition:
            self._waiting.append((asyncio.get_running_loop(), then))
            self._condition.notify()

    async def flushed(self) -> bool:
        """Wait until everything appended so far is on disk; False when it took too long or failed, and the call goes on."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.when_flushed(lambda done: None if future.done() else future.set_result(done))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await future
        except TimeoutError:
            log.error("journal is slow; the call goes on", seconds=PATIENCE_SECONDS, path=str(self.path))
            return False

    def close(self) -> None:
        """Write what is left and stop the thread."""
        with self._condition:
            self._closing = True
            self._condition.notify()
        self._thread.join(timeout=2)
        os.close(self._file)

    def _write_for_ever(self) -> None:
        while True:
            with self._condition:
                if not self._waiting and not self._closing:
                    self._condition.wait(IDLE_FLUSH_SECONDS)
                lines, self._lines = self._lines, []
                waiting, self._waiting = self._waiting, []
                closing = self._closing
            done = self._write(b"".join(lines)) if lines else True
            for loop, then in waiting:
                with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                    loop.call_soon_threadsafe(then, done)
            if closing:
                return

    def _write(self, block: bytes) -> bool:
        try:
            view = memoryview(block)
            while view:
                view = view[os.write(self._file, view) :]
            os.fdatasync(self._file)
        except OSError as error:
            log.error(
                "journal not written; calls go on, the books will show it",
                path=str(self.path),
                error=str(error),
            )
            return False
        return True


def _line(record: dict[str, Any]) -> bytes:
    """One line; half a surrogate pair, which orjson refuses, is written by the slower library."""
    try:
        return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError:
        return json.dumps(record, separators=(",", ":")).encode("ascii") + b"\n"


def _read(path: Path) -> list[dict[str, Any]]:
    """Whole records of an earlier life; a line cut by a crash is passed over."""
    if not path.exists():
        return []
    records = []
    for line in path.read_bytes().split(b"\n"):
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and isinstance(record.get("seq"), int):
            records.append(record)
    return records


def read_all(directory: Path) -> list[dict[str, Any]]:
    """The records of every writer, by time."""
    records = [record for path in sorted(directory.glob("*.jsonl")) for record in _read(path)]
    return sorted(records, key=lambda record: str(record.get("at")))


def _end_last_line(path: Path, file: int) -> None:
    """After a crash in the middle of a line: end it, so that the next record begins on a line of its own."""
    size = path.stat().st_size
    if not size:
        return
    with path.open("rb") as reading:
        reading.seek(size - 1)
        if reading.read(1) != b"\n":
            os.write(file, b"\n")
