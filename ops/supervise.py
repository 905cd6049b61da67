"""supervisord: its configuration, its start and end, and what it says about the programs.

Three rules learnt the hard way: every command runs under `setpriv --pdeathsig`, so that even a
supervisord killed with -9 leaves nothing behind; process groups are stopped and killed as groups; and it
starts with a bare environment, so that no program inherits the secrets of the shell `./120 up` was typed
into.
"""

import contextlib
import os
import resource
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from centre120.errors import CentreError, Fault
from centre120.settings import Settings
from ops.programs import WORKING_DIRECTORY, Program

STATES = {
    "RUNNING": "running",
    "STARTING": "starting",
    "BACKOFF": "failed",
    "EXITED": "failed",
    "FATAL": "failed",
    "STOPPED": "stopped",
    "STOPPING": "stopped",
}
OPEN_FILES = 16_384
"""Sockets and files: 600 calls need four each in Asterisk alone."""


@dataclass(frozen=True)
class State:
    """What supervisord knows about one program."""

    state: str  # running, starting, stopped, failed
    pid: int | None
    detail: str = ""


def quoted(word: str) -> str:
    """A word of a `command=` line: supervisord reads them like a shell, and `%` as a format."""
    plain = word.replace("%", "%%")
    return "'" + plain.replace("'", "'\\''") + "'" if not plain.replace("/", "").isalnum() else plain


def render(settings: Settings, programs: Sequence[Program], open_files: int = OPEN_FILES) -> str:
    """supervisord.conf."""
    run, log = settings.run_dir, settings.log_dir
    lines = [
        "[supervisord]",
        "nodaemon=true",
        f"pidfile={_path(run / 'supervisord.pid')}",
        f"logfile={_path(log / 'supervisord.log')}",
        "logfile_maxbytes=5MB",
        "logfile_backups=3",
        "loglevel=info",
        f"childlogdir={_path(log)}",
        f"minfds={open_files}",
        f"directory={_path(WORKING_DIRECTORY)}",
        "",
        "[unix_http_server]",
        f"file={_path(run / 'supervisor.sock')}",
        "chmod=0700",
        "",
        "[rpcinterface:supervisor]",
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
        "",
        "[supervisorctl]",
        f"serverurl=unix://{_path(run / 'supervisor.sock')}",
    ]
    for program in programs:
        lines += ["", *render_program(program, log)]
    return "\n".join(lines) + "\n"


def render_program(program: Program, log_dir: Path) -> list[str]:
    """The section of one program."""
    command = ["setpriv", "--pdeathsig", program.stop_signal, "--", *program.command]
    lines = [
        f"[program:{program.name}]",
        f"command={' '.join(quoted(word) for word in command)}",
        f"priority={program.priority}",
        f"autostart={'true' if program.autostart else 'false'}",
        "autorestart=true",
        "startsecs=1",
        "startretries=1000000",
        f"stopsignal={program.stop_signal}",
        f"stopwaitsecs={program.stop_seconds}",
        "stopasgroup=true",
        "killasgroup=true",
        "redirect_stderr=true",
        "umask=027",  # the one of [supervisord] counts only when it daemonises
        f"stdout_logfile={_path(log_dir / (program.name + '.log'))}",
        "stdout_logfile_maxbytes=20MB",
        "stdout_logfile_backups=5",
    ]
    if program.environment:
        pairs = (f'{name}="{value.replace("%", "%%")}"' for name, value in program.environment.items())
        lines.append(f"environment={','.join(pairs)}")
    return lines


def _path(path: Path) -> str:
    return str(path).replace("%", "%%")


def bare_environment(settings: Settings) -> dict[str, str]:
    """All that supervisord and its programs get to see; ports and the rest they read below the home."""
    kept = {name: os.environ[name] for name in ("PYTHONPYCACHEPREFIX",) if name in os.environ}
    return kept | {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(settings.home),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "CENTRE120_HOME": str(settings.home),
    }


def start(settings: Settings, programs: Sequence[Program], tied: bool) -> None:
    """Starts supervisord with what starts by itself; `tied` to this process, it ends when this process does.

    Raises `supervisor-failed` when it does not answer within 10 s.
    """
    for folder in (settings.run_dir, settings.log_dir):
        folder.mkdir(parents=True, exist_ok=True)
    settings.run_dir.chmod(0o700)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    limit = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    configuration = settings.run_dir / "supervisord.conf"
    configuration.write_text(render(settings, programs, limit), encoding="utf-8")
    command = [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(configuration)]
    if tied:
        command = ["setpriv", "--pdeathsig", "TERM", "--", *command]
    output = settings.log_dir / "supervisord.out"
    with output.open("wb") as stream:
        child = subprocess.Popen(
            command,
            cwd=settings.home,
            env=bare_environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    deadline = time.monotonic() + 10
    while supervisor_pid(settings) is None:
        if child.poll() is not None or time.monotonic() > deadline:
            words = " ".join(output.read_text(encoding="utf-8", errors="replace").split())[-400:]
            raise CentreError(
                "supervisor-failed",
                f"supervisord did not start: {words}",
                f"Look into {settings.log_dir}/supervisord.log.",
                Fault.PROGRAM,
            )
        time.sleep(0.05)


def client(settings: Settings) -> Any:
    """supervisord's interface: XML-RPC over its unix socket."""
    from supervisor.xmlrpc import SupervisorTransport

    transport = SupervisorTransport(None, None, f"unix://{settings.run_dir / 'supervisor.sock'}")
    return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport).supervisor


def supervisor_pid(settings: Settings) -> int | None:
    """The pid of the running supervisord, or None."""
    if not (settings.run_dir / "supervisor.sock").exists():
        return None
    try:
        return int(client(settings).getPID())
    except (OSError, xmlrpc.client.Error, ValueError):
        return None


def states(settings: Settings) -> dict[str, State]:
    """State of every supervised program; empty when nothing runs."""
    if supervisor_pid(settings) is None:
        return {}
    try:
        listed = client(settings).getAllProcessInfo()
    except (OSError, xmlrpc.client.Error):
        return {}
    return {
        one["name"]: State(STATES.get(one["statename"], "failed"), one["pid"] or None, one["description"])
        for one in listed
    }


def start_program(settings: Settings, name: str) -> None:
    """Starts a program and does not wait; one that runs already is left alone."""
    with contextlib.suppress(xmlrpc.client.Fault):  # ALREADY_STARTED
        client(settings).startProcess(name, False)


def restart_program(settings: Settings, name: str) -> None:
    """Stops and starts a program. Raises `no-such-program`, `not-running`."""
    known = states(settings)
    if not known:
        raise CentreError("not-running", "Nothing runs.", "Start it with ./120 up.", Fault.CONFIGURATION)
    if name not in known:
        raise CentreError(
            "no-such-program",
            f"There is no program {name}; there are {', '.join(known)}.",
            "Use one of these names.",
            Fault.CONFIGURATION,
        )
    with contextlib.suppress(xmlrpc.client.Fault):  # NOT_RUNNING
        client(settings).stopProcess(name, True)
    client(settings).startProcess(name, True)


def stop(settings: Settings, seconds: float = 40) -> bool:
    """Stops everything and waits for it; False when nothing ran. Raises `stop-failed` after `seconds`."""
    pid = supervisor_pid(settings)
    if pid is None:
        return False
    with contextlib.suppress(OSError, xmlrpc.client.Error):
        client(settings).shutdown()
    deadline = time.monotonic() + seconds
    while is_alive(pid):
        if time.monotonic() > deadline:
            raise CentreError(
                "stop-failed",
                f"supervisord ({pid}) still runs {seconds:.0f} s after it was told to stop.",
                f"Look into {settings.log_dir}/supervisord.log; `kill -9 {pid}` ends it and every program.",
                Fault.PROGRAM,
            )
        time.sleep(0.05)
    return True


def is_alive(pid: int) -> bool:
    """Whether a process runs under that pid, zombies not counted. Reaps it when it is our own child."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
