"""A journal cut at any byte, broken in the middle, or left in the middle of a rotation: reading, going on, shipping and
reconciling work, nothing whole is lost, and no number comes twice."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ari_app import reconcile
from ari_app.journal import DISTANCE, Journal
from ari_app.journal_reading import parse, read_all, read_lines
from ops.recorder.parsing import to_batch
from ops.recorder.tail import Source

START = datetime(2026, 11, 21, tzinfo=UTC)
QUEUED = {
    "channel_id": "1.1",
    "trunk": "trunk_a",
    "origin_number": "120",
    "dialled_number": "120",
    "outside_area": False,
    "caller_number": "01012345678",
    "caller_name": '시민 "\\',
    "language": "ko",
    "queued_at": START.isoformat(),
}


class Clock:
    """Each life of a worker begins a second later."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at


class Shop:
    """The recorder as far as this matters: reads files from its positions, keeps each (writer, seq) once."""

    def __init__(self, directory: Path) -> None:
        self.source = Source("journal", directory, "*.jsonl*")
        self.positions: dict[str, int] = {}
        self.known: dict[tuple[str, int], tuple[Any, ...]] = {}
        self.reused: list[tuple[str, int]] = []

    def read(self) -> None:
        batch = to_batch(("journal", line) for line in self.source.read(self.positions, 1 << 30))
        self.positions |= {mark.file_id: mark.position for mark in batch.marks}
        for record in batch.journal:
            key, content = (record.writer, record.seq), (record.at, record.kind, record.call_id)
            if self.known.setdefault(key, content) != content:
                self.reused.append(key)

    def calls(self, kind: str) -> set[int]:
        return {c[2].int for c in self.known.values() if c[1] == kind and c[2] is not None}


def live(path: Path, clock: Clock, first: int, calls: int) -> Journal:
    """A worker that queues some calls and ends every second one; not closed, as if killed."""
    journal = Journal(path, "ari_app-1", clock, reserve_bytes=0)
    for number in range(first, first + calls):
        call_id = str(UUID(int=number))
        journal.append("CallQueued", call_id, case_number=f"2611211{number:05d}0", **QUEUED)
        if number % 2:
            journal.append("CallAbandoned", call_id, waited_seconds=1.0)
    return journal


def test_cut_at_every_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fdatasync", lambda _: None)  # the cuts are made here, not by a power failure
    clock = Clock()
    made = tmp_path / "made" / "ari_app-1.jsonl"
    live(made, clock, 1, 2).close()
    whole = made.read_bytes()
    lines = whole.splitlines(keepends=True)
    ends = [sum(map(len, lines[: number + 1])) for number in range(len(lines))]
    for cut in range(len(whole) + 1):
        directory = tmp_path / "cut"
        directory.mkdir()
        path = directory / "ari_app-1.jsonl"
        path.write_bytes(whole)
        shop = Shop(directory)
        if cut % 2:
            shop.read()  # the recorder had read what a power cut then took back
        path.write_bytes(whole[:cut])
        shop.read()
        clock.at += timedelta(seconds=1)
        second = live(path, clock, 10, 2)
        kept = sum(end - 1 <= cut for end in ends)  # a line that lost only its newline is whole
        assert len(second.records) == kept
        assert len(reconcile.open_calls(second.records, 0.0, START)) == len(
            {n for n in (1, 2) if _is_open(lines[:kept], n)}
        )
        second.close()
        assert parse(path.read_bytes().split(b"\n")[0]), (
            "two journals with one torn first line would be one file"
        )
        shop.source.forget()
        shop.read()
        assert shop.reused == [], cut
        assert shop.calls("CallQueued") >= {10, 11} | {
            n for n in (1, 2) if _is_open(lines[:kept], n, ended=True)
        }
        assert shop.calls("CallAbandoned") >= {11}
        for file in directory.iterdir():
            file.unlink()
        directory.rmdir()


def _is_open(lines: list[bytes], number: int, ended: bool = False) -> bool:
    told = [
        record for line in lines if (record := parse(line)) and record.get("call_id") == str(UUID(int=number))
    ]
    return bool(told) and (ended or all(record["kind"] != "CallAbandoned" for record in told))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1), junk=st.binary(min_size=1, max_size=300), replace=st.booleans())
def test_broken_bytes_in_the_middle_cost_no_other_line(
    tmp_path: Path, place: float, junk: bytes, replace: bool
) -> None:
    directory = tmp_path / f"{time.monotonic_ns()}"
    path = directory / "ari_app-1.jsonl"
    clock = Clock()
    live(path, clock, 1, 6).close()
    whole = path.read_bytes()
    start = int(place * len(whole))
    end = start + len(junk) if replace else start
    path.write_bytes(whole[:start] + junk + whole[end:])
    untouched = [line for line in whole.splitlines(keepends=True) if line in path.read_bytes()]
    clock.at += timedelta(seconds=1)
    second = live(path, clock, 10, 1)
    second.close()
    read = {line for _, line in read_lines(path)}
    assert {line for line in untouched if b"\n" + line in b"\n" + path.read_bytes()} <= read
    shop = Shop(directory)
    shop.read()
    assert 10 in shop.calls("CallQueued")


def test_after_a_start_the_distance_is_greater_than_what_a_power_cut_takes(tmp_path: Path) -> None:
    """With a clock that stands still nothing but the distance keeps numbers apart."""
    path = tmp_path / "ari_app-1.jsonl"
    first = Journal(path, "ari_app-1", lambda: START, reserve_bytes=0)
    for _ in range(1500):
        first.append("CallQueued", "c")
    first.close()
    seqs = [record["seq"] for record, _ in read_lines(path)]
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:501]))  # the last block of 1,000 is gone
    second = Journal(path, "ari_app-1", lambda: START, reserve_bytes=0)
    second.append("CallQueued", "later")
    second.close()
    assert read_lines(path)[-1][0]["seq"] > seqs[-1]
    assert DISTANCE > 1000


def test_a_journal_that_was_deleted_starts_with_numbers_of_its_own(tmp_path: Path) -> None:
    path, clock = tmp_path / "ari_app-1.jsonl", Clock()
    live(path, clock, 1, 3).close()
    highest = max(record["seq"] for record, _ in read_lines(path))
    path.unlink()
    clock.at += timedelta(seconds=1)
    live(path, clock, 4, 1).close()
    assert min(record["seq"] for record, _ in read_lines(path)) > highest


@pytest.mark.parametrize("moment", ["new part half written", "old part has two names", "between the names"])
def test_a_crash_in_the_middle_of_a_rotation(tmp_path: Path, moment: str) -> None:
    path, clock = tmp_path / "ari_app-1.jsonl", Clock()
    live(path, clock, 1, 4).close()
    before = path.read_bytes()
    rotated = tmp_path / "ari_app-1.jsonl.20261121T000000-0000000000000001"
    if moment != "between the names":
        (tmp_path / "ari_app-1.jsonl.tmp").write_bytes(b'{"writer":"ari_a')
    if moment != "new part half written":
        os.link(path, rotated)
    clock.at += timedelta(seconds=1)
    live(path, clock, 10, 1).close()
    assert path.read_bytes().startswith(before)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["ari_app-1.jsonl"]
    shop = Shop(tmp_path)
    shop.read()
    assert shop.calls("CallQueued") == {1, 2, 3, 4, 10} and shop.reused == []


WRITER = """
import asyncio, sys, time
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
import structlog
from ari_app.journal import Journal

structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # a slow disk is no promise

async def main():
    journal = Journal(Path(sys.argv[1]), "ari_app-1", lambda: datetime.now(UTC), part_bytes=20_000, reserve_bytes=1 << 20)
    number = int(sys.argv[2])
    while True:
        number += 1
        journal.append("CallQueued", str(UUID(int=number)), text="x" * 50)
        if await journal.flushed():
            print(number, flush=True)
        if number % 3:
            journal.append("CallAbandoned", str(UUID(int=number)))

asyncio.run(main())
"""


def test_kill_9_at_any_moment_loses_no_record_that_was_flushed(tmp_path: Path) -> None:
    """A real process, with a new part every hundred records, killed four times."""
    path, shop = tmp_path / "ari_app-1.jsonl", Shop(tmp_path)
    promised: set[int] = set()
    chance = random.Random(120)
    for life in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(life * 1_000_000)], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        promised.add(int(process.stdout.readline()))
        time.sleep(chance.uniform(0.0, 0.25))  # the moment of the kill is the point
        process.send_signal(signal.SIGKILL)
        promised |= {
            int(line) for line in process.stdout.read().splitlines(keepends=True) if line.endswith(b"\n")
        }
        process.wait(10)
        shop.read()
    assert shop.calls("CallQueued") >= promised and len(promised) > 40 and shop.reused == []
    assert len(list(tmp_path.glob("*.jsonl.*-*"))) >= 1
    open_now = {record["call_id"] for record in read_all(tmp_path) if record["kind"] == "CallQueued"}
    assert open_now  # the current part alone knows calls that have not ended
