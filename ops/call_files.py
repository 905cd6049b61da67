"""The files and consoles that know about a call, read while it goes on. The edge of `call_evidence`."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from centre120.settings import Settings
from ops.call_evidence import CallEvidence, Step, received_counts


class JsonLines:
    """The lines that a growing file got since the last look, also when it is rotated; starts at its present end."""

    def __init__(self, path: Path, *, from_start: bool = False) -> None:
        self._path = path
        self._rest = b""
        self._file: BinaryIO | None = None
        if self._open() and self._file and not from_start:
            self._file.seek(0, 2)

    def _open(self) -> bool:
        try:
            self._file = self._path.open("rb")
        except OSError:
            return False
        return True

    def _renamed(self) -> bool:
        assert self._file is not None  # noqa: S101 - new() looked
        here = os.fstat(self._file.fileno())
        try:
            there = self._path.stat()
        except OSError:
            return False  # renamed, and nothing written since
        return (here.st_dev, here.st_ino) != (there.st_dev, there.st_ino)

    def _read(self) -> bytes:
        if self._file is None and not self._open():
            return b""
        assert self._file is not None  # noqa: S101 - opened by the line above
        if os.fstat(self._file.fileno()).st_size < self._file.tell():  # emptied and begun anew
            self._file.seek(0)
            self._rest = b""
        renamed = self._renamed()  # asked first: what was written before the rename is then read whole
        data = self._file.read()
        if renamed:
            self._file.close()
            data += self._file.read() if self._open() else b""
        return data

    def new(self) -> Iterator[dict[str, Any]]:
        *lines, self._rest = (self._rest + self._read()).split(b"\n")
        for line in lines:
            value = parse_line(line)
            if value is not None:
                yield value


def parse_line(line: bytes) -> dict[str, Any] | None:
    """One JSON object; None for anything else."""
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


class Witnesses:
    """CEL, journals and the robots' file; `look()` gives the steps that are new."""

    def __init__(self, settings: Settings, evidence: CallEvidence) -> None:
        self._settings, self._evidence = settings, evidence
        self._cel = JsonLines(settings.cel_file)
        self._robots = JsonLines(settings.home / "state" / "robots-heard.jsonl")
        self._journals = {path: JsonLines(path) for path in self._journal_files()}
        self._unread_journal: list[dict[str, Any]] = []
        self._robot_lines: list[dict[str, Any]] = []

    def _journal_files(self) -> list[Path]:
        return sorted(self._settings.journal_dir.glob("*.jsonl"))

    def look(self) -> list[Step]:
        steps = [step for event in self._cel.new() for step in self._evidence.take_cel(event)]
        for path in self._journal_files():
            if path not in self._journals:
                self._journals[path] = JsonLines(path, from_start=True)
            self._unread_journal += self._journals[path].new()
        if self._evidence.call_id is not None:  # before that nobody can say which records are ours
            for record in self._unread_journal:
                steps += self._evidence.take_journal(record, _epoch(record.get("at")))
            self._unread_journal.clear()
        self._robot_lines += self._robots.new()
        return sorted(steps, key=lambda step: step.at)

    def heard_by_robot(self, tone: int) -> bool | None:
        """Whether the robot that answered heard us; None: no robot says anything about this call."""
        verdicts = [self._evidence.heard_at_far_end(line, tone) for line in self._robot_lines]
        known = [verdict for verdict in verdicts if verdict is not None]
        return any(known) if known else None


def received_by_channel(settings: Settings) -> dict[str, int]:
    """Packets that Asterisk received on each channel; {} when its console does not answer."""
    program = settings.parts_dir / "bin" / "asterisk"
    configuration = settings.asterisk_dir / "etc" / "asterisk.conf"
    command = [str(program), "-C", str(configuration), "-rx", "pjsip show channelstats"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        return {}
    return received_counts(answer.stdout)


def case_number_on_record(settings: Settings, call_id: str, within: float = 3.0) -> str | None:
    """From the database, for calls that never met ari_app; None when it can not say.

    The recorder puts a call on record a moment after it happened, hence `within`.
    """
    try:
        from centre120.store.calls import find_call
        from centre120.store.database import Database
    except ImportError:
        return None
    deadline = time.monotonic() + within
    database = Database(settings.sqlalchemy_url, pool_size=1)
    try:
        while True:
            with database.transaction() as transaction:
                call = find_call(transaction, UUID(call_id))
            if call is not None and call.case_number:
                return call.case_number
            if time.monotonic() > deadline:
                return None
            time.sleep(0.3)
    except Exception:  # whatever is wrong with the database: the call took place, and that is what is told
        return None
    finally:
        database.close()


def _epoch(at: object) -> float:
    try:
        return datetime.fromisoformat(str(at)).timestamp()
    except ValueError:
        return 0.0
