"""`./120 bench agi` in small: every server says every command, and the figures are there. Nothing is claimed of speed here."""

from click.testing import CliRunner

from ops.bench import bench
from ops.bench.agi import ENVIRONMENT, NAMES, TARGETS, _Server, measure, play, report


def test_every_server_answers_both_kinds_of_session_and_is_measured() -> None:
    result = measure(sessions=40, block=20, quiet=True)
    for script in ("one", "session"):
        assert set(result["cpu_seconds_per_1000"][script]) == set(NAMES)
        assert all(seconds > 0 for seconds in result["cpu_seconds_per_1000"][script].values())
        assert set(result["ratio"][script]) == set(TARGETS)
    report(result, as_json=False)


def test_what_is_played_is_counted_command_by_command() -> None:
    with _Server("ours") as server:
        assert play(server.port, "one", 3) == 3
        assert play(server.port, "session", 3) == 12
        assert play(server.port, "no-such-script", 3) == 0  # the benchmark would stop with an error
        assert server.cpu() > 0


def test_the_environment_is_one_that_asterisk_sends() -> None:
    block = ENVIRONMENT.format(script="one")
    assert block.endswith("\n\n") and all(line.startswith("agi_") for line in block.strip().split("\n"))


def test_it_is_a_command_with_help() -> None:
    done = CliRunner().invoke(bench, ["agi", "--help"])
    assert done.exit_code == 0 and "panoramisk" in done.output
