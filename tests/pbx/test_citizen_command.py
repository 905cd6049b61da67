"""`./120 call` and the demo's robots against a real centre: the command must tell what really happened."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from centre120.settings import REPOSITORY
from tests.support.centre import Centre, poll, running

pytestmark = pytest.mark.timeout(150)
ROBOTS = {"201": ["ko"], "202": ["ko", "en"]}


@pytest.fixture(scope="module")
def centre() -> Iterator[Centre]:
    with running(Centre(ROBOTS, ring_seconds=5, wrap_up_seconds=1), "asterisk", "agi", "ari_app") as centre:
        yield centre


def environment(centre: Centre) -> dict[str, str]:
    return {**os.environ, **centre.environment, "PYTHONPATH": str(REPOSITORY)}


def place_call(centre: Centre, *options: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, the JSON object, standard error."""
    command = [sys.executable, "-m", "ops.cli", "call", "--json", *options]
    done = subprocess.run(
        command,
        cwd=REPOSITORY,
        env=environment(centre),
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr


@pytest.fixture
def robots(centre: Centre) -> Iterator[None]:
    entries = [
        {"extension": extension, "password": centre.password(extension), "tone": 900 + 140 * index}
        for index, extension in enumerate(ROBOTS)
    ]
    (centre.home / "state" / "robots.json").write_text(json.dumps({"agents": entries}))
    with (centre.settings.log_dir / "robots.log").open("ab") as log:
        program = subprocess.Popen(
            [sys.executable, "-m", "phones.robots"],
            cwd=REPOSITORY,
            env=environment(centre),
            stdout=log,
            stderr=log,
        )
    try:
        poll(lambda: all(centre.agent_state(name) == "available" for name in ROBOTS), 20, "robots available")
        yield
    finally:
        program.terminate()
        assert program.wait(2) == 0  # within 2 s of SIGTERM


def test_a_robot_answers_and_audio_goes_both_ways(centre: Centre, robots: None) -> None:
    code, told, complaint = place_call(centre, "--name", '김 "시민" <b>')
    assert code == 0, complaint
    assert told["answered_by"] in ROBOTS
    assert told["two_way_audio"] is True
    [queued] = [record for record in centre.journal("CallQueued") if record["call_id"] == told["call_id"]]
    assert told["case_number"] == queued["case_number"]
    assert told["language"] == "ko"
    assert 0 < told["seconds_to_answer"] < 30
    prompts = [step["prompt"] for step in told["steps"] if step["what"] == "prompt"]
    assert prompts[:2] == ["greeting", "menu"]


def test_keys_9_and_1_reach_an_agent_who_speaks_english(centre: Centre, robots: None) -> None:
    code, told, complaint = place_call(centre, "--keys", "9,1")
    assert code == 0, complaint
    assert (told["answered_by"], told["language"]) == ("202", "en")
    keys = [step["key"] for step in told["steps"] if step["what"] == "menu-key"]
    assert keys == ["9"]
    assert told["two_way_audio"] is True


def test_robots_are_available_again_after_ari_app_was_killed(centre: Centre, robots: None) -> None:
    centre.kill("ari_app")
    centre.start("ari_app")
    poll(
        lambda: all(centre.agent_state(name) == "available" for name in ROBOTS), 40, "robots available again"
    )


def test_nobody_answering_is_exit_code_2_and_said_so(centre: Centre) -> None:
    code, told, _ = place_call(centre, "--keys", "0", "--seconds", "6")
    assert code == 2
    assert (told["answered_by"], told["seconds_to_answer"], told["two_way_audio"]) == (None, None, False)
    assert "queued" in [step["what"] for step in told["steps"]]


def test_a_number_that_is_not_ours_is_refused_with_404(centre: Centre) -> None:
    code, told, _ = place_call(centre, "--to", "0212345678")
    assert code == 2
    assert any("404" in str(step.get("event")) for step in told["steps"])


def test_without_a_centre_the_command_says_what_to_do(centre: Centre) -> None:
    command = [sys.executable, "-m", "ops.cli", "call"]
    silent = {**environment(centre), "CENTRE120_PORT_BASE": "", "CENTRE120_SIP_PORT": "9"}
    del silent["CENTRE120_PORT_BASE"]
    done = subprocess.run(
        command, cwd=REPOSITORY, env=silent, capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 1
    assert "Is it running? ./120 up" in done.stderr
