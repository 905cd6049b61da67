"""What attack tests ask the guard."""

import os
import subprocess
import sys
from typing import Any

from centre120.settings import REPOSITORY
from ops.guard.book import read_book
from ops.guard.command import as_facts
from tests.support.centre import Centre


def refused_events(centre: Centre) -> dict[str, Any]:
    """Everything `./120 bans --json` says, read from the disk as that command does."""
    return as_facts(read_book(centre.settings), 0.0)


def banned(centre: Centre) -> dict[str, dict[str, Any]]:
    """Address to ban."""
    return {ban["address"]: ban for ban in refused_events(centre)["bans"]}


def command(centre: Centre, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`./120 ...` for that centre."""
    environment = {**os.environ, **centre.environment, "PYTHONPATH": str(REPOSITORY)}
    return subprocess.run(
        [sys.executable, "-m", "ops.cli", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        timeout=60,
    )


def lift(centre: Centre, address: str) -> None:
    done = command(centre, "bans", "lift", address)
    assert done.returncode == 0, done.stderr
