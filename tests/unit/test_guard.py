"""The guard's book and its reading of a log that is rotated, cut and flooded; Asterisk is not needed for it."""

import json
from pathlib import Path

import pytest

from centre120.ban_policy import Alarm, Ban, Rules
from centre120.errors import CentreError
from centre120.settings import Settings
from ops.guard import guard as guarding
from ops.guard import log_tail
from ops.guard.book import Book, bans_file, changing, known_addresses, read_book
from ops.guard.guard import Guard
from ops.guard.log_tail import LogTail, remove_old
from tests.unit.test_ban_policy import LINE

NOW = 1795315250.0


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(home=tmp_path, agent_networks="192.0.2.0/24", trunk_a_host="198.51.100.5")
    (made.asterisk_dir / "log").mkdir(parents=True)
    return made


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Asterisk's console, which obeys. (A fake at an edge: the real one is in tests/attacks.)"""
    commands: list[str] = []

    def answer(_settings: Settings, command: str, _seconds: float = 0) -> str:
        commands.append(command)
        return guarding.RELOADED

    monkeypatch.setattr(guarding, "ask_console", answer)
    return commands


def write(settings: Settings, lines: int) -> None:
    with (settings.asterisk_dir / "log" / "security.log").open("a", encoding="utf-8") as file:
        file.writelines(LINE.format(f"call{number}", "1/2", "zz") + "\n" for number in range(lines))


def test_lines_become_a_ban_that_asterisk_is_told_of(settings: Settings, asked: list[str]) -> None:
    guard = Guard(settings)
    write(settings, 5)
    assert [type(one) for one in guard.round(NOW)] == [Ban]
    assert asked == ["module reload acl"]
    book = read_book(settings)
    assert [ban.address for ban in book.bans] == ["203.0.113.9"]
    assert guard.round(NOW + 1) == []
    assert asked == ["module reload acl"], "told again for nothing"


def test_a_ban_that_has_run_out_is_lifted(settings: Settings, asked: list[str]) -> None:
    guard = Guard(settings)
    write(settings, 5)
    guard.round(NOW)
    guard.round(NOW + 601)
    assert read_book(settings).bans == []
    assert len(asked) == 2
    assert read_book(settings).counts() == {"203.0.113.9": 1}, "the next offence counts as the second"


def test_what_was_judged_is_not_judged_again_by_the_next_guard(settings: Settings, asked: list[str]) -> None:
    write(settings, 5)
    Guard(settings).round(NOW)
    assert Guard(settings).round(NOW + 1) == []


def test_a_clock_that_was_set_back_does_not_blind_the_guard(settings: Settings, asked: list[str]) -> None:
    with changing(settings) as book:
        book.read_until = NOW + 3_600
    write(settings, 5)
    assert [type(one) for one in Guard(settings).round(NOW)] == [Ban]


def test_asterisk_that_does_not_answer_is_told_later(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([None, None, guarding.RELOADED])
    asked = []
    monkeypatch.setattr(guarding, "ask_console", lambda *_: (asked.append(1), next(answers))[1])
    guard = Guard(settings)
    for second in range(12):
        guard.round(NOW + second)
    assert len(asked) == 3, "told until it was heard, with pauses, and then no more"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"bans": 7}', '{"bans":[{"x":1}]}', "\0" * 50])
def test_a_book_that_can_not_be_read_is_empty(settings: Settings, text: str) -> None:
    bans_file(settings).parent.mkdir(parents=True)
    bans_file(settings).write_text(text)
    assert read_book(settings) == Book()


def test_the_book_survives_and_is_nobody_elses(settings: Settings) -> None:
    with changing(settings) as book:
        book.ban(Ban("203.0.113.9", NOW, NOW + 600, 1, "by hand"), Rules())
        book.alarm(Alarm("201", ("203.0.113.9",), 20), NOW)
    again = read_book(settings)
    assert again.bans == [Ban("203.0.113.9", NOW, NOW + 600, 1, "by hand")]
    assert bans_file(settings).stat().st_mode & 0o077 == 0
    assert json.loads(bans_file(settings).read_text())["offences"] == {"203.0.113.9": [1, NOW]}


def test_there_are_never_more_bans_than_asterisk_shall_compare(settings: Settings) -> None:
    book = Book()
    for number in range(30):
        book.ban(Ban(f"203.0.113.{number}", NOW, NOW + number, 1, ""), Rules(most_bans=10))
    assert [ban.until for ban in book.bans] == [NOW + number for number in range(20, 30)]


def test_a_lifted_address_has_no_past(settings: Settings) -> None:
    book = Book()
    book.ban(Ban("203.0.113.9", NOW, NOW + 600, 3, ""), Rules())
    assert book.lift("203.0.113.9") and not book.lift("203.0.113.9")
    assert book.counts() == {}


def test_networks_that_are_none_are_named(settings: Settings) -> None:
    with pytest.raises(CentreError, match=r"10\.0\.0\.0/99"):
        known_addresses(settings.model_copy(update={"agent_networks": "10.0.0.0/99"}))


def test_the_machines_own_address_is_known(settings: Settings) -> None:
    known = known_addresses(settings.model_copy(update={"bind_host": "192.0.3.10"}))
    assert (
        known.is_inside("192.0.3.10") and known.is_inside("192.0.2.1") and not known.is_inside("192.0.3.11")
    )
    assert known.is_trunk("198.51.100.5")


def test_the_log_is_followed_through_rotation_and_half_lines(tmp_path: Path) -> None:
    path = tmp_path / "security.log"
    tail = LogTail(path)
    assert tail.read() == []
    path.write_bytes(b"one\ntw")
    assert tail.read() == ["one"]
    with path.open("ab") as file:
        file.write(b"o\n")
    assert tail.read() == ["two"]
    path.rename(tmp_path / "security.log.0")
    path.write_bytes(b"three\n")
    assert tail.read() == ["three"]
    path.write_bytes(b"")
    assert tail.read() == []
    path.write_bytes(b"\xff\n")
    assert tail.read() == ["\ufffd"]


def test_of_a_flood_only_the_newest_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_tail, "BACKLOG_BYTES", 100)
    path = tmp_path / "security.log"
    path.write_text("".join(f"{number:08}\n" for number in range(1_000)))
    lines = LogTail(path).read()
    assert lines[-1] == "00000999" and len(lines) <= 12


def test_old_logs_are_removed(tmp_path: Path) -> None:
    for number in range(9):
        (tmp_path / f"security.log.{number}").write_text("x")
    assert len(remove_old(tmp_path)) == 9 - log_tail.KEPT
