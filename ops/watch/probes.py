"""The question each program must answer, with a deadline. A process that exists proves nothing: a frozen one's kernel still
accepts connections for it, so every question wants an answer in words.
"""

import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from centre120.settings import Settings
from ops.checks import loopback_for
from ops.ready import agi_answers, http_get, sip_answers

DEADLINE_SECONDS = 1.5
_SSL_REQUEST = bytes((0, 0, 0, 8, 4, 210, 22, 47))
"""PostgreSQL's SSLRequest (protocol 3.0, "Message Formats"): answered with one byte before any login."""


def postgres_answers(socket_dir: Path, port: int = 5432) -> bool:
    """Whether the private PostgreSQL's postmaster answers on its unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(DEADLINE_SECONDS)
        try:
            link.connect(str(socket_dir / f".s.PGSQL.{port}"))
            link.sendall(_SSL_REQUEST)
            return len(link.recv(1)) == 1
        except OSError:
            return False


def is_stopped(pid: int) -> bool:
    """Whether the process was stopped by a signal (proc(5), state T)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] in ("T", "t")


class AsteriskAnswers:
    """Asks ARI each time, SIP each tenth time, and SIP as long as that does not answer: a call needs both, and a stranger's
    OPTIONS is a line in Asterisk's security log.
    """

    def __init__(self, host: str, settings: Settings) -> None:
        self._host, self._settings = host, settings
        self._rounds = 0

    def __call__(self) -> bool:
        if self._rounds % 10 == 0:
            if not sip_answers(self._host, self._settings.sip_port, DEADLINE_SECONDS):
                return False
            self._rounds = 0
        self._rounds += 1
        key = f"centre120:{self._settings.secret('ari_password')}"
        path = f"/ari/asterisk/ping?api_key={quote(key)}"
        return http_get("127.0.0.1", self._settings.ari_port, path)[0] == 200


def questions(settings: Settings) -> dict[str, Callable[[], bool]]:
    """By program. Those not named here are asked only whether they are stopped."""
    host = loopback_for(settings.bind_host)
    return {
        "asterisk": AsteriskAnswers(host, settings),
        "agi": lambda: agi_answers(settings.agi_port, DEADLINE_SECONDS),
        "web": lambda: http_get(host, settings.web_port, "/health")[0] != 0,
        "postgresql": lambda: postgres_answers(settings.postgres_socket_dir),
    }
