"""What this worker did, on disk before it is done: one JSON object a line, flushed (fdatasync) before the action.

The call path must not wait for a slow disk: lines are written by one thread that flushes for everybody who waits at
that moment (group commit), and a wait ends after `PATIENCE_SECONDS` in favour of the citizen. A journal that cannot be
written is reported and calls go on: fail open to the citizen; what could not be written is kept in memory and written
as soon as it can be.

Numbers (`seq`) are never used twice: every start leaves a distance to the highest number on disk, greater than what a
power cut can take back, and numbers begin at the clock's milliseconds, so that not even a lost file repeats them.
Files: docs/record.md. Why this way: docs/decisions/journal-parts-and-reserve.md.
"""

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Any, Final

import orjson
import structlog

from ari_app.journal_file import JournalFile, clear_leftovers
from ari_app.journal_head import ENDS, Head
from ari_app.journal_reading import Follower, read_all, read_lines

__all__ = ["ENDS", "Follower", "Journal", "read_all"]

log = structlog.get_logger("journal")

PATIENCE_SECONDS = 0.2
IDLE_FLUSH_SECONDS = 0.05
"""Lines that nobody waits for are written together, this much later at most. Without lines the thread sleeps: looking
for them twenty times a second would cost a quiet worker half of its time."""
LINES_AT_ONCE: Final = 1_000
"""In one write and one flush: no more than these can be lost by a power cut."""
DISTANCE: Final = LINES_AT_ONCE + 1
KEPT_LINES: Final = 200_000
"""Unwritten lines in memory while the disk refuses: hours of them."""
COMPLAIN_SECONDS, ROTATE_AGAIN_SECONDS = 10.0, 60.0


class Journal:
    """Append-only file of one writer, in parts of `part_bytes` or a day (of `zone`), with `reserve_bytes` of room ahead."""

    def __init__(
        self,
        path: Path,
        writer: str,
        wall_clock: Callable[[], datetime],
        *,
        zone: tzinfo = UTC,
        part_bytes: int = 16 << 20,
        reserve_bytes: int = 32 << 20,
    ) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.writer = writer
        self._wall_clock = wall_clock
        self._zone, self._part_bytes = zone, part_bytes
        self._lines: list[bytes] = []
        self._unwritten: list[bytes] = []  # the thread's own
        self._waiting: list[tuple[asyncio.AbstractEventLoop, Callable[[bool], None]]] = []
        self._condition = threading.Condition()
        self._closing = self._asleep = False
        self._complained = self._rotated = -ROTATE_AGAIN_SECONDS
        self._head = Head()
        clear_leftovers(path)
        there = read_lines(path)
        for record, line in there:
            self._head.take(record, line)
        self.records: list[dict[str, Any]] = [record for record, _ in there]
        self._file = JournalFile(path, reserve_bytes)
        self._day = self._day_of(self.records[0]) if self.records else self._today()
        self._head_size = 0
        highest = max((record["seq"] for record in self.records), default=0)
        self._make_ready()
        self._seq = max(highest + DISTANCE, int(wall_clock().timestamp() * 1000)) - 1
        self._lines.append(_line(self._new_record("JournalOpened", reason="start", after=highest, carried=0)))
        self._thread = threading.Thread(target=self._write_for_ever, name="journal", daemon=True)
        self._thread.start()

    def append(self, kind: str, call_id: str | None = None, **fields: Any) -> None:
        """Queue one record. It is on disk once a later `flushed()` returned True."""
        with self._condition:
            record = self._new_record(kind, call_id, **fields)
            line = _line(record)
            self._head.take(record, line)
            self._lines.append(line)
            if self._asleep:
                self._asleep = False
                self._condition.notify()

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
        self._file.close()

    # --- under the lock, or before the thread runs ----------------------------------------------------------

    def _new_record(self, kind: str, call_id: str | None = None, **fields: Any) -> dict[str, Any]:
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
        return record

    def _make_ready(self) -> None:
        """A file whose last line was cut goes on with a line of its own; one without a whole record begins anew, so that
        its first line, by which the recorder knows it, is no torn one."""
        try:
            if not self.records:
                self._file.empty()
            elif not _ends_with_newline(self.path):
                self._file.write(b"\n")
        except OSError as error:
            log.error("journal not ready", path=str(self.path), error=str(error))

    # --- the thread -----------------------------------------------------------------------------------------

    def _write_for_ever(self) -> None:
        self._hold_room()
        while True:
            with self._condition:
                if not (self._lines or self._unwritten or self._waiting or self._closing):
                    self._asleep = True
                    self._condition.wait()
                    self._asleep = False
                if not self._waiting and not self._closing:
                    self._condition.wait(IDLE_FLUSH_SECONDS)
                lines, self._lines = self._lines, []
                waiting, self._waiting = self._waiting, []
                closing = self._closing
            done = self._write(lines)
            for loop, then in waiting:
                with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                    loop.call_soon_threadsafe(then, done)
            if closing:
                return
            if lines and done:
                self._hold_room()
                self._begin_part_when_due()

    def _write(self, lines: list[bytes]) -> bool:
        self._unwritten += lines
        while self._unwritten:
            try:
                self._file.write(b"".join(self._unwritten[:LINES_AT_ONCE]))
            except OSError as error:
                self._refused(error)
                return False
            del self._unwritten[:LINES_AT_ONCE]
        return True

    def _refused(self, error: OSError) -> None:
        lost = max(0, len(self._unwritten) - KEPT_LINES)
        del self._unwritten[:lost]
        if lost or time.monotonic() - self._complained >= COMPLAIN_SECONDS:
            self._complained = time.monotonic()
            log.error(
                "journal not written; calls go on, it is tried again",
                path=str(self.path),
                error=str(error),
                waiting_lines=len(self._unwritten),
                lost_lines=lost,
            )

    def _hold_room(self) -> None:
        try:
            if self._file.hold_room():
                return
        except OSError as error:
            log.warning("no room held for the journal", path=str(self.path), error=str(error))
            return
        if time.monotonic() - self._complained >= COMPLAIN_SECONDS:
            self._complained = time.monotonic()
            log.error("disk full: the journal lives on the room it holds; free some", path=str(self.path))

    def _begin_part_when_due(self) -> None:
        is_large = self._file.size - self._head_size >= self._part_bytes
        if not is_large and self._day == self._today():
            return
        if time.monotonic() - self._rotated < ROTATE_AGAIN_SECONDS and not is_large:
            return
        with self._condition:
            lines, self._lines = self._lines, []
            carried = self._head.lines(self._wall_clock())
            opened = self._new_record(
                "JournalOpened", reason="rotation", after=self._seq, carried=len(carried)
            )
        stamp = f"{self._wall_clock().astimezone(UTC):%Y%m%dT%H%M%S}-{opened['seq']:016d}"
        try:
            if not self._write(lines):
                raise OSError("the part before can not be finished")
            head = _line(opened) + b"".join(carried)
            self._file.begin_part(head, self.path.with_name(f"{self.path.name}.{stamp}"))
        except OSError as error:
            log.error(
                "no new part of the journal; going on in the old one", path=str(self.path), error=str(error)
            )
            self._write([_line(opened | {"reason": "not-rotated", "carried": 0})])  # its number is used
            self._head_size = self._file.size  # the next try when it has grown as much again
            self._rotated = time.monotonic()
            return
        self._day, self._head_size = self._today(), len(head)

    def _today(self) -> date:
        return self._wall_clock().astimezone(self._zone).date()

    def _day_of(self, record: dict[str, Any]) -> date:
        try:
            return datetime.fromisoformat(str(record.get("at"))).astimezone(self._zone).date()
        except ValueError:
            return self._today()


def _line(record: dict[str, Any]) -> bytes:
    """One line; half a surrogate pair, which orjson refuses, is written by the slower library."""
    try:
        return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError:
        return json.dumps(record, separators=(",", ":")).encode("ascii") + b"\n"


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        return file.seek(0, 2) == 0 or (file.seek(-1, 2) >= 0 and file.read(1) == b"\n")
