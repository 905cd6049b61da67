"""The worker's journal: on disk before it returns, whole after a crash at any byte, never in the way of a call."""

import asyncio
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ari_app import journal as journals
from ari_app.journal import Journal
from ari_app.journal_reading import read_lines

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def open_journal(path: Path) -> Journal:
    return Journal(path, "ari_app-1", lambda: NOW)


async def test_a_flushed_record_is_on_disk_with_names_intact(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "j.jsonl")
    journal.append("CallQueued", "c1", caller_name='김 "길동"\n\u202e')
    assert await journal.flushed()
    opened, record = [json.loads(line) for line in (tmp_path / "j.jsonl").read_bytes().splitlines()]
    assert record["caller_name"] == '김 "길동"\n\u202e' and record["kind"] == "CallQueued"
    assert (opened["kind"], opened["after"], record["seq"]) == ("JournalOpened", 0, opened["seq"] + 1)
    journal.close()


async def test_records_nobody_waits_for_are_written_too(tmp_path: Path) -> None:
    journal, path = open_journal(tmp_path / "j.jsonl"), tmp_path / "j.jsonl"
    for number in range(1, 4):
        poll(lambda: journal._asleep)
        journal.append("TalkEnded", f"c{number}")
        poll(lambda expected=number: path.read_bytes().count(b'"TalkEnded"') == expected)
    journal.close()


async def test_a_slow_disk_does_not_hold_the_call_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "PATIENCE_SECONDS", 0.05)
    journal = open_journal(tmp_path / "j.jsonl")
    release = asyncio.Event()
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(
        os, "fdatasync", lambda _: asyncio.run_coroutine_threadsafe(release.wait(), loop).result(5)
    )
    journal.append("CallQueued", "c1")
    assert not await journal.flushed()
    release.set()


async def test_a_disk_that_refuses_is_reported_and_what_was_refused_is_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = open_journal(tmp_path / "j.jsonl")
    assert await journal.flushed()

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    journal.append("CallQueued", "c1")
    assert not await journal.flushed()
    monkeypatch.undo()
    poll(lambda: b'"c1"' in (tmp_path / "j.jsonl").read_bytes())  # by itself, with nobody waiting
    journal.append("CallQueued", "c2")
    assert await journal.flushed()
    journal.close()
    assert [record.get("call_id") for record, _ in read_lines(tmp_path / "j.jsonl")] == [None, "c1", "c2"]


async def test_half_a_block_is_taken_back_and_comes_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = open_journal(tmp_path / "j.jsonl")
    assert await journal.flushed()
    real, failed = os.write, []

    def fails_in_the_middle(file: int, block: bytes) -> int:
        if failed:
            raise OSError(28, "No space left on device")
        failed.append(real(file, block[:20]))
        return 20

    monkeypatch.setattr(os, "write", fails_in_the_middle)
    journal.append("CallQueued", "c1")
    assert not await journal.flushed()
    monkeypatch.undo()
    assert (tmp_path / "j.jsonl").read_bytes().count(b"\n") == 1
    assert await journal.flushed()
    journal.close()
    assert [record["kind"] for record, _ in read_lines(tmp_path / "j.jsonl")] == [
        "JournalOpened",
        "CallQueued",
    ]
    assert b"\n\n" not in (tmp_path / "j.jsonl").read_bytes()


def test_memory_for_refused_lines_is_bounded_and_what_is_lost_is_a_gap_in_the_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "KEPT_LINES", 10)
    journal = open_journal(tmp_path / "j.jsonl")
    poll(lambda: (tmp_path / "j.jsonl").stat().st_size)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    for number in range(25):
        journal.append("CallQueued", f"c{number}")
    poll(lambda: len(journal._unwritten) == 10)
    monkeypatch.undo()
    journal.close()
    seqs = [record["seq"] for record, _ in read_lines(tmp_path / "j.jsonl")]
    assert seqs == [seqs[0], *range(seqs[0] + 16, seqs[0] + 26)]


def test_a_second_process_under_the_same_number_is_reported(
    tmp_path: Path,
) -> None:
    first = open_journal(tmp_path / "j.jsonl")
    with capture_logs() as logs:
        second = open_journal(tmp_path / "j.jsonl")
    assert any("another process" in entry["event"] for entry in logs)
    second.close()
    first.close()
    with capture_logs() as logs:
        open_journal(tmp_path / "j.jsonl").close()
    assert not any("another process" in entry["event"] for entry in logs)


def poll(fact: Callable[[], object], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.005)
