"""Parts: when a new one begins, what it begins with, who follows it, and the room that is held for it."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ari_app import journal_file, reconcile
from ari_app.journal import Follower, Journal, read_all
from ari_app.journal_reading import read_lines
from centre120.settings import REPOSITORY

START = datetime(2026, 11, 21, 9, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at


def open_journal(path: Path, clock: Clock, writer: str = "ari_app-1", part_bytes: int = 3_000) -> Journal:
    return Journal(path / f"{writer}.jsonl", writer, clock, zone=ZoneInfo("Asia/Seoul"),
                   part_bytes=part_bytes, reserve_bytes=0)  # fmt: skip


def poll(fact: Callable[[], object], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def rotated(path: Path) -> list[Path]:
    return sorted(path.glob("*.jsonl.*-*"))


def fill(journal: Journal, path: Path, parts: int = 1) -> None:
    """Until so many new parts have begun."""
    wanted = len(rotated(path)) + parts
    deadline = time.monotonic() + 10
    while len(rotated(path)) < wanted:
        assert time.monotonic() < deadline
        for _ in range(5):
            journal.append("CallQueued", "short", caller_name="x" * 100)
            journal.append("CallAbandoned", "short", waited_seconds=1)
        poll(lambda: not journal._lines and not journal._unwritten)


def queued(journal: Journal, call_id: str, number: int = 1) -> None:
    journal.append(
        "CallQueued", call_id, channel_id=f"ch-{call_id}", trunk="trunk_a", origin_number="120",
        dialled_number="120", outside_area=False, caller_number=None, caller_name="", language="ko",
        case_number=f"2611211{number:05d}0", queued_at=START.isoformat(),
    )  # fmt: skip


def test_a_new_part_alone_tells_a_worker_what_goes_on(tmp_path: Path) -> None:
    clock = Clock()
    journal = open_journal(tmp_path, clock)
    queued(journal, "waits", 7)
    journal.append("CallOffered", "waits", offer_id="o1", agent="201", ring_seconds=15)
    journal.append("AgentStateChanged", agent="201", state="offered", reason="")
    journal.append("AgentStateChanged", agent="202", state="on-break", reason="meal")
    queued(journal, "over", 8)
    journal.append("CallAbandoned", "over", waited_seconds=1)
    journal.append("AgentStateChanged", "over", agent="201", state="wrap-up", reason="")
    fill(journal, tmp_path, 3)
    journal.close()
    again = open_journal(tmp_path, clock)
    again.close()
    now = clock()
    calls = reconcile.open_calls(again.records, 0.0, now)
    assert set(calls) == {"waits"} and calls["waits"].offer_id == "o1"
    states = reconcile.agent_states(again.records, 0.0, now)
    assert {extension: str(known.state) for extension, known in states.items()} == {
        "201": "wrap-up",
        "202": "on-break",
    }
    numbers = {record.get("case_number") for record in again.records}
    assert "2611211000080" in numbers  # the counter goes on although its call is over
    assert len(again.records) < 60


def test_a_call_that_ended_with_another_worker_does_not_come_back_when_parts_change(tmp_path: Path) -> None:
    """Worker 1 queued it and died; worker 2 took it over and saw its end. Each carries on what it knows."""
    clock = Clock()
    one = open_journal(tmp_path, clock)
    queued(one, "taken")
    one.close()
    two = open_journal(tmp_path, clock, "ari_app-2")
    two.append("CallOffered", "taken", offer_id="o1", agent="201", ring_seconds=15)
    two.append("CallAbandoned", "taken", waited_seconds=1)
    fill(two, tmp_path, 2)
    one = open_journal(tmp_path, clock)
    fill(one, tmp_path, 2)
    one.close()
    two.close()
    assert reconcile.open_calls(read_all(tmp_path), 0.0, clock()) == {}


def test_copies_are_word_for_word_and_the_whole_is_every_number_once(tmp_path: Path) -> None:
    journal = open_journal(tmp_path, Clock())
    queued(journal, "waits")
    fill(journal, tmp_path, 4)
    journal.close()
    contents: dict[int, set[bytes]] = {}
    native = []
    for path in [*rotated(tmp_path), tmp_path / "ari_app-1.jsonl"]:
        lines = read_lines(path)
        opened = lines[0][0]
        assert opened["kind"] == "JournalOpened"
        copies = opened["carried"]
        native += [record["seq"] for record, _ in (lines[0], *lines[1 + copies :])]
        for record, line in lines:
            contents.setdefault(record["seq"], set()).add(line)
    assert all(len(lines) == 1 for lines in contents.values())
    assert native == list(range(native[0], native[0] + len(native)))  # no gap, none twice


def test_first_lines_differ_or_the_recorder_would_take_parts_for_one_file(tmp_path: Path) -> None:
    journal = open_journal(tmp_path, Clock())
    queued(journal, "waits")
    fill(journal, tmp_path, 3)
    journal.close()
    firsts = [
        path.read_bytes().split(b"\n")[0] for path in [*rotated(tmp_path), tmp_path / "ari_app-1.jsonl"]
    ]
    assert len(set(firsts)) == len(firsts) >= 4


def test_a_new_day_begins_a_new_part_in_the_centres_zone(tmp_path: Path) -> None:
    clock = Clock()
    clock.at = datetime(2026, 11, 21, 14, 59, 59, tzinfo=UTC)  # 23:59:59 in Seoul
    journal = open_journal(tmp_path, clock, part_bytes=1 << 20)
    queued(journal, "c1")
    poll(lambda: len(read_lines(tmp_path / "ari_app-1.jsonl")) == 2)
    assert rotated(tmp_path) == []
    clock.at += timedelta(seconds=2)
    journal.append("CallAnnounced", "c1", position=1)
    poll(lambda: len(rotated(tmp_path)) == 1)
    journal.close()
    assert [r["kind"] for r, _ in read_lines(tmp_path / "ari_app-1.jsonl")][:2] == [
        "JournalOpened",
        "CallQueued",
    ]


def test_nobody_who_waits_for_a_flush_waits_for_a_new_part(tmp_path: Path) -> None:
    """Rotation belongs to the thread; the event loop only ever takes the lock."""
    journal = open_journal(tmp_path, Clock())
    slowest = 0.0
    for number in range(3000):
        begun = time.monotonic()
        journal.append("CallQueued", f"c{number % 50}", caller_name="x" * 50)
        slowest = max(slowest, time.monotonic() - begun)
    poll(lambda: len(rotated(tmp_path)) >= 1)
    journal.close()
    assert slowest < 0.1


def test_rotation_that_can_not_be_is_put_off_and_the_numbers_stay_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = open_journal(tmp_path, Clock())

    def refuses(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "link", refuses)
    for number in range(60):
        journal.append("CallQueued", f"c{number}", caller_name="x" * 100)
    poll(lambda: b"not-rotated" in (tmp_path / "ari_app-1.jsonl").read_bytes())
    monkeypatch.undo()
    fill(journal, tmp_path)
    journal.close()
    (old,) = rotated(tmp_path)
    seqs = [record["seq"] for record, _ in read_lines(old)]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ari_app-1.jsonl", old.name]


def test_read_all_merges_writers_by_time_and_keeps_each_ones_order(tmp_path: Path) -> None:
    clock = Clock()
    one, two = open_journal(tmp_path, clock), open_journal(tmp_path, clock, "ari_app-2")
    for number in range(6):
        (one, two)[number % 2].append("CallAnnounced", f"c{number}", position=number)
    clock.at -= timedelta(hours=1)  # the clock is set back
    one.append("CallAnnounced", "c6", position=6)
    one.close()
    two.close()
    told = [record["call_id"] for record in read_all(tmp_path) if record["kind"] == "CallAnnounced"]
    assert told[:4] == ["c0", "c1", "c2", "c3"]
    assert [call for call in told if call != "c5"] == ["c0", "c1", "c2", "c3", "c4", "c6"]


def test_a_follower_gets_every_record_once_whenever_it_looks(tmp_path: Path) -> None:
    path = tmp_path / "ari_app-1.jsonl"
    follower = Follower(path)
    assert follower.fresh() == []
    journal = open_journal(tmp_path, Clock())
    queued(journal, "waits")
    poll(lambda: path.stat().st_size)
    seen = follower.fresh()
    for _ in range(3):
        fill(journal, tmp_path)
        seen += follower.fresh()
    fill(journal, tmp_path, 3)  # parts that came and went between two looks
    seen += follower.fresh()
    journal.close()
    seen += follower.fresh()
    again = open_journal(tmp_path, Clock(), part_bytes=1 << 20)  # the same worker, started again
    again.append("CallAbandoned", "waits", waited_seconds=1)
    again.close()
    seen += follower.fresh()
    follower.close()
    every = {r["seq"] for part in [*rotated(tmp_path), path] for r, _ in read_lines(part)}
    assert [r["seq"] for r in seen] == sorted(every)
    assert follower.fresh is not None and seen[-1]["kind"] == "CallAbandoned"


def test_a_follower_that_missed_a_part_that_was_archived_still_learns_of_open_calls(tmp_path: Path) -> None:
    path = tmp_path / "ari_app-1.jsonl"
    journal = open_journal(tmp_path, Clock())
    poll(lambda: path.exists() and path.stat().st_size)
    follower = Follower(path)
    follower.fresh()
    fill(journal, tmp_path)
    queued(journal, "waits")
    fill(journal, tmp_path, 2)
    for part in rotated(tmp_path):
        part.unlink()
    seen = follower.fresh()
    journal.close()
    follower.close()
    assert [r["call_id"] for r in seen if r["kind"] == "CallQueued"].count("waits") == 1


def test_half_a_line_is_left_until_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "ari_app-1.jsonl"
    line = (
        json.dumps({"writer": "ari_app-1", "seq": 1, "at": START.isoformat(), "kind": "X"}).encode() + b"\n"
    )
    path.write_bytes(line[:10])
    follower = Follower(path)
    assert follower.fresh() == []
    with path.open("ab") as file:
        file.write(line[10:] + b"broken\n")
    assert [record["seq"] for record in follower.fresh()] == [1]
    follower.close()


FULL_DISK = """
import asyncio, os, sys
from datetime import UTC, datetime
from pathlib import Path
from ari_app.journal import Journal

async def main():
    directory = Path(sys.argv[1])
    journal = Journal(directory / "ari_app-1.jsonl", "ari_app-1", lambda: datetime.now(UTC), reserve_bytes=1 << 20)
    assert await journal.flushed()
    with (directory / "recording.wav").open("wb", buffering=0) as recording:
        try:
            while True:
                recording.write(bytes(65536))  # a recording fills the disk
        except OSError as error:
            assert error.errno == 28, error
    whole = 0
    while True:
        journal.append("CallQueued", f"c{whole}", text="x" * 100)
        if not await journal.flushed():
            break
        whole += 1
        if whole > 20000:
            break
    print("held", whole)
    (directory / "recording.wav").unlink()
    assert await journal.flushed(), "goes on when there is room"
    journal.close()

asyncio.run(main())
"""


def can_mount() -> bool:
    if not shutil.which("unshare"):
        return False
    command = ["unshare", "-rm", "sh", "-c", "mount -t tmpfs -o size=1m none /mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="needs a user namespace that may mount a tmpfs")
def test_on_a_disk_that_is_really_full_the_journal_goes_on_in_its_reserve() -> None:
    """A tmpfs of 4 MB that a recording fills to the last byte; the journal holds 1 MB of it."""
    script = f'mount -t tmpfs -o size=4m none /mnt && exec "{sys.executable}" -c "$0" /mnt'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, FULL_DISK],
        capture_output=True, text=True, check=False, cwd=REPOSITORY, timeout=120,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    held = int(done.stdout.split("held")[1])
    assert 3_000 < held < 20_000  # 1 MB of lines of 210 bytes, and then no more
    assert "lives on the room it holds" in done.stdout + done.stderr


def test_where_no_room_can_be_held_that_is_said_and_nothing_else_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_file, "_allocate", lambda *_: 95)  # EOPNOTSUPP
    journal = Journal(tmp_path / "ari_app-1.jsonl", "ari_app-1", Clock())
    journal.append("CallQueued", "c1")
    journal.close()
    assert len(read_lines(tmp_path / "ari_app-1.jsonl")) == 2


def test_the_reserve_is_not_seen_by_readers_and_is_given_back(tmp_path: Path) -> None:
    path = tmp_path / "ari_app-1.jsonl"
    journal = Journal(path, "ari_app-1", Clock(), reserve_bytes=8 << 20)
    poll(lambda: path.stat().st_blocks * 512 >= 8 << 20)
    assert path.stat().st_size < 1000
    journal.close()
    assert path.stat().st_blocks * 512 < 1 << 20
