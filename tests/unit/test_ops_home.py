"""What a home keeps: secrets, the remembered settings, the database's access rules, homes of test runs."""

import os
import socket
import sys
from pathlib import Path

import pytest

from centre120.errors import CentreError
from centre120.settings import Settings, load_settings
from ops import migrate, postgres, remembered, secrets, suite
from ops.ports import PortBlock


def test_secrets_are_made_once_and_only_for_their_owner(tmp_path: Path) -> None:
    assert secrets.ensure_secrets(tmp_path) == list(secrets.NAMES)
    first = Settings(home=tmp_path).secret("ari_password")
    assert len(first) >= 32
    assert secrets.ensure_secrets(tmp_path) == []
    assert Settings(home=tmp_path).secret("ari_password") == first
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "secrets").iterdir()} == {0o600}


def test_an_empty_secret_is_made_anew(tmp_path: Path) -> None:
    secrets.ensure_secrets(tmp_path)
    (tmp_path / "secrets" / "web_key").write_text("")
    assert secrets.ensure_secrets(tmp_path) == ["web_key"]


def test_what_up_was_told_is_what_later_commands_and_programs_see(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CENTRE120_HOME", str(tmp_path))
    (tmp_path / "settings.env").write_text("CENTRE120_DEFAULT_LANGUAGE=en\nCENTRE120_WEB_PORT=9000\n")
    with monkeypatch.context() as shell:
        shell.setenv("CENTRE120_WEB_PORT", "9001")
        shell.setenv("CENTRE120_DATABASE_URL", "postgresql://u:it's#a\\'p@db/c")
        remembered.remember(load_settings(remembered=False), {"demo": True, "workers": None})
    assert (tmp_path / "state" / "up.env").stat().st_mode & 0o777 == 0o600
    later = load_settings()
    assert (later.web_port, later.default_language, later.demo, later.workers) == (9001, "en", True, 1)
    assert later.database_url == "postgresql://u:it's#a\\'p@db/c"
    assert load_settings(remembered=False).web_port == 9000
    monkeypatch.setenv("CENTRE120_WEB_PORT", "9002")
    assert load_settings().web_port == 9002
    remembered.forget(later)
    monkeypatch.delenv("CENTRE120_WEB_PORT")
    assert load_settings().web_port == 9000


def test_the_account_and_root_may_be_the_databases_role() -> None:
    assert postgres.identity_map("anna") == "centre120 anna centre120\ncentre120 root centre120\n"
    assert postgres.identity_map("root") == "centre120 root centre120\n"


def test_a_pid_file_whose_pid_belongs_to_another_program_is_removed(tmp_path: Path) -> None:
    note = tmp_path / "postmaster.pid"
    note.write_text(f"{os.getpid()}\n{tmp_path}\n")
    assert postgres.leftover_process(tmp_path) is None
    assert not note.exists()


def test_a_server_that_still_runs_on_the_cluster_is_recognised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n")
    assert postgres.leftover_process(tmp_path) == os.getpid()


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://u:p@db.test:6432/c", ("db.test", 6432)),
        ("postgresql://u@db.test/c", ("db.test", 5432)),
        ("postgresql://u@/c?host=/run/pg&port=5433", ("/run/pg", 5433)),
        ("postgresql://u@%2Frun%2Fpg/c", ("/run/pg", 5432)),
    ],
)
def test_where_an_address_points(url: str, place: tuple[str, int]) -> None:
    assert migrate.endpoint(url) == place


def test_an_unreachable_database_is_told_without_its_password() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused at once
        url = f"postgresql://u:geheim@127.0.0.1:{taken.getsockname()[1]}/c"
        with pytest.raises(CentreError, match="CENTRE120_DATABASE_URL") as caught:
            migrate.check_reachable(url)
    assert caught.value.code == "database-unreachable"
    assert "geheim" not in str(caught.value)


def test_a_nonsense_address_is_told_as_such() -> None:
    with pytest.raises(CentreError) as caught:
        migrate.check_reachable("postgresql://u@db:notaport/c")
    assert caught.value.code == "database-url"


def test_a_test_run_removes_homes_of_runs_that_are_over_and_no_others(tmp_path: Path) -> None:
    running, over = tmp_path / "test" / str(os.getppid()), tmp_path / "test" / "999999999"
    running.mkdir(parents=True)
    over.mkdir()
    own = suite.own_home(Settings(home=tmp_path))
    assert own.is_dir()
    assert running.is_dir()
    assert not over.exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2"])
def test_a_test_run_takes_ports_that_nobody_uses(host: str) -> None:
    first = PortBlock(7)
    first.release()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((host, first.base + 3))
        other = PortBlock(7)
    assert other.base != first.base
    other.release()


def test_a_block_of_ports_is_held_and_given_back() -> None:
    first, second = PortBlock(7), PortBlock(7)
    assert abs(first.base - second.base) >= 1000
    first.release()
    third = PortBlock(7)
    assert third.base == first.base
    for block in (second, third):
        block.release()


def test_a_test_run_sees_no_setting_of_the_running_centre(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CENTRE120_WEB_PORT", "8120")
    env = suite.environment(Settings(home=tmp_path), tmp_path / "t", 41_000, tmp_path / "cache")
    assert "CENTRE120_WEB_PORT" not in env
    assert env["CENTRE120_HOME"] == str(tmp_path / "t")
    assert env["PATH"].startswith(str(tmp_path / "parts" / "bin"))


def test_check_runs_the_tools_of_its_own_environment(tmp_path: Path) -> None:
    programs = {step.command[0] for step in suite.steps(sys.executable, tmp_path)}
    assert {str(Path(program).parent) for program in programs} == {str(Path(sys.executable).parent)}
