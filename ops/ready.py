"""When a call would be answered: each program is asked the question its users will ask, with a deadline.

A supervisor's RUNNING only says that a process exists.
"""

import http.client
import json
import secrets
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from centre120 import names
from centre120.errors import CentreError, Fault
from centre120.settings import Settings
from ops import supervise
from ops.checks import loopback_for


@dataclass(frozen=True)
class Wait:
    """One question: which program, what is asked, for how long."""

    program: str
    question: str
    seconds: float
    answered: Callable[[], bool]


def options_request(host: str, port: int, local: tuple[str, int]) -> bytes:
    """A SIP OPTIONS (RFC 3261, section 11.1), which every living SIP server answers somehow."""
    token = secrets.token_hex(8)
    here = f"{local[0]}:{local[1]}"
    return (
        f"OPTIONS sip:{host}:{port} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{token};rport\r\n"
        f"From: <sip:ready@{here}>;tag={token}\r\n"
        f"To: <sip:{host}:{port}>\r\n"
        f"Call-ID: {token}@{local[0]}\r\n"
        "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n"
        f"Contact: <sip:ready@{here}>\r\nContent-Length: 0\r\n\r\n"
    ).encode("ascii")


def sip_answers(host: str, port: int, seconds: float = 0.4) -> bool:
    """Whether anything speaks SIP there over UDP."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.settimeout(seconds)
        try:
            probe.connect((host, port))
            probe.send(options_request(host, port, probe.getsockname()[:2]))
            return probe.recv(4096).startswith(b"SIP/2.0 ")
        except OSError:
            return False


def tcp_accepts(host: str, port: int) -> bool:
    """Whether something listens there."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def agi_answers(port: int, seconds: float = 1.0) -> bool:
    """Whether FastAGI holds a conversation: that it accepts TCP proves nothing, a frozen program's kernel does."""
    script = f"agi_network_script: {names.AGI_ALIVE}\n\n".encode("ascii")
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=seconds) as link:
            link.sendall(script)
            return link.recv(1) == b""
    except OSError:
        return False


def http_get(host: str, port: int, path: str) -> tuple[int, bytes]:
    """Status and body of a GET; (0, b"") when nobody answers."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read(65536)
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


def live_is_ready(host: str, port: int) -> bool:
    """Whether ari_app says it can take calls."""
    status, body = http_get(host, port, "/health")
    try:
        return status == 200 and bool(json.loads(body).get("ready"))
    except (ValueError, AttributeError):
        return False


def postgres_accepts(settings: Settings) -> bool:
    """Whether the private PostgreSQL takes connections."""
    program = settings.parts_dir / "bin" / "pg_isready"
    command = [str(program), "-q", "-h", str(settings.postgres_socket_dir)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def waits(settings: Settings, names: Mapping[str, object]) -> list[Wait]:
    """The questions for those programs; seconds are generous, for machines under load."""
    host = loopback_for(settings.bind_host)

    def running(name: str) -> Callable[[], bool]:
        return lambda: (
            (state := supervise.states(settings).get(name)) is not None and state.state == "running"
        )

    listed = [
        Wait("asterisk", "answer SIP OPTIONS", 30, lambda: sip_answers(host, settings.sip_port)),
        Wait("agi", "hold a conversation", 30, lambda: agi_answers(settings.agi_port)),
        Wait("ari_app", "say ready on /health", 30, lambda: live_is_ready(host, settings.live_port)),
        Wait("web", "answer /health", 30, lambda: http_get(host, settings.web_port, "/health")[0] == 200),
    ]
    asked = [wait for wait in listed if wait.program in names]
    return asked + [Wait(name, "keep running", 30, running(name)) for name in names]


def last_lines(path: Path, count: int = 8) -> str:
    """The end of a log, indented."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
    except OSError:
        lines = []
    return "\n".join(f"       | {line[:200]}" for line in lines) or "       | (nothing)"


def wait_for(settings: Settings, wait: Wait) -> None:
    """Asks until the answer is yes. Raises `not-ready` naming the program, with the end of its log."""
    deadline = time.monotonic() + wait.seconds
    while not wait.answered():
        if time.monotonic() > deadline:
            state = supervise.states(settings).get(wait.program)
            log = settings.log_dir / f"{wait.program}.log"
            raise CentreError(
                "not-ready",
                f"{wait.program} did not {wait.question} within {wait.seconds:.0f} s"
                f" (supervisor: {state.state + ', ' + state.detail if state else 'not started'})."
                f" The end of {log}:\n{last_lines(log)}\n    ",
                "Mend what it says, then run ./120 up again; ./120 doctor looks at everything.",
                Fault.PROGRAM,
            )
        time.sleep(0.05)
