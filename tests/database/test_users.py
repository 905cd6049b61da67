"""A lost password: a way back in for who owns the home, and for nobody else; `./120 users` says who may log in."""

import json
import sys
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


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of `./120 ARGUMENTS`."""
    monkeypatch.setattr(sys, "argv", ["120", *arguments])
    with pytest.raises(SystemExit) as left:
        cli.main()
    return int(left.value.code or 0)


def test_a_lost_password_is_replaced_once_shown_and_to_be_changed(
    home: Path,
    fresh: Database,
    admin: User,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for _ in range(5):
        authenticate_user(fresh, "admin", "guessed", datetime.now(UTC))  # locks the login
    assert run(monkeypatch, "password", "admin", "--json") == 0
    told = json.loads(capsys.readouterr().out)
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
    home: Path,
    fresh: Database,
    admin: User,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, "password", "adnim") == 1
    told = capsys.readouterr()
    assert (
        told.err.startswith("120: Nobody has the login adnim.\n     ./120 users")
        and "[user-unknown]" in told.err
    )
    assert told.out == ""
    with fresh.transaction() as tx:
        assert find_user(tx, admin.user_id) == admin and list_accesses(tx) == []


def test_a_stopped_database_is_said_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "settings.env").write_text("CENTRE120_DATABASE_URL=postgresql://nobody@127.0.0.1:9/none\n")
    monkeypatch.setenv("CENTRE120_HOME", str(tmp_path))
    monkeypatch.delenv("CENTRE120_DATABASE_URL", raising=False)
    assert run(monkeypatch, "password", "admin") == 1
    told = capsys.readouterr()
    assert told.err.startswith("120: The password was not changed: PostgreSQL") and "./120 up" in told.err
    assert told.out == ""
    assert run(monkeypatch, "users") == 1
    assert "[store-unavailable]" in capsys.readouterr().err


def test_another_account_may_not(
    home: Path,
    fresh: Database,
    admin: User,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: home.stat().st_uid + 1)
    monkeypatch.setattr("pwd.getpwuid", lambda uid: type("Entry", (), {"pw_name": f"account{uid}"}))
    assert run(monkeypatch, "password", "admin") == 1
    assert "[not-the-owner]" in capsys.readouterr().err
    assert isinstance(authenticate_user(fresh, "admin", OLD, datetime.now(UTC)), User)


def test_users_are_listed_with_role_and_last_login(
    home: Path,
    fresh: Database,
    admin: User,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with fresh.transaction() as tx:
        add_user(tx, "201", OLD, "agent", extension=None, name="김민지")
    authenticate_user(fresh, "admin", OLD, datetime(2026, 11, 21, 3, 4, tzinfo=UTC))
    assert run(monkeypatch, "users") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["201", "agent", "never", "김민지,", "must", "choose", "a", "password"]
    assert lines[2].split()[:4] == ["admin", "telecom-admin", "2026-11-21", "12:04"]
    assert run(monkeypatch, "users", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert [one["login"] for one in listed] == ["201", "admin"] and "hash" not in json.dumps(listed)
