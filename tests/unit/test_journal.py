"""The worker's journal: on disk before it returns, whole after a crash at any byte, never in the way of a call."""

import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ari_app import journal as journals
from ari_app.journal import Journal

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def open_journal(path: Path) -> Journal:
    return Journal(path, "ari_app-1", lambda: NOW)


async def test_a_flushed_record_is_on_disk_with_names_intact(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "j.jsonl")
    journal.append("CallQueued", "c1", caller_name='김 "길동"\n\u202e')
    assert await journal.flushed()
    (record,) = [json.loads(line) for line in (tmp_path / "j.jsonl").read_bytes().splitlines()]
    assert (
        record["caller_name"] == '김 "길동"\n\u202e' and record["seq"] == 1 and record["kind"] == "CallQueued"
    )
    journal.close()


async def test_records_nobody_waits_for_are_written_too(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "j.jsonl")
    journal.append("TalkEnded", "c1")
    journal.close()
    assert (tmp_path / "j.jsonl").read_bytes().endswith(b"\n")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 400))
def test_a_file_cut_at_any_byte_goes_on_with_the_next_number_and_whole_lines(
    tmp_path: Path, cut: int
) -> None:
    path = tmp_path / f"cut-{cut}.jsonl"
    path.unlink(missing_ok=True)
    first = open_journal(path)
    for number in range(4):
        first.append("CallQueued", f"c{number}", caller_name="시민")
    first.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    survivors = whole[:cut].count(b"\n")
    second = open_journal(path)
    assert len(second.records) in (survivors, survivors + 1)  # a line that lost only its line end is whole
    second.append("CallQueued", "after")
    second.close()
    lines = path.read_bytes().splitlines()
    assert json.loads(lines[-1])["call_id"] == "after"
    assert json.loads(lines[-1])["seq"] == len(second.records) + 1


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


async def test_a_full_disk_is_reported_and_calls_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = open_journal(tmp_path / "j.jsonl")

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    journal.append("CallQueued", "c1")
    assert not await journal.flushed()
    monkeypatch.undo()
    journal.append("CallQueued", "c2")
    assert await journal.flushed()
    journal.close()
