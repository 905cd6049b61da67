"""What the tests of the recorder share: its files in a folder of their own, stories written into them, tables read back."""

import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from centre120.settings import Settings
from centre120.store.database import Database, StoreUnavailable
from centre120.store.schema import metadata
from ops.recorder.recorder import Recorder
from tests.support.calls import NUMBER, Story, answered, lines

NOT_COMPARED = {
    "event_id",
    "cel_id",
    "seq",
    "changed_at",
    "rejected_id",
    "rejected_at",
    "state_id",
    "case_id",
    "file_id",
    "tracking_code",  # random
}


@pytest.fixture
def ours(tmp_path: Path) -> Settings:
    home = Settings(home=tmp_path)
    for directory in (home.cel_file.parent, home.cdr_file.parent, home.journal_dir, home.run_dir):
        directory.mkdir(parents=True)
    return home


def write(ours: Settings, story: Story) -> None:
    for path, entries in (
        (ours.cel_file, story.cel),
        (ours.cdr_file, story.cdr),
        (ours.journal_dir / "ari_app-1.jsonl", story.journal),
    ):
        with path.open("ab") as file:
            file.write(lines(entries))


def drain(recorder: Recorder) -> None:
    recorder.start_again()
    while recorder.step():
        pass


def everything(database: Database) -> dict[str, list[str]]:
    """All tables but for the numbers that PostgreSQL counts up."""
    found = {}
    with database.transaction() as tx:
        for table in metadata.tables.values():
            if table.name in (
                "topics",
                "dispositions",
                "import_positions",
                "case_counters",
                "call_sums_stale",  # notes of what to count again: more of them when there were more steps
            ):
                continue
            kept = [column for column in table.c if column.name not in NOT_COMPARED]
            found[table.name] = sorted(map(repr, tx.execute(sa.select(*kept))))
    return found


def count(database: Database, table: str) -> int:
    with database.transaction() as tx:
        return tx.scalar(sa.select(sa.func.count()).select_from(metadata.tables[table])) or 0


def city_stories() -> list[Story]:
    """One of each kind, with different channels and journal numbers."""
    stories: list[Story] = []

    def new(number: int) -> Story:
        name = f"PJSIP/trunk_a-{number:08x}"
        return Story(UUID(int=number), f"centre120-1795304982.{number}", name)

    stories.append(answered(new(1)))
    stories.append(new(2).arrives().ends(3))
    stories.append(new(3).arrives().queues(10).user(10.6, "CENTRE_FALLBACK", "TIMEOUT").ends(40))
    stories.append(new(4).user(0.1, "CENTRE_REFUSED", "sip=404;dialled=999;trunk=trunk_a").ends(0.2, "", 1))
    stories.append(new(5).arrives().user(5, "CENTRE_STATUS_HEARD", NUMBER).ends(9))
    waiting = new(6).arrives().queues(10).claimed(10, case_number="2611211000435")
    stories.append(waiting.record(40, "CallbackRequested", number="0212345678").ends(42))
    seq = 0
    for story in stories:
        for record in story.journal:
            seq += 1
            record["seq"] = seq
    return stories


def wait_for(happened: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if happened():
                return
        except StoreUnavailable:
            pass
        time.sleep(0.05)
    raise AssertionError("did not happen in time")
