"""A lost password: a way back in for who owns the home, and for nobody else; `./120 users` says who may log in."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from centre120.store.access import list_accesses
from centre120.store.database import Database
from centre120.store.users import LoginRefused, User, add_user, authenticate_user, find_user
from ops import cli

OLD = "the lost password"


@pytest.fixture
def home(tmp_path: Path, fresh_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose settings name the test's own database."""
    (tmp_path / "settings.env").write_text(f"CENTRE120_DATABASE_URL={fresh_url}\n")
    monkeypatch.setenv("CENTRE120_HOME", str(tmp_path))
    monkeypatch.delenv("CENTRE120_DATABASE_URL", raising=False)
    return tmp_path


@pytest.fixture
def admin(fresh: Database) -> User:
    with fresh.transaction() as tx:
        return add_user(tx, "admin", OLD, "telecom-admin")


@dataclass(frozen=True)
class Told:
    """What a command said."""

    code: int
    out: str
    err: str


Command = Callable[..., Told]


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path, admin: User
) -> Command:
    """Runs `./120 ARGUMENTS` in a home with one admin."""

    def run(*arguments: str) -> Told:
        monkeypatch.setattr(sys, "argv", ["120", *arguments])
        with pytest.raises(SystemExit) as left:
            cli.main()
        return Told(int(left.value.code or 0), *capsys.readouterr())

    return run


def test_a_lost_password_is_replaced_once_shown_and_to_be_changed(
    command: Command, fresh: Database, admin: User
) -> None:
    for _ in range(5):
        authenticate_user(fresh, "admin", "guessed", datetime.now(UTC))  # locks the login
    said = command("password", "admin", "--json")
    assert said.code == 0
    told = json.loads(said.out)
    assert (told["login"], told["role"]) == ("admin", "telecom-admin")
    assert isinstance(authenticate_user(fresh, "admin", OLD, datetime.now(UTC)), LoginRefused)
    again = authenticate_user(fresh, "admin", told["password"], datetime.now(UTC))
    assert isinstance(again, User) and again.must_change_password
    assert again.session_epoch > admin.session_epoch  # sessions that were open carry the old number
    with fresh.transaction() as tx:
        (entry,) = list_accesses(tx)
        assert (entry.what, entry.purpose) == ("login:admin", "lost password")
        assert entry.who.startswith("account:") and told["password"] not in repr(entry)


def test_an_unknown_user_is_named_and_nothing_is_changed(
    command: Command, fresh: Database, admin: User
) -> None:
    told = command("password", "adnim")
    assert told.code == 1
    assert (
        told.err.startswith("120: Nobody has the login adnim.\n     ./120 users")
        and "[user-unknown]" in told.err
    )
    assert told.out == ""
    with fresh.transaction() as tx:
        assert find_user(tx, admin.user_id) == admin and list_accesses(tx) == []


def test_a_stopped_database_is_said_and_what_to_do(command: Command, home: Path) -> None:
    (home / "settings.env").write_text("CENTRE120_DATABASE_URL=postgresql://nobody@127.0.0.1:9/none\n")
    told = command("password", "admin")
    assert told.code == 1
    assert told.err.startswith("120: The password was not changed: PostgreSQL") and "./120 up" in told.err
    assert told.out == ""
    told = command("users")
    assert told.code == 1 and "[store-unavailable]" in told.err


def test_another_account_may_not(
    command: Command, home: Path, fresh: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: home.stat().st_uid + 1)
    monkeypatch.setattr("pwd.getpwuid", lambda uid: type("Entry", (), {"pw_name": f"account{uid}"}))
    told = command("password", "admin")
    assert told.code == 1 and "[not-the-owner]" in told.err
    assert isinstance(authenticate_user(fresh, "admin", OLD, datetime.now(UTC)), User)


def test_users_are_listed_with_role_and_last_login(command: Command, fresh: Database, admin: User) -> None:
    with fresh.transaction() as tx:
        add_user(tx, "201", OLD, "agent", extension=None, name="김민지")
    authenticate_user(fresh, "admin", OLD, datetime(2026, 11, 21, 3, 4, tzinfo=UTC))
    told = command("users")
    lines = told.out.splitlines()
    assert told.code == 0
    assert lines[1].split() == ["201", "agent", "never", "김민지,", "must", "choose", "a", "password"]
    assert lines[2].split()[:4] == ["admin", "telecom-admin", "2026-11-21", "12:04"]
    told = command("users", "--json")
    assert told.code == 0
    listed = json.loads(told.out)
    assert [one["login"] for one in listed] == ["201", "admin"] and "hash" not in json.dumps(listed)
