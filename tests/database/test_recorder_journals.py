"""Journals of two workers and in parts: the tables do not depend on the order of reading, and nothing is archived unread."""

import os
import random
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from ari_app.journal import Journal
from centre120.settings import Settings
from centre120.store.database import Database
from ops.recorder.archive import archive_dir, remove_old_parts
from ops.recorder.recorder import Recorder
from ops.recorder.tail import identity
from tests.support.calls import Story, answered, lines
from tests.support.database import create_database
from tests.support.postgres import PrivatePostgres
from tests.support.recorder import count, drain, everything


@pytest.fixture
def ours(tmp_path: Path) -> Settings:
    return home(tmp_path)


def home(path: Path) -> Settings:
    made = Settings(home=path)
    for directory in (made.cel_file.parent, made.cdr_file.parent, made.journal_dir, made.run_dir):
        directory.mkdir(parents=True)
    return made


def taken_over(number: int) -> Story:
    """A call that begins with worker 1 and goes on with worker 2, which offers it, ends it, and numbers it anew."""
    story = Story(UUID(int=number), f"centre120-1795304982.{number}", f"PJSIP/trunk_a-{number:08x}")
    whole = answered(story)
    for seq, record in enumerate(whole.journal):
        record |= {"writer": "ari_app-2" if seq % 3 else "ari_app-1", "seq": number * 100 + seq}
    again = next(record for record in whole.journal if record["kind"] == "CallQueued")
    later = again | {"writer": "ari_app-2", "seq": number * 100 + 50, "case_number": f"2611212{number:05d}0"}
    whole.journal.append(later | {"at": whole.journal[2]["at"]})
    whole.journal = [
        record | {"case_number": None} if record["kind"] == "CallQueued" else record
        for record in whole.journal
    ]
    return whole


def test_two_writers_read_in_any_order_leave_the_same_tables(
    postgres: PrivatePostgres, template: str, tmp_path: Path
) -> None:
    stories = [taken_over(number) for number in range(1, 6)]
    entries: list[tuple[str, dict[str, Any]]] = [("cel", event) for story in stories for event in story.cel]
    entries += [("cdr", record) for story in stories for record in story.cdr]
    entries += [(record["writer"], record) for story in stories for record in story.journal]
    wanted = None
    for seed in range(6):
        settings = home(tmp_path / str(seed))
        database = Database(create_database(postgres, "orders", template))
        files = {
            "cel": settings.cel_file,
            "cdr": settings.cdr_file,
            "ari_app-1": settings.journal_dir / "ari_app-1.jsonl",
            "ari_app-2": settings.journal_dir / "ari_app-2.jsonl",
        }
        chance = random.Random(seed)
        order = list(files) * 4
        chance.shuffle(order)
        left = {name: [entry for whose, entry in entries if whose == name] for name in files}
        recorder = Recorder(settings, database)
        for place, name in enumerate(order):
            share = len(left[name]) if name not in order[place + 1 :] else chance.randint(0, len(left[name]))
            some, left[name] = left[name][:share], left[name][share:]
            with files[name].open("ab") as file:
                file.write(lines(some))
            drain(recorder)
        found = everything(database)
        own = "2611210"
        found["cases"] = sorted(row for row in found["cases"] if own not in row)
        database.close()
        wanted = wanted or found
        for table in wanted:
            assert found[table] == wanted[table], (seed, table)
    assert wanted and len(wanted["calls"]) == 5 and all("'answered'" in row for row in wanted["calls"])


def fill(journal: Journal, directory: Path, parts: int) -> int:
    """Real parts by the real writer; how many calls were queued."""
    number = 0
    while len(list(directory.glob("*.jsonl.*-*"))) < parts:
        for _ in range(10):
            number += 1
            journal.append("CallQueued", str(UUID(int=number)), channel_id=f"1.{number}", language="ko",
                           queued_at=datetime.now(UTC).isoformat())  # fmt: skip
            journal.append("CallAbandoned", str(UUID(int=number)), waited_seconds=1)
        while journal._lines or journal._unwritten:
            time.sleep(0.002)
    return number


def test_a_rotated_part_is_archived_when_it_is_read_and_not_before(ours: Settings, fresh: Database) -> None:
    journal = Journal(ours.journal_dir / "ari_app-1.jsonl", "ari_app-1", lambda: datetime.now(UTC),
                      part_bytes=6_000, reserve_bytes=0)  # fmt: skip
    queued = fill(journal, ours.journal_dir, 3)
    recorder = Recorder(ours, fresh, room=60)
    recorder.step()
    recorder.looked = 0.0
    recorder.step()
    assert len(list(ours.journal_dir.glob("*.jsonl.*"))) >= 2  # too much for two batches
    while recorder.step():
        pass
    recorder.looked = 0.0
    recorder.step()
    journal.close()
    assert list(ours.journal_dir.glob("*.jsonl.*")) == []
    assert len(list(archive_dir(ours).iterdir())) == 3
    drain(recorder)
    assert count(fresh, "calls") == queued and count(fresh, "rejected_lines") == 0


def test_the_archive_gives_a_restored_database_what_it_lacks(ours: Settings, fresh: Database) -> None:
    journal = Journal(ours.journal_dir / "ari_app-1.jsonl", "ari_app-1", lambda: datetime.now(UTC),
                      part_bytes=6_000, reserve_bytes=0)  # fmt: skip
    queued = fill(journal, ours.journal_dir, 2)
    journal.close()
    recorder = Recorder(ours, fresh)
    drain(recorder)
    recorder.looked = 0.0
    drain(recorder)
    assert len(list(archive_dir(ours).iterdir())) == 2
    with fresh.transaction() as tx:
        tx.execute(sa.text("truncate import_positions, cel, cdr, calls, cases, call_events cascade"))
    drain(recorder)
    assert count(fresh, "calls") == queued


def test_archived_parts_are_removed_after_the_days_that_are_set(ours: Settings) -> None:
    archive_dir(ours).mkdir()
    now = time.time()
    for name, days in (("ari_app-1.jsonl.a-1", 89), ("ari_app-1.jsonl.b-2", 91)):
        path = archive_dir(ours) / name
        path.write_text("{}\n")
        os.utime(path, (now - days * 86_400, now - days * 86_400))
    assert remove_old_parts(ours, {}, now) == []  # a restored database has not read them yet
    read = {identity(b"{}\n"): 3}
    assert [path.name for path in remove_old_parts(ours, read, now)] == ["ari_app-1.jsonl.b-2"]
    assert [path.name for path in archive_dir(ours).iterdir()] == ["ari_app-1.jsonl.a-1"]
