"""`./120 books` against real files and a real PostgreSQL: what is planted in a witness is found, and kept by night."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from centre120.errors import CentreError
from centre120.settings import Settings
from centre120.store.books import list_kept_books, record_books
from centre120.store.database import Database, StoreUnavailable
from ops import books as command
from ops import doctor
from ops.books import balance, parse_since, to_text
from ops.recorder.nightly import Nightly, due
from ops.recorder.recorder import Recorder
from tests.support.calls import START, Story, answered, lines

SEOUL = ZoneInfo("Asia/Seoul")
SINCE = START - timedelta(hours=2)


@pytest.fixture
def ours(tmp_path: Path, fresh_url: str) -> Settings:
    home = Settings(home=tmp_path, database_url=fresh_url)
    for directory in (home.cel_file.parent, home.cdr_file.parent, home.journal_dir, home.run_dir):
        directory.mkdir(parents=True)
    return home


@pytest.fixture
def journal(ours: Settings) -> Path:
    return ours.journal_dir / "ari_app-1.jsonl"


@pytest.fixture(autouse=True)
def kept_apart(monkeypatch: pytest.MonkeyPatch, ours: Settings) -> None:
    """The command reads the test's settings; Asterisk, which is not there, has no channel alive."""
    monkeypatch.setattr(command, "load_settings", lambda: ours)
    monkeypatch.setattr(command, "live_channels", lambda _: frozenset())


def stories() -> list[Story]:
    """Twelve calls: four of each of three kinds."""
    made = []
    for number in range(1, 13):
        one = Story(UUID(int=number), f"centre120-1795304982.{number}", f"PJSIP/trunk_a-{number:08x}")
        if number % 3 == 0:
            made.append(answered(one))
        elif number % 3 == 1:
            made.append(one.arrives().ends(3))
        else:
            one.arrives().queues(10).claimed(10, case_number=None)
            made.append(one.record(30, "CallAbandoned", waited_seconds=20).ends(30))
    seq = 0
    for one in made:
        for record in one.journal:
            seq += 1
            record["seq"] = seq
    return made


def write(ours: Settings, journal: Path) -> None:
    told = stories()
    ours.cel_file.write_bytes(lines([event for one in told for event in one.cel]))
    ours.cdr_file.write_bytes(lines([record for one in told for record in one.cdr]))
    journal.write_bytes(lines([record for one in told for record in one.journal]))
    at_rest(ours)


def at_rest(ours: Settings) -> None:
    """Nothing was written just now: the books need not wait for events to settle."""
    for path in (ours.cel_file, *ours.journal_dir.glob("*.jsonl*")):
        os.utime(path, (1, 1))


def drain(ours: Settings, database: Database) -> None:
    recorder = Recorder(ours, database)
    while recorder.step():
        pass


def books(ours: Settings, **more: Any) -> command.Books:
    return balance(ours, SINCE, patience_seconds=0, **more)


def change(path: Path, keep: Callable[[dict[str, Any]], bool]) -> None:
    entries = [json.loads(line) for line in path.read_bytes().splitlines()]
    kept = [entry for entry in entries if keep(entry)]
    assert len(kept) < len(entries)
    path.write_bytes(lines(kept))
    os.utime(path, (1, 1))


def test_twelve_calls_balance_and_the_command_says_so(ours: Settings, journal: Path, fresh: Database) -> None:
    write(ours, journal)
    drain(ours, fresh)
    made = books(ours)
    assert made.discrepancies == [] and made.balanced, to_text(made, SEOUL)
    assert (made.invites, made.endings["answered"], made.endings["abandoned"]) == (12, 4, 8)
    done = CliRunner().invoke(command.books, ["--since", SINCE.isoformat(), "--json"])
    assert done.exit_code == 0 and json.loads(done.output)["invites"] == 12
    shown = CliRunner().invoke(command.books, ["--since", SINCE.isoformat()])
    assert "Balanced." in shown.output and "answered" in shown.output


@pytest.mark.parametrize(
    ("plant", "wanted"),
    [
        ("delete from case_calls where call_id = :id", ("missing", "cases")),
        ("update calls set outcome = 'abandoned' where call_id = :id", ("contradictory", "calls")),
        ("update calls set agent_extension = '999' where call_id = :id", ("contradictory", "calls")),
        (
            "insert into calls (call_id, linked_id, arrived_at, outcome)"
            " select gen_random_uuid(), linked_id, arrived_at, outcome from calls where call_id = :id",
            ("doubled", "calls"),
        ),
    ],
    ids=["no case", "another outcome", "another agent", "a second row"],
)
def test_what_is_wrong_in_the_table_is_found_with_its_call(
    ours: Settings, journal: Path, fresh: Database, plant: str, wanted: tuple[str, str]
) -> None:
    write(ours, journal)
    drain(ours, fresh)
    with fresh.transaction() as tx:
        assert tx.execute(sa.text(plant), {"id": UUID(int=3)}).rowcount
    made = books(ours)
    assert [(one.kind, one.witness, one.call_id) for one in made.discrepancies] == [(*wanted, UUID(int=3))]
    done = CliRunner().invoke(command.books, ["--since", SINCE.isoformat()])
    assert done.exit_code == 1 and str(UUID(int=3)) in done.output and "->" in done.output


def test_a_row_that_is_gone_is_found(ours: Settings, journal: Path, fresh: Database) -> None:
    write(ours, journal)
    drain(ours, fresh)
    with fresh.transaction() as tx:
        for table in ("case_calls", "offers", "calls"):
            tx.execute(sa.text(f"delete from {table} where call_id = :id"), {"id": UUID(int=3)})  # noqa: S608
    (one,) = books(ours).discrepancies
    assert (one.kind, one.witness, one.call_id) == ("missing", "calls", UUID(int=3))


def test_a_call_cut_out_of_asterisks_file_is_found(ours: Settings, journal: Path, fresh: Database) -> None:
    write(ours, journal)
    drain(ours, fresh)
    change(ours.cel_file, lambda event: event["linkedid"] != "centre120-1795304982.3")
    drain(ours, fresh)
    made = books(ours)
    assert [(one.kind, one.witness, one.call_id) for one in made.discrepancies] == [
        ("missing", "sip", UUID(int=3))
    ]
    assert (made.invites, made.accounted) == (11, 12)


def test_records_cut_out_of_the_journal_are_found(ours: Settings, journal: Path, fresh: Database) -> None:
    write(ours, journal)
    drain(ours, fresh)
    change(journal, lambda record: record["call_id"] != str(UUID(int=5)))
    drain(ours, fresh)
    found = {(one.kind, one.witness, one.call_id) for one in books(ours).discrepancies}
    assert found == {
        ("missing", "journal", UUID(int=5)),
        ("missing", "journal", None),
    }  # the call; its numbers


def test_rotated_and_copied_files_are_one_witness(ours: Settings, journal: Path, fresh: Database) -> None:
    write(ours, journal)
    whole = ours.cel_file.read_bytes().splitlines(keepends=True)
    ours.cel_file.with_name("cel.json.1").write_bytes(b"".join(whole[:40]))
    ours.cel_file.write_bytes(b"".join(whole[40:]))
    ours.cel_file.with_name("cel.json.2").write_bytes(b"".join(whole[:20]))  # a copy that a rotation left
    drain(ours, fresh)
    made = books(ours)
    assert made.balanced, to_text(made, SEOUL)


def test_a_recorder_that_is_behind_is_waited_for_and_then_told(
    ours: Settings, journal: Path, fresh: Database
) -> None:
    write(ours, journal)
    made = books(ours)
    assert made.unread_records > 100 and len(made.not_judged) == 12 and not made.balanced
    assert made.discrepancies == []
    done = CliRunner().invoke(command.books, ["--since", SINCE.isoformat()])
    assert done.exit_code == 1 and "records are not yet in the database" in done.output
    stop = threading.Event()
    said: list[str] = []
    later = threading.Timer(0.5, lambda: Recorder(ours, fresh).run(stop))
    later.start()
    try:
        made = balance(ours, SINCE, patience_seconds=20, say=said.append)
    finally:
        stop.set()
        later.join(10)
    assert made.balanced and said and "waiting for the recorder" in said[0]


def test_without_postgresql_the_exit_code_is_2_and_says_what_to_do(
    ours: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    away = Settings(home=tmp_path, database_url=f"postgresql://centre120@/none?host={tmp_path}")
    monkeypatch.setattr(command, "load_settings", lambda: away)
    done = CliRunner().invoke(command.books, ["--since", "24h"])
    assert done.exit_code == 2
    with pytest.raises(StoreUnavailable):
        books(away)


def test_older_lines_of_a_large_file_are_passed_over(ours: Settings, journal: Path) -> None:
    """The books of a day do not cost a year."""
    write(ours, journal)
    earlier = []
    for number in range(1000):
        one = Story(UUID(int=10_000 + number), f"centre120-1700000000.{number + 100}")
        earlier += one.arrives(-864_000 + number).ends(-864_000 + number + 1).cel
    ours.cel_file.write_bytes(lines(earlier) + ours.cel_file.read_bytes())
    read = command.read_files(ours, SINCE)
    assert len(read.sip.calls) == 12 and len(read.sip.earlier) < 100


def test_the_night_is_made_once_kept_and_shown(ours: Settings, journal: Path, fresh: Database) -> None:
    write(ours, journal)
    drain(ours, fresh)
    morning = datetime(2026, 11, 22, 3, 31, tzinfo=SEOUL)
    for _ in range(2):
        nightly = Nightly(ours, lambda: morning)
        nightly.look()
        nightly.wait(20)
    with fresh.transaction() as tx:
        (kept,) = list_kept_books(tx, 10)
    assert kept.balanced and kept.invites == 12 and kept.answered == 4
    assert kept.until_at == datetime(2026, 11, 22, tzinfo=SEOUL)
    with fresh.transaction() as tx:
        tx.execute(sa.text("update calls set outcome = 'abandoned' where call_id = :id"), {"id": UUID(int=3)})
        tx.execute(sa.text("delete from books"))
    nightly = Nightly(ours, lambda: morning)
    nightly.look()
    nightly.wait(20)
    done = CliRunner().invoke(command.books, ["--kept"])
    assert done.exit_code == 1 and "NOT balanced: 1 discrepancies" in done.output
    as_json = json.loads(CliRunner().invoke(command.books, ["--kept", "--json"]).output)
    assert as_json[0]["details"]["discrepancies"][0]["call_id"] == str(UUID(int=3))


def test_doctor_fails_while_the_last_nights_books_do_not_balance(
    ours: Settings, journal: Path, fresh: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor.supervise, "supervisor_pid", lambda _: 1)
    assert [one.result for one in doctor.check_books(ours)] == ["ok"]  # none yet
    write(ours, journal)
    drain(ours, fresh)
    made = books(ours)
    with fresh.transaction() as tx:
        record_books(tx, made, command.to_json(made))
    assert [one.result for one in doctor.check_books(ours)] == ["ok"]
    with fresh.transaction() as tx:
        tx.execute(sa.text("update books set balanced = false, discrepancies = 3"))
    (finding,) = doctor.check_books(ours)
    assert finding.result == "fail" and "3 discrepancies" in finding.found
    assert finding.next_step.startswith("./120 books --since 2026-11-21T07:00")


def test_when_the_nights_books_are_due() -> None:
    at = time_of_day(3, 30)

    def moment(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=SEOUL)

    yesterday = (moment("2026-11-21"), moment("2026-11-22"))
    assert due(moment("2026-11-22T03:30"), at, None) == yesterday
    assert due(moment("2026-11-22T03:29"), at, None) == (moment("2026-11-20"), moment("2026-11-21"))
    assert due(moment("2026-11-22T23:00"), at, moment("2026-11-22")) is None
    assert due(moment("2026-11-22T04:00"), at, moment("2026-11-19")) == (moment("2026-11-19"), yesterday[1])
    assert due(moment("2026-11-22T04:00"), at, moment("2026-01-01")) == (moment("2026-11-15"), yesterday[1])


def test_since_is_a_time_or_a_span() -> None:
    now = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    assert parse_since(None, SEOUL, now) == datetime(2026, 11, 22, tzinfo=SEOUL)
    assert parse_since("24h", SEOUL, now) == now - timedelta(hours=24)
    assert parse_since("2026-11-20T09:30", SEOUL, now) == datetime(2026, 11, 20, 9, 30, tzinfo=SEOUL)
    assert parse_since("2026-11-20T09:30+00:00", SEOUL, now) == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    with pytest.raises(CentreError, match="since-invalid"):
        parse_since("yesterday", SEOUL, now)


def test_a_frozen_database_ends_the_wait(ours: Settings, journal: Path, fresh: Database) -> None:
    """balance() has a deadline of its own even when the recorder never moves."""
    write(ours, journal)
    begun = time.monotonic()
    balance(ours, SINCE, patience_seconds=1.0)
    assert time.monotonic() - begun < 15


@pytest.fixture
def fresh(ours: Settings) -> Iterator[Database]:
    database = Database(ours.sqlalchemy_url)
    yield database
    database.close()
