"""Published dialplans: each kept with author and reason, one of them live, the one before it back with one command.

`<home>/dialplan/live` is what Asterisk includes: a link to the shipped folder (version 0) or to `<home>/dialplan/N`. Publishing
puts another link in its place in one step and has Asterisk read it; a call that is under way stays where it is and finds the
new steps under the same names. A version is never changed.
"""

import getpass
import hashlib
import json
import os
import re
import shutil
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from centre120.errors import CentreError, Fault
from centre120.settings import REPOSITORY, Settings
from ops.asterisk_console import ask_console

SHIPPED = 0
READ_SECONDS = 5.0
_COMPLAINT = re.compile(
    r"(?:WARNING|ERROR)\[\d+\] (?:(?:pbx_config|config)\.c: |pbx\.c: (?=Unable to register|Context ))(.*)$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Event:
    """One publication or roll-back. `version` went live, `before` was until then."""

    at: str
    author: str
    action: str  # published, rolled-back
    version: int
    before: int
    reason: str
    digest: str


def folder(settings: Settings) -> Path:
    """Where versions are kept."""
    return settings.home / "dialplan"


def live_link(settings: Settings) -> Path:
    """The folder that Asterisk includes; made when it is not there, or leads nowhere any more (the checkout was moved)."""
    link = folder(settings) / "live"
    if not link.exists():
        point(settings, REPOSITORY / "dialplan")
    return link


def point(settings: Settings, target: Path) -> None:
    """`live` leads to `target` from one moment to the next."""
    folder(settings).mkdir(parents=True, exist_ok=True)
    fresh = folder(settings) / f".live-{os.getpid()}"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(folder(settings) / "live")


def live_version(settings: Settings) -> int:
    """The number of what is live; 0 is the shipped plan."""
    target = live_link(settings).resolve()
    return (
        int(target.name)
        if target.parent == folder(settings).resolve() and target.name.isdecimal()
        else SHIPPED
    )


def path_of(settings: Settings, version: int) -> Path:
    """The files of a version. Raises `no-such-version`."""
    path = REPOSITORY / "dialplan" if version == SHIPPED else folder(settings) / str(version)
    if not path.is_dir():
        raise CentreError(
            "no-such-version",
            f"Dialplan: there is no version {version} in {folder(settings)}.",
            "./120 dialplan history lists them.",
            Fault.CONFIGURATION,
        )
    return path


def history(settings: Settings) -> list[Event]:
    """Everything that went live, the oldest first."""
    try:
        lines = (folder(settings) / "history.jsonl").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [Event(**json.loads(line)) for line in lines if line.strip()]


def digest_of(path: Path) -> str:
    """SHA-256 over names and contents, 12 letters of it: the same files, the same text."""
    total = hashlib.sha256()
    for file in sorted(path.glob("*.conf")):
        total.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()[:12]


def keep(settings: Settings, candidate: Path) -> int:
    """Copies a candidate to a version of its own; its number. The same files again get the number they have."""
    wanted = digest_of(candidate)
    numbers = [int(one.name) for one in folder(settings).glob("[0-9]*") if one.name.isdecimal()]
    for number in (SHIPPED, *sorted(numbers)):
        if digest_of(path_of(settings, number)) == wanted:
            return number
    number = max(numbers, default=0) + 1
    making = folder(settings) / f".making-{os.getpid()}"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    for file in candidate.glob("*.conf"):
        shutil.copy(file, making / file.name)
        (making / file.name).chmod(0o444)
    making.rename(folder(settings) / str(number))
    return number


def go_live(settings: Settings, version: int, action: str, reason: str, author: str | None = None) -> Event:
    """Makes `version` live and has Asterisk read it. Raises `dialplan-not-read`, the old one live again."""
    before = live_version(settings)
    path = path_of(settings, version)
    point(settings, path)
    complaints = read_again(settings)
    if complaints:
        point(settings, path_of(settings, before))
        read_again(settings)
        raise CentreError(
            "dialplan-not-read",
            f"Publishing version {version}: Asterisk said: {'; '.join(complaints[:3])}",
            f"Version {before} is live again. Correct it, ./120 dialplan check --dir DIR, and publish once more.",
            Fault.CONFIGURATION,
        )
    event = Event(
        datetime.now(UTC).isoformat(timespec="seconds"),
        author or getpass.getuser(),
        action,
        version,
        before,
        reason,
        digest_of(path),
    )
    with (folder(settings) / "history.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(event), ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return event


def read_again(settings: Settings) -> list[str]:
    """Has a running Asterisk read the plan; what it complains of. Nothing when it does not run: it will read it at its start."""
    log = settings.asterisk_dir / "log" / "messages.log"
    begin = log.stat().st_size if log.exists() else 0
    if ask_console(settings, "dialplan reload") is None:
        return []
    deadline = time.monotonic() + READ_SECONDS
    while time.monotonic() < deadline:
        # the command returns when the plan is in place, its warnings are written by another thread
        if ask_console(settings, "core show uptime seconds") is not None:
            break
    with log.open("rb") as file:
        file.seek(begin)
        return _COMPLAINT.findall(file.read().decode("utf-8", "replace"))


def as_json(events: list[Event]) -> list[dict[str, Any]]:
    return [asdict(one) for one in events]
