"""supervisord's configuration says what was meant, and its programs start with a bare environment."""

import configparser
import shlex
from pathlib import Path

import pytest

from centre120.settings import Settings
from ops import programs, ready, status, supervise
from ops.programs import Program


def section(program: Program, tmp_path: Path) -> configparser.SectionProxy:
    parser = configparser.RawConfigParser()
    parser.read_string(supervise.render(Settings(home=tmp_path), [program]))
    return parser[f"program:{program.name}"]


def test_a_program_dies_with_its_supervisor_and_takes_its_children_along(tmp_path: Path) -> None:
    written = section(Program("web", ("/v/bin/python", "-m", "web"), 60), tmp_path)
    assert shlex.split(written["command"])[:4] == ["setpriv", "--pdeathsig", "TERM", "--"]
    assert (written["stopasgroup"], written["killasgroup"], written["autorestart"]) == (
        "true",
        "true",
        "true",
    )


@pytest.mark.parametrize("word", ["/home/O'Brien/시청/p", "100%", "a b", "plain", 'say "x"'])
def test_words_survive_supervisors_reading(word: str) -> None:
    # supervisord expands %(...)s by the % operator, then splits like a shell
    assert shlex.split(supervise.quoted(word) % {}) == [word]


def test_postgresql_is_stopped_by_its_fast_shutdown_and_starts_first(tmp_path: Path) -> None:
    program = programs.postgres_program(Settings(home=tmp_path))
    written = section(program, tmp_path)
    assert written["stopsignal"] == "INT"
    assert written["autostart"] == "true"
    assert shlex.split(written["command"])[:3] == ["setpriv", "--pdeathsig", "INT"]


def test_with_a_database_elsewhere_no_postgresql_is_supervised(tmp_path: Path) -> None:
    private = [program.name for program in programs.programs(Settings(home=tmp_path))]
    elsewhere = Settings(home=tmp_path, database_url="postgresql://db/c")
    assert "postgresql" in private
    assert "postgresql" not in [program.name for program in programs.programs(elsewhere)]


def test_more_workers_are_more_programs_with_names_of_their_own() -> None:
    three = programs.ari_programs(3)
    assert [program.name for program in three] == ["ari_app", "ari_app-2", "ari_app-3"]
    assert three[2].command[-2:] == ("--worker", "3")


def test_secrets_of_the_shell_reach_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("CENTRE120_DATABASE_URL", "postgresql://u:p@db/c")
    assert set(supervise.bare_environment(Settings(home=tmp_path))) <= {
        "PATH",
        "HOME",
        "LANG",
        "PYTHONUNBUFFERED",
        "PYTHONPYCACHEPREFIX",
        "CENTRE120_HOME",
    }


@pytest.mark.parametrize(
    ("states", "code"),
    [
        pytest.param({"web": "running", "agi": "running"}, 0, id="all run"),
        pytest.param({"web": "running", "agi": "failed"}, 1, id="one failed"),
        pytest.param({"web": "running", "agi": "starting"}, 1, id="one not yet"),
        pytest.param({"web": "stopped", "agi": "stopped"}, 3, id="nothing runs"),
        pytest.param({"web": "failed", "agi": "failed"}, 1, id="crashing is not stopped"),
    ],
)
def test_exit_code_of_status(states: dict[str, str], code: int) -> None:
    assert status.exit_code(states) == code


def test_nothing_running_is_seen_without_a_supervisor(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, bind_host="0.0.0.0")  # noqa: S104
    assert supervise.states(settings) == {}
    assert supervise.stop(settings) is False
    answer = status.facts(settings)
    assert {one["state"] for one in answer["programs"].values()} == {"stopped"}
    assert answer["sip"] == "127.0.0.1:5060"  # an address that can be called, not the wildcard


def test_options_request_has_what_every_sip_request_must_have() -> None:
    text = ready.options_request("127.0.0.1", 5060, ("127.0.0.1", 40000)).decode()
    head, _, body = text.partition("\r\n\r\n")
    assert head.startswith("OPTIONS sip:127.0.0.1:5060 SIP/2.0\r\n")
    names = {line.split(":")[0] for line in head.split("\r\n")[1:]}
    assert {"Via", "From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Length"} <= names
    assert body == ""


def test_only_what_runs_is_asked_and_everything_that_runs_is(tmp_path: Path) -> None:
    asked = ready.waits(Settings(home=tmp_path), {"asterisk": None, "recorder": None})
    assert [(wait.program, wait.question) for wait in asked] == [
        ("asterisk", "answer SIP OPTIONS"),
        ("asterisk", "keep running"),
        ("recorder", "keep running"),
    ]
