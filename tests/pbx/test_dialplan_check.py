"""`./120 dialplan` on real Asterisk: its parser's words with the file's own line; published and taken back under live calls."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from centre120.settings import REPOSITORY
from ops.private_room import tone_of
from phones import tones
from tests.pbx.conftest import Room
from tests.support.centre import Centre, until

pytestmark = pytest.mark.timeout(120)


def checked(folder: Path) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "ops.cli", "dialplan", "check", "--dir", str(folder), "--json"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_the_shipped_dialplan_has_nothing_wrong_with_it() -> None:
    code, told = checked(REPOSITORY / "dialplan")
    assert (code, told["findings"], told["read_by_asterisk"]) == (0, [], True)
    assert max(told["seconds_to_queue"].values()) < 30


def test_what_asterisk_leaves_out_is_told_with_file_and_line(tmp_path: Path) -> None:
    folder = tmp_path / "candidate"
    shutil.copytree(REPOSITORY / "dialplan", folder)
    menu = folder / "30-menu.conf"
    lines = menu.read_text(encoding="utf-8").splitlines()
    menu.write_text("\n".join([*lines, "[menu]", "exten => 0,1,Hangup()"]) + "\n", encoding="utf-8")
    code, told = checked(folder)
    assert code == 1
    found = {(one["rule"], one["file"], one["line"]) for one in told["findings"]}
    assert ("asterisk", "30-menu.conf", len(lines) + 2) in found
    assert ("doubled", "30-menu.conf", len(lines) + 2) in found


def command(centre: Centre, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ops.cli", "dialplan", *words],
        cwd=REPOSITORY,
        env={**os.environ, **centre.environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def candidate(folder: Path, old: str, new: str) -> Path:
    shutil.copytree(REPOSITORY / "dialplan", folder)
    menu = folder / "30-menu.conf"
    menu.write_text(menu.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    return folder


async def test_a_plan_is_published_and_taken_back_while_citizens_talk_wait_and_choose(
    centre: Centre, room: Room, tmp_path: Path
) -> None:
    def waits() -> str:
        return centre.cli("dialplan show s@menu")

    agent = await room.agent("201")
    talking = await room.citizen("01011111111")
    await talking.answered(5)
    await talking.press("0")
    await talking.heard(tone_of("201"), within=10)
    leg = await agent.incoming_call(2)
    waiting = await room.citizen("01022222222")
    await waiting.answered(5)
    await waiting.press("0")
    await until(lambda: centre.health()["waiting"] == 1, 10, "one citizen waits")
    choosing = await room.citizen("01033333333")
    await choosing.answered(5)

    changed = candidate(tmp_path / "changed", "WaitExten(3)", "WaitExten(4)")
    done = await asyncio.to_thread(
        command, centre, "publish", "--dir", str(changed), "--reason", "a second more"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WaitExten(4)" in waits()
    broken = candidate(tmp_path / "broken", "Goto(queue,s,1)", "Goto(quue,s,1)")
    refused = await asyncio.to_thread(command, centre, "publish", "--dir", str(broken), "--reason", "a slip")
    assert refused.returncode == 1 and "unknown-context" in refused.stdout and "WaitExten(4)" in waits()
    back = await asyncio.to_thread(command, centre, "rollback")
    assert back.returncode == 0, back.stdout + back.stderr
    assert "WaitExten(3)" in waits()

    await leg.heard(tones.CITIZEN, within=5)
    await talking.heard(tone_of("201"), within=5)
    await choosing.hangup()
    await talking.hangup()
    await waiting.heard(tone_of("201"), within=20)  # the agent is free after the wrap-up
    told = json.loads(command(centre, "history", "--json").stdout)
    assert [(one["version"], one["action"]) for one in told["events"]] == [
        (1, "published"),
        (0, "rolled-back"),
    ]
    assert told["live"] == 0 and told["events"][0]["reason"] == "a second more"
    await waiting.hangup()
