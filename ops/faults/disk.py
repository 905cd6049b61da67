"""A full disk (F13, F14): for recordings alone, then for everything. The disk is a small tmpfs in a mount namespace of our own.

The play is run again as a program inside that namespace (`small_disk`): a user's own mounts are seen by its children alone, and
every program of the centre, and the books, must see the same disk.
"""

import asyncio
import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from centre120.settings import REPOSITORY
from ops.faults.catalogue import fault
from ops.faults.stage import Scene, promised, revive
from ops.private_centre import Centre
from phones import tones

SMALL_DISK = "CENTRE120_SMALL_DISK"
"""In the environment of the program inside: the folder where the small disk is mounted."""
_MOUNT = (
    'mount -t tmpfs -o size=400m,mode=777 tmpfs "$CENTRE120_SMALL_DISK" && mkdir "$CENTRE120_SMALL_DISK/recordings" && '
    'mount -t tmpfs -o size=2m,mode=777 tmpfs "$CENTRE120_SMALL_DISK/recordings" && '
    'exec unshare --user --map-user="$0" --map-group="$1" "$2" -m ops.cli faults "$3" --seed "$4" --json'
)


def no_namespace() -> str:
    """Why a small disk cannot be made here; empty when it can."""
    if SMALL_DISK in os.environ:
        return ""
    if shutil.which("unshare") is None:
        return "unshare is not installed (package util-linux)"
    probe = ["unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    done = subprocess.run(probe, capture_output=True, text=True, check=False, timeout=10)
    return "" if done.returncode == 0 else f"no mount of one's own is allowed: {done.stderr.strip()[:120]}"


def play_inside(fault_id: str, seed: int) -> dict[str, Any]:
    """Play one of these faults in a namespace with a small disk; the outcome as the command prints it."""
    folder = tempfile.mkdtemp(prefix="c120disk")
    ids = [str(os.getuid()), str(os.getgid())]
    try:
        done = subprocess.run(
            ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", _MOUNT, *ids, sys.executable, fault_id, str(seed)],
            env={**os.environ, SMALL_DISK: folder, "TMPDIR": folder},
            cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=280,
        )  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    try:
        return dict(json.loads(done.stdout)["faults"][0])
    except (ValueError, LookupError):
        raise RuntimeError(
            f"the play inside the small disk said: {(done.stderr or done.stdout)[-300:]}"
        ) from None


def fill(folder: Path) -> Path:
    """A ballast that leaves no byte free."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        size = 1 << 20
        while size:
            try:
                file.write(b"\0" * size)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                size //= 2
    return ballast


def recordings_elsewhere(centre: Centre) -> None:
    """The recordings on a disk of their own, as docs/operating.md advises."""
    folder = centre.settings.recordings_dir
    if not folder.is_symlink():
        shutil.rmtree(folder)
        folder.symlink_to(Path(os.environ[SMALL_DISK]) / "recordings")


@fault(
    "F13",
    "the disk for recordings is full",
    "talks and new calls go on, their recordings are cut short",
    possible=no_namespace,
    own_centre=True,
    small_disk=True,
)
async def f13(scene: Scene) -> None:
    await asyncio.to_thread(recordings_elsewhere, scene.centre)
    await scene.cast("TWO")
    await scene.now(lambda: fill(Path(os.environ[SMALL_DISK]) / "recordings"))
    await asyncio.sleep(3)
    await scene.phones["201"].calls[-1].heard(tones.CITIZEN, within=2)
    await scene.agent("205")
    await scene.nobody_dropped(("T", "O", "W1", "W2", "R"))
    scene.nobody_in_silence()


@fault(
    "F14",
    "the disk for everything is full for 8 s",
    "calls go on, the journal on the room it holds; nothing is lost once there is room again",
    possible=no_namespace,
    own_centre=True,
    events_are_whole=False,  # Asterisk's event file has no room held for it: the journal has
    small_disk=True,
)
async def f14(scene: Scene) -> None:
    await scene.cast("TWO")
    ballast: list[Path] = []
    await scene.now(lambda: ballast.append(fill(Path(os.environ[SMALL_DISK]))))
    await scene.agent("205")
    await scene.call("N")
    await scene._hears(scene.citizens["O"], {*tones.AGENTS}, "O", 20)
    await asyncio.sleep(8)
    promised(scene.centre.health().get("ready"), "the worker works on")
    ballast[0].unlink()
    await asyncio.to_thread(revive, scene.centre)
    await scene.nobody_dropped(("T", "O", "W1", "W2", "R", "N"))
    scene.nobody_in_silence()
