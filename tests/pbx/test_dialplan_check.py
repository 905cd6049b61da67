"""`./120 dialplan check` on real Asterisk: what its parser says is told with the file's own line."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from centre120.settings import REPOSITORY

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
