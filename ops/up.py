"""`./120 up`: from whatever is there to a centre that answers calls, one line a step.

The order matters twice: nothing is installed when a port is taken (the person should hear that first),
and the programs start only when database, prompts and configuration are there. Whatever fails after
supervisord started stops everything again, so that a failed `up` leaves nothing running.
"""

import contextlib
import fcntl
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

from centre120.errors import CentreError, Fault
from centre120.settings import Settings
from ops import asterisk_config, checks, data, migrate, postgres, ready, recipes, status, supervise
from ops.asterisk_part import Asterisk
from ops.programs import not_built, programs
from ops.progress import say
from ops.remembered import remember
from ops.secrets import ensure_secrets


@contextlib.contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Holds the home's start lock. Raises `start-under-way`."""
    path = home / "run" / "up.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CentreError(
                "start-under-way",
                f"Another ./120 up or down is at work in {home}.",
                "Wait for it to finish.",
                Fault.CONFIGURATION,
            ) from error
        yield


def prepare(settings: Settings) -> recipes.Parts:
    """Checks, parts and secrets: everything before the first program runs."""
    installing = recipes.needs_network(settings)
    problems = checks.all_problems(settings, installing)
    if problems:
        raise problems[0]
    if settings.database_url:
        migrate.check_reachable(settings.database_url)
    found = recipes.ensure_parts(settings)
    if installing:
        recipes.remove_leftovers(settings.parts_dir)
    made = ensure_secrets(settings.home)
    if made:
        say(f"{len(made)} secrets made")
    return found


def start_database(settings: Settings, found: recipes.Parts) -> None:
    """The cluster when there is none, supervisord with PostgreSQL in it, and the database."""
    if found.postgres and postgres.ensure_cluster(settings, found.postgres.version):
        say("database cluster made")
    postgres.stop_leftover(settings.postgres_dir)


def fill(settings: Settings) -> list[str]:
    """Migrations, demo data, first logins, roster. Returns the lines of the first logins."""
    if migrate.upgrade(settings):
        say("database is up to date")
    data.load_demo(settings)
    logins = data.first_logins(settings)
    try:
        data.write_roster(settings)
    except BaseException:
        show(logins)
        raise
    return logins


def show(logins: list[str]) -> None:
    """The first logins. They are made once and stored only as hashes: shown even when the start fails."""
    for login in logins:
        print(f"  first login, shown once: {login}", flush=True)


def start_programs(settings: Settings, asterisk: Asterisk) -> None:
    """Asterisk's configuration, then all programs at once; each waits for what it needs by itself."""
    asterisk_config.write_configuration(settings, asterisk)
    for folder in (settings.journal_dir, settings.recordings_dir, settings.home / "state"):
        folder.mkdir(parents=True, exist_ok=True)
    names = [program.name for program in programs(settings)]
    for name in names:
        supervise.start_program(settings, name)
    for wait in ready.waits(settings, dict.fromkeys(names)):
        ready.wait_for(settings, wait)
    say(f"running: {', '.join(names)}")
    if not_built(settings):
        say(f"not built yet, left out: {', '.join(not_built(settings))}")


def bring_up(settings: Settings, options: dict[str, object], tied: bool) -> list[str]:
    """All steps; returns the lines of the first logins."""
    started = False
    logins: list[str] = []
    try:
        found = prepare(settings)
        remember(settings, options)
        start_database(settings, found)
        supervise.start(settings, programs(settings), tied)
        started = True
        with ThreadPoolExecutor(1) as pool:  # espeak-ng on one core, the database on the other
            prompts = pool.submit(data.render_prompts, settings)
            if found.postgres:
                wait = ready.Wait(
                    "postgresql", "accept connections", 60, lambda: ready.postgres_accepts(settings)
                )
                ready.wait_for(settings, wait)
                postgres.ensure_database(settings)
                say(f"PostgreSQL {found.postgres.version} running")
            logins = fill(settings)
            prompts.result()
        start_programs(settings, found.asterisk)
    except BaseException:
        show(logins)
        if started:
            say("stopping what was started")
            supervise.stop(settings)
        raise
    return logins


def addresses(settings: Settings, logins: list[str]) -> list[str]:
    """What the person needs now."""
    answer = status.facts(settings)
    lines = [f"The centre is ready: {answer['web']}"]
    lines += [f"  first login, shown once: {login}" for login in logins]
    lines.append(f"  call 120 at sip:120@{answer['sip']}, or ./120 call")
    return lines


def leave_cleanly_on_signals() -> None:
    """SIGTERM and a closed terminal act as Ctrl-C does, and Ctrl-C also where a shell had it ignored."""

    def leave(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)


def up(settings: Settings, options: dict[str, object], detach: bool) -> int:
    """The command. Exit code 0; errors are raised."""
    leave_cleanly_on_signals()
    with only_one(settings.home):
        if supervise.supervisor_pid(settings) is not None:
            print("Running already.")
            print("\n".join(addresses(settings, [])))
            return 0
        logins = bring_up(settings, options, tied=not detach)
        say("ready")
        print("\n".join(addresses(settings, logins)), flush=True)
    if not detach:
        follow(settings)
    return 0


def follow(settings: Settings) -> None:
    """Shows new lines of the programs' logs until Ctrl-C or SIGTERM; then stops everything."""
    logs = {
        path: path.stat().st_size for path in settings.log_dir.glob("*.log") if path.stem != "supervisord"
    }
    print("Ctrl-C stops the centre.", flush=True)
    try:
        while supervise.supervisor_pid(settings) is not None:
            for path in logs:
                logs[path] = show_new_lines(path, logs[path])
            time.sleep(0.5)
        print("The centre was stopped from elsewhere.")
    except KeyboardInterrupt:
        print("\nStopping ...", flush=True)
        supervise.stop(settings)
        print("Stopped.")


def show_new_lines(path: Path, position: int) -> int:
    """Prints what was appended since `position`; returns the new one. A rotated log is read anew."""
    if path.stat().st_size < position:
        position = 0
    with path.open("rb") as stream:
        stream.seek(position)
        data_read = stream.read(65536)
    whole = data_read[: data_read.rfind(b"\n") + 1]
    for line in whole.decode("utf-8", errors="replace").splitlines():
        print(f"{path.stem:<10} {line[:200]}", flush=True)
    return position + len(whole)
