"""One lead, whoever dies or freezes. The holder is a process of its own: the kernel's lock is between processes."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ari_app.lead import FROZEN_SECONDS, Lead
from centre120.settings import REPOSITORY

HOLDER = """
import sys, time
from pathlib import Path
from ari_app.lead import Lead
lead = Lead(Path(sys.argv[1]), 1)
assert lead.take(time.monotonic())
print("holds", flush=True)
while True:
    lead.beat()
    time.sleep(0.05)
"""
STRANGER = """
import fcntl, sys, time
lock = open(sys.argv[1], "w")
fcntl.lockf(lock, fcntl.LOCK_EX)
print("holds", flush=True)
time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that leads, and whose command line names ari_app."""
    program = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None and program.stdout.readline() == "holds\n"
    yield program
    program.send_signal(signal.SIGCONT)
    program.kill()
    program.wait()
    program.stdout.close()


def look_until(lead: Lead, seconds: float) -> tuple[bool, bool]:
    """Look ten times a second: (took the lead, saw it frozen) at the first of either, or at the end."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        now = time.monotonic()
        if lead.take(now):
            return True, False
        if lead.frozen(now):
            return False, True
        time.sleep(0.1)
    return False, False


def test_one_leads_and_the_other_sees_it_beat(tmp_path: Path, holder: "subprocess.Popen[str]") -> None:
    standby = Lead(tmp_path, 2)
    assert look_until(standby, FROZEN_SECONDS + 0.5) == (False, False)
    assert standby.silent_seconds(time.monotonic()) < 0.3 and standby.leader() == 1


def test_a_killed_leader_frees_the_lead_at_once(tmp_path: Path, holder: "subprocess.Popen[str]") -> None:
    standby = Lead(tmp_path, 2)
    assert not standby.take(time.monotonic())
    holder.kill()
    holder.wait()
    assert standby.take(time.monotonic()) and standby.leader() == 2


def test_a_frozen_leader_is_noticed_and_ended(tmp_path: Path, holder: "subprocess.Popen[str]") -> None:
    standby = Lead(tmp_path, 2)
    assert look_until(standby, 0.3) == (False, False)
    holder.send_signal(signal.SIGSTOP)
    begun = time.monotonic()
    assert look_until(standby, 5) == (False, True)
    assert FROZEN_SECONDS - 0.2 < time.monotonic() - begun < FROZEN_SECONDS + 1
    assert standby.silent_seconds(time.monotonic()) >= FROZEN_SECONDS
    assert standby.end_frozen() == holder.pid
    assert holder.wait(2) == -signal.SIGKILL
    assert standby.take(time.monotonic())


def test_a_machine_that_slept_does_not_make_the_leader_frozen(
    tmp_path: Path, holder: "subprocess.Popen[str]"
) -> None:
    standby = Lead(tmp_path, 2)
    now = time.monotonic()
    standby.take(now)
    holder.send_signal(signal.SIGSTOP)
    assert not standby.take(now + 1)
    assert not standby.take(now + 60), "one look after a minute proves nothing"
    assert not standby.frozen(now + 60)


def test_a_holder_that_is_no_worker_is_not_killed(tmp_path: Path) -> None:
    stranger = subprocess.Popen(
        [sys.executable, "-c", STRANGER, str(tmp_path / "lead.lock")],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert stranger.stdout is not None and stranger.stdout.readline() == "holds\n"
        standby = Lead(tmp_path, 2)
        assert not standby.take(time.monotonic()) and standby.end_frozen() == 0
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
        stranger.stdout.close()
