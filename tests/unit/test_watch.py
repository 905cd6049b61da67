"""The watch: who is silent is told of and, where that hurts nobody, ended. Real processes that are really stopped."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from centre120.settings import Settings
from centre120.watch_policy import ALARM_SECONDS, RULES, Step, decide
from ops.watch.probes import is_stopped
from ops.watch.watch import Watch, silent_programs


@pytest.mark.parametrize(
    ("program", "silent", "alarmed", "step"),
    [
        ("agi", 0.0, False, Step.NOTHING),
        ("agi", ALARM_SECONDS, False, Step.ALARM),
        ("agi", ALARM_SECONDS + 1, True, Step.NOTHING),
        ("agi", 6.0, True, Step.END),
        ("ari_app-2", 4.0, False, Step.END),
        ("asterisk", 29.0, True, Step.NOTHING),
        ("asterisk", 30.0, True, Step.END),
        ("postgresql", 3600.0, True, Step.NOTHING),
        ("postgresql", 5.0, False, Step.ALARM),
        ("something-new", 3600.0, True, Step.NOTHING),
    ],
)
def test_what_carries_calls_is_ended_late_and_the_database_never(
    program: str, silent: float, alarmed: bool, step: Step
) -> None:
    assert decide(program, silent, alarmed) is step


def test_asterisk_is_told_of_within_five_seconds() -> None:
    assert ALARM_SECONDS < 5 and all(rule.why for rule in RULES.values())


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    program = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], process_group=0)
    yield program
    program.kill()
    program.wait()


def test_a_stopped_program_is_ended_and_one_that_answers_is_not(
    tmp_path: Path, sleeper: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "state").mkdir()
    ended: list[int] = []
    running = {"agi": sleeper.pid, "web": sleeper.pid, "watch": 1}
    watch = Watch(Settings(home=tmp_path), lambda: running, {"web": lambda: True}, ended.append)
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    assert watch.round() == {"agi": 0.0, "web": 0.0}
    sleeper.send_signal(signal.SIGSTOP)
    deadline = time.time() + 5
    while not is_stopped(sleeper.pid) and time.time() < deadline:
        pass
    running.pop("web")
    for clock[0] in (1001.0, 1004.5):
        watch.round()
    assert ended == []
    told = silent_programs(tmp_path / "state", datetime.now(UTC))
    assert told == {"agi": 4.5}
    clock[0] = 1006.5
    watch.round()
    assert ended == [sleeper.pid]


def test_a_program_that_begins_has_time_to_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "state").mkdir()
    ended: list[int] = []
    answers = [False]
    watch = Watch(Settings(home=tmp_path), lambda: {"agi": 1}, {"agi": lambda: answers[0]}, ended.append)
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    for clock[0] in (1000.0, 1010.0, 1016.0):
        watch.round()
    assert not ended
    clock[0] = 1022.0
    watch.round()
    assert ended == [1], "but not for ever"


def test_an_old_word_of_the_watch_is_no_word(tmp_path: Path) -> None:
    told = {"at": (datetime.now(UTC) - timedelta(minutes=1)).isoformat(), "silent_seconds": {}}
    (tmp_path / "watch.json").write_text(json.dumps(told))
    assert silent_programs(tmp_path, datetime.now(UTC)) is None
    assert silent_programs(tmp_path / "nowhere", datetime.now(UTC)) is None
