"""Asterisk's CEL and CDR files are rotated and archived: nothing lost, nothing doubled, and the books read all parts."""

import itertools
import os
import random
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from centre120.cases import case_number
from centre120.settings import Settings
from centre120.store.database import Database
from ops.recorder import archive
from ops.recorder.recorder import Recorder
from ops.witness_files import list_parts, read_files
from tests.database.test_recorder_journals import home
from tests.support.calls import Story, answered, lines
from tests.support.database import create_database
from tests.support.postgres import PrivatePostgres
from tests.support.recorder import count, drain, everything

SINCE = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def ours(tmp_path: Path) -> Settings:
    return home(tmp_path)


def stories(number: int) -> list[Story]:
    """Answered calls; their journal records numbered as one worker would."""
    told = [
        answered(Story(UUID(int=one), f"centre120-1795304982.{one}", f"PJSIP/trunk_a-{one:08x}"))
        for one in range(1, number + 1)
    ]
    for place, story in enumerate(told):
        for seq, record in enumerate(story.journal):
            record["seq"] = place * 100 + seq + 1
            if record["kind"] == "CallQueued":
                record["case_number"] = case_number(date(2026, 11, 21), 1, place + 1)
    return told


def look(recorder: Recorder) -> None:
    """The recorder's look once a second, now, and everything it reads after it."""
    recorder.looked = -10.0
    drain(recorder)


def test_calls_across_many_rotations_leave_the_same_tables_as_one_file(
    ours: Settings, postgres: PrivatePostgres, template: str, tmp_path: Path
) -> None:
    """Records are appended as Asterisk does, one by one; some land in a part after it was renamed, or archived."""
    ours.events_part_mb = 0.003
    told = stories(12)
    whole = home(tmp_path / "whole")
    results = []
    for settings, rotating in ((ours, True), (whole, False)):
        database = Database(create_database(postgres, "rotation", template))
        recorder, chance = Recorder(settings, database), random.Random(7)
        entries = list(itertools.chain.from_iterable(
            [(settings.cel_file, one) for one in story.cel] + [(settings.cdr_file, one) for one in story.cdr]
            + [(settings.journal_dir / "ari_app-1.jsonl", one) for one in story.journal] for story in told
        ))  # fmt: skip
        for place, (path, entry) in enumerate(entries):
            late = path.open("ab") if chance.random() < 0.2 else None  # Asterisk has it open while we look
            if place % 5 == 0:
                look(recorder)
            with late or path.open("ab") as file:
                file.write(lines([entry]))
        look(recorder)
        look(recorder)
        if rotating:
            parts = list((settings.cel_file.parent / "archive").iterdir())
            assert len(parts) > 5 and len(list((settings.cdr_file.parent / "archive").iterdir())) >= 1
            assert list(settings.cel_file.parent.glob("cel.json.*")) == []
            written = sorted(
                b"".join(one.read_bytes() for one in [*parts, settings.cel_file] if one.exists()).splitlines()
            )
            assert written == sorted(lines([one for story in told for one in story.cel]).splitlines())
        assert count(database, "rejected_lines") == 0
        found = everything(database)
        results.append(found)
        database.close()
    assert len(results[0]["calls"]) == 12
    for table in results[1]:
        assert results[0][table] == results[1][table], table


def test_a_file_that_is_not_read_so_far_is_not_rotated(ours: Settings, fresh: Database) -> None:
    ours.events_part_mb = 0.003
    ours.cel_file.write_bytes(lines([one for story in stories(3) for one in story.cel]))
    assert archive.rotate_events(ours, {}, datetime.now(UTC)) == []
    recorder = Recorder(ours, fresh)
    look(recorder)
    assert recorder.positions is not None
    look(recorder)
    assert not ours.cel_file.exists()
    assert archive.rotate_events(ours, recorder.positions, datetime.now(UTC)) == []  # none there now


def test_the_books_read_archived_parts_and_parts_that_move_under_them(
    ours: Settings, fresh: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = stories(6)
    recorder = Recorder(ours, fresh)
    ours.events_part_mb = 0.003
    for story in told[:5]:
        with ours.cel_file.open("ab") as file:
            file.write(lines(story.cel))
        look(recorder)
        look(recorder)
    with ours.cel_file.open("ab") as file:
        file.write(lines(told[5].cel))
    assert len(list((ours.cel_file.parent / "archive").iterdir())) >= 2
    assert {call.key for call in read_files(ours, SINCE).sip.complete()} == {
        UUID(int=one) for one in range(1, 7)
    }

    listed = list_parts(ours)
    moved = iter([True])

    def list_then_rotate(settings: Settings) -> object:
        if next(moved, False):
            ours.cel_file.rename(ours.cel_file.with_name("cel.json.moved"))
            ours.cel_file.write_bytes(lines([Story().user(9, "CENTRE_PROMPT", "menu").cel[0]]))
            return listed
        return list_parts(settings)

    monkeypatch.setattr("ops.witness_files.list_parts", list_then_rotate)
    again = read_files(ours, SINCE)
    assert {call.key for call in again.sip.complete()} == {UUID(int=one) for one in range(1, 7)}


def test_a_restored_database_gets_archived_events_back_and_old_parts_go(
    ours: Settings, fresh: Database
) -> None:
    recorder = Recorder(ours, fresh)
    ours.events_part_mb = 0.003
    for story in stories(4):
        for path, some in ((ours.cel_file, story.cel), (ours.cdr_file, story.cdr)):
            with path.open("ab") as file:
                file.write(lines(some))
        look(recorder)
        look(recorder)
    with fresh.transaction() as tx:
        tx.execute(sa.text("truncate import_positions, cel, cdr, calls, cases, call_events cascade"))
    old = time.time() - timedelta(days=ours.events_keep_days + 1).total_seconds()
    parts = list((ours.cel_file.parent / "archive").iterdir())
    for part in parts:
        os.utime(part, (old, old))
    drain(recorder)  # the database was set back: parts that are due are read before they are removed
    assert count(fresh, "calls") == 4
    look(recorder)
    assert not any(part.exists() for part in parts)
