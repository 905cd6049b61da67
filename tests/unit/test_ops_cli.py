"""The command line: plain words and an exit code instead of a traceback."""

import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from centre120.errors import CentreError, Fault
from ops import cli, doctor, progress


def test_help_names_every_command() -> None:
    text = CliRunner().invoke(cli.cli, ["--help"]).output
    for name in ("up", "down", "status", "restart", "doctor", "check", "test", *cli.ELSEWHERE, "version"):
        assert f"\n  {name} " in text


def test_a_command_that_is_not_built_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cli.ELSEWHERE, "bench", "ops.no_such_module")
    result = CliRunner().invoke(cli.cli, ["bench", "queue", "--json"])
    assert result.exit_code == 1
    assert "bench is not built yet" in result.output


def test_an_error_is_two_lines_and_exit_code_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise CentreError(
            "port-in-use", "Port 5060 is in use.", "Set CENTRE120_SIP_PORT.", Fault.CONFIGURATION
        )

    monkeypatch.setattr(cli, "cli", fail)
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 1
    assert (
        capsys.readouterr().err == "120: Port 5060 is in use.\n     Set CENTRE120_SIP_PORT. [port-in-use]\n"
    )


def test_a_full_disk_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cli, "cli", fail)
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 1
    assert "[disk-full]" in capsys.readouterr().err


def test_a_bad_setting_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CENTRE120_HOME", str(tmp_path))
    monkeypatch.setenv("CENTRE120_SIP_PORT", "fifty")
    monkeypatch.setattr(sys, "argv", ["120", "status"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 1
    assert "CENTRE120_SIP_PORT=fifty" in capsys.readouterr().err


def test_progress_line() -> None:
    assert progress.line(3.24, "Asterisk 22.10.1 unpacked") == "[  3.2 s] Asterisk 22.10.1 unpacked"


def test_what_the_machine_refuses_names_the_file_and_the_account() -> None:
    text = cli.os_complaint(PermissionError(13, "Permission denied", "/somewhere/bin"))
    assert "/somewhere/bin" in text and "chown" in text and "[not-permitted]" in text
    assert "[disk-full]" in cli.os_complaint(OSError(28, "No space left on device"))


def test_a_fault_of_ours_leaves_its_trace_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CENTRE120_HOME", str(tmp_path))
    try:
        raise RuntimeError("unforeseen")
    except RuntimeError as error:
        assert "[program-fault]" in cli.bug_complaint(error)
    assert "unforeseen" in (tmp_path / "log" / "120.log").read_text()


CONTACTS = """
  Contact:  <Aor/ContactUri..............................> <Hash....> <Status> <RTT(ms)..>
==========================================================================================

  Contact:  trunk_a/sip:127.0.0.2:31006                    4ff0fd9e9d NonQual        -nan
  Contact:  trunk_b/sip:127.0.0.3:31006                    259157a86b Avail         0.532

Objects found: 2
"""


def test_the_doctor_reads_the_trunks_state() -> None:
    assert doctor.parse_contacts(CONTACTS) == {
        "trunk_a/sip:127.0.0.2:31006": "NonQual",
        "trunk_b/sip:127.0.0.3:31006": "Avail",
    }


@pytest.mark.parametrize(
    ("hosts", "known"),
    [
        ("127.0.0.1 localhost vm\n", True),
        ("127.0.0.1 localhost # vm\n", False),
        ("127.0.0.1 vm2\n", False),
        ("", False),
    ],
)
def test_the_hosts_own_name(hosts: str, known: bool) -> None:
    assert doctor.name_in_hosts("vm", hosts) is known


@pytest.mark.parametrize(
    ("citizens", "files", "result"),
    [(500, 20_000, doctor.OK), (500, 5_200, doctor.OK), (500, 4_096, doctor.WARN), (500, 100, doctor.WARN)],
)
def test_the_doctor_knows_how_many_files_a_talk_takes(citizens: int, files: int, result: str) -> None:
    found = doctor.check_open_files(citizens, files)
    assert found.result == result
    assert ("CENTRE120_MAX_CITIZENS to" in found.next_step) == (result == doctor.WARN)


def ended(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of `./120 ARGUMENTS`."""
    monkeypatch.setattr(sys, "argv", ["120", *arguments])
    with pytest.raises(SystemExit) as left:
        cli.main()
    return int(left.value.code or 0)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["status", "--jsn"], "./120 status has no option --jsn.\n     Did you mean --json?"),
        (["--nope"], "./120 has no option --nope.\n     ./120 --help lists its commands."),
        (["nope"], "./120 was not run: "),
        (["restart"], "./120 restart was not run: it needs PROGRAM.\n     ./120 restart --help"),
        (["up", "--workers", "12"], "./120 up was not run: --workers: 12 is not in the range"),
        (["status", "too", "much"], "./120 status was not run: "),
        (["bans", "lift"], "./120 bans lift was not run: it needs ADDRESS.\n"),
        (["bench", "nope"], "./120 bench was not run: "),
    ],
)
def test_what_is_typed_wrongly_is_said_as_all_errors_are(
    typed: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, *typed) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.startswith(f"120: {said}"), told.err
    assert told.err.endswith("[usage]\n") and told.err.count("\n") == 2


def subcommands() -> list[list[str]]:
    """Every command and subcommand, but `test`, whose options are pytest's."""
    context, found = click.Context(cli.cli), []
    for name in cli.cli.list_commands(context):
        command = cli.cli.get_command(context, name)
        found.append([name])
        if isinstance(command, click.Group):
            found += [[name, inner] for inner in command.list_commands(context)]
    return [words for words in found if words != ["test"]]


@pytest.mark.parametrize("words", subcommands(), ids=" ".join)
def test_every_command_says_so(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, *words, "--no-such-option") == 2
    told = capsys.readouterr().err
    assert told.startswith(f"120: ./120 {' '.join(words)} has no option --no-such-option.\n"), told
    assert ended(monkeypatch, *words, "--help") == 0


def test_help_and_no_command_at_all(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, "--help") == 0
    assert "Usage: ./120" in capsys.readouterr().out
    assert ended(monkeypatch) == 0
    assert "Usage: ./120" in capsys.readouterr().out
