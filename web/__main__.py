"""`python -m web`: becomes gunicorn. Two processes, so that one that hangs is not the centre's only one."""

import os
import sys

from centre120.settings import settings

WORKERS, THREADS = 2, 12


def command(host: str, port: int) -> list[str]:
    """gunicorn's command line. Ends within 3 s of SIGTERM; no access log, its lines would be about people."""
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return [
        *(sys.executable, "-m", "gunicorn", "web.app:create_app()", "--bind", address),
        *("--worker-class", "gthread", "--workers", str(WORKERS), "--threads", str(THREADS)),
        *("--graceful-timeout", "2", "--timeout", "60", "--keep-alive", "30"),
        *("--log-level", "warning", "--no-control-socket", "--name", "centre120-web"),
    ]


if __name__ == "__main__":
    place = settings()
    arguments = command(place.bind_host, place.web_port)
    os.execv(arguments[0], arguments)  # noqa: S606 - our own interpreter, a fixed list
