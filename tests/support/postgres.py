"""A private PostgreSQL for tests: its own directory, an ordinary user even for root, a socket and no port."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

START_SECONDS = 30


def binaries() -> Path:
    """The directory with initdb: $CENTRE120_TEST_POSTGRES_BIN, PATH, or Debian's place (newest)."""
    named = os.environ.get("CENTRE120_TEST_POSTGRES_BIN")
    if named:
        return Path(named)
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if not found:
        raise RuntimeError("No PostgreSQL found. Install postgresql or set CENTRE120_TEST_POSTGRES_BIN.")
    return found[-1].parent


class PrivatePostgres:
    """Start, stop, freeze and thaw one server below its own temporary directory."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="c120pg"))  # short: a socket path has 107 bytes
        self._account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        if self._account:
            os.chown(self.directory, self._account.pw_uid, self._account.pw_gid)
        self.cluster = self.directory / "cluster"
        self._server: subprocess.Popen[bytes] | None = None
        self._run(
            "initdb", "-D", str(self.cluster), "-U", "centre120", "-E", "UTF8", "--locale=C.UTF-8", "-N"
        )

    def _identity(self) -> dict[str, int]:
        return {"user": self._account.pw_uid, "group": self._account.pw_gid} if self._account else {}

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(binaries() / program), *arguments],
            capture_output=True,
            cwd=self.directory,
            check=False,
            **self._identity(),  # type: ignore[call-overload]
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.decode(errors='replace')}")

    def url(self, database: str = "postgres") -> str:
        """SQLAlchemy URL of one database."""
        return f"postgresql+psycopg://centre120@/{database}?host={self.directory}"

    def start(self) -> None:
        """Start and wait until it accepts connections."""
        log = (self.directory / "log").open("ab")
        options = ("listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off")
        extra = ("max_connections=40", "shared_buffers=32MB", f"unix_socket_directories={self.directory}")
        self._server = subprocess.Popen(
            [str(binaries() / "postgres"), "-D", str(self.cluster)]
            + [part for option in options + extra for part in ("-c", option)],
            stdout=log,
            stderr=log,
            cwd=self.directory,
            **self._identity(),  # type: ignore[call-overload]
        )
        log.close()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            ready = subprocess.run(
                [str(binaries() / "pg_isready"), "-q", "-h", str(self.directory), "-U", "centre120"],
                check=False,
            )
            if ready.returncode == 0:
                return
            if self._server.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(
            "PostgreSQL did not start: " + (self.directory / "log").read_text(errors="replace")[-2000:]
        )

    def stop(self) -> None:
        """Immediate stop, as in a crash."""
        if self._server and self._server.poll() is None:
            self.thaw()
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait(timeout=START_SECONDS)

    def _everyone(self) -> list[int]:
        assert self._server
        children = Path(f"/proc/{self._server.pid}/task/{self._server.pid}/children").read_text().split()
        return [self._server.pid, *map(int, children)]

    def freeze(self) -> None:
        """Stop the server and every backend in their tracks, connections open."""
        for process in self._everyone():
            os.kill(process, signal.SIGSTOP)

    def thaw(self) -> None:
        """Undo freeze."""
        for process in self._everyone():
            os.kill(process, signal.SIGCONT)

    def remove(self) -> None:
        """Stop and delete everything."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
