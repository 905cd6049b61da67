"""A whole private centre below a folder of its own: our dialplan and configuration on free ports.

For tests and benchmarks, beside a running centre. `start`, `kill`, `signal` work on single programs, so that a test can
take one away.
"""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from centre120 import names
from centre120.prompts import prompt_ids
from centre120.settings import REPOSITORY, Settings, load_settings
from centre120.store.agents import add_agent
from centre120.store.database import Database
from centre120.store.roster import publish_roster
from ops import asterisk_config, asterisk_part, migrate, postgres, ready, recipes, secrets
from ops.ports import PortBlock
from ops.recorder.archive import kept_files
from phones.tones import sine

START_SECONDS = 60.0
"""A program of a private centre is up by then, on a machine with other things to do; what is promised has bounds of its own."""


def poll(fact: Callable[[], Any], within: float, what: str) -> Any:
    """The first true value of `fact()`; fails the test after `within` seconds, saying what never came."""
    deadline = time.monotonic() + within
    while True:
        value = fact()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"within {within} s never: {what}")
        time.sleep(0.02)


def _listens(port: int) -> bool:
    """Asked by connecting. By binding, the question itself could take the port in the moment the program wants it."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
        return True
    return False


class Centre:
    """One private centre. `agents` maps extension to languages; `dialplan` replaces the shipped folder;
    with `own_database` the program `postgresql` can be started (not as root)."""

    def __init__(
        self,
        agents: dict[str, list[str]],
        database_url: str = "",
        dialplan: Path | None = None,
        own_database: bool = False,
        **overrides: Any,
    ) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="c120t"))
        self._ports = PortBlock(os.getpid())
        self.base = self._ports.base
        parts = Path(os.environ.get("CENTRE120_PARTS") or load_settings().parts_dir)
        url = "" if own_database else database_url or f"postgresql://centre120@/none?host={self.home}"
        self.environment = {
            "CENTRE120_PARTS": str(parts),
            "CENTRE120_HOME": str(self.home),
            "CENTRE120_PORT_BASE": str(self.base),
            "CENTRE120_DATABASE_URL": url,
            **{f"CENTRE120_{name.upper()}": str(value) for name, value in overrides.items()},
        }
        self.settings = Settings(
            home=self.home,
            port_base=self.base,
            database_url=url,
            parts=parts,
            **overrides,
        )
        self.asterisk = asterisk_part.find(parts) or recipes.ensure_asterisk(parts)
        self.programs: dict[str, subprocess.Popen[bytes]] = {}
        self._passwords: dict[str, str] = {}
        self._special: dict[str, tuple[dict[str, str], str | None]] = {}
        for folder in ("run", "log", "journal", "recordings", "state"):
            (self.home / folder).mkdir(parents=True, exist_ok=True)
        secrets.ensure_secrets(self.home)
        self.write_roster(agents)
        self.write_prompts()
        asterisk_config.write_configuration(self.settings, self.asterisk, dialplan=dialplan)

    # --- making -----------------------------------------------------------------------------------------------

    def password(self, extension: str) -> str:
        """The SIP password of an agent's phone."""
        return self._passwords.get(extension, f"secret-{extension}")

    def employ(self, agents: dict[str, list[str]]) -> None:
        """Agents in the database too: the recorder publishes the roster from there."""
        database = Database(self.settings.sqlalchemy_url)
        try:
            with database.transaction() as tx:
                for extension, languages in agents.items():
                    self._passwords[extension] = add_agent(
                        tx, extension, name=f"상담원 {extension}", languages=languages
                    )
            publish_roster(database, self.settings.roster_file, datetime.now(UTC))
        finally:
            database.close()

    def ha1(self, extension: str) -> str:
        text = f"{extension}:{names.AGENT_REALM}:{self.password(extension)}"
        return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - RFC 2617 section 3.2.2.2

    def write_roster(self, agents: dict[str, list[str]]) -> None:
        entries = [
            {
                "extension": extension,
                "name": f"상담원 {extension}",
                "name_latin": f"Agent {extension}",
                "ha1": self.ha1(extension),
                "languages": languages,
                "skills": [],
                "districts": [],
                "active": True,
            }
            for extension, languages in agents.items()
        ]
        self.settings.roster_file.parent.mkdir(parents=True, exist_ok=True)
        self.settings.roster_file.write_text(
            json.dumps({"written_at": "", "agents": entries}), encoding="utf-8"
        )

    def write_prompts(self, seconds: float = 0.3) -> None:
        """Every prompt as a short 350 Hz tone, so that menus take no time; the real ones have a test of their own."""
        tone = self.home / "sounds" / "tone.wav"
        write_tone(tone, 350, seconds)  # once: computing it for 1,200 prompts would take seconds
        sound = tone.read_bytes()
        prompts = prompt_ids((REPOSITORY / "sounds" / "prompts.csv").read_text(encoding="utf-8"))
        for language in ("ko", "en", "zh", "ja", "vi", "mn"):
            folder = self.home / "sounds" / language
            folder.mkdir(parents=True, exist_ok=True)
            for prompt in prompts:
                (folder / f"{prompt}.wav").write_bytes(sound)
        write_tone(self.home / "sounds" / "music" / "music.wav", 220, 5.0)

    # --- programs ---------------------------------------------------------------------------------------------

    def start(
        self, name: str, more_environment: dict[str, str] | None = None, module: str | None = None
    ) -> None:
        """Start one program and wait until it works. `module` runs instead of the usual one, with the same arguments;
        both are remembered for the next start."""
        if more_environment is not None or module is not None:
            self._special[name] = (more_environment or {}, module)
        special, module = self._special.get(name, ({}, None))
        if name == "postgresql":
            postgres.ensure_cluster(self.settings, recipes.ensure_postgres(self.settings.parts_dir).version)
        commands = {
            "asterisk": [
                str(self.asterisk.program),
                "-f",
                "-n",
                "-C",
                str(self.settings.asterisk_dir / "etc" / "asterisk.conf"),
            ],
            "postgresql": [
                str(self.settings.parts_dir / "bin" / "postgres"),
                "-D",
                str(self.settings.postgres_dir),
            ],
            "ari_app": [sys.executable, "-m", "ari_app"],
            "ari_app-2": [sys.executable, "-m", "ari_app", "--worker", "2"],
            "agi": [sys.executable, "-m", "agi"],
            "recorder": [sys.executable, "-m", "ops.recorder"],
            "guard": [sys.executable, "-m", "ops.guard"],
            "web": [sys.executable, "-m", "web"],
        }
        if module is not None:
            commands[name] = [sys.executable, "-m", module, *commands[name][3:]]
        environment = {**os.environ, **self.environment, **special, "PYTHONPATH": str(REPOSITORY)}
        if name == "asterisk":
            environment = {"PATH": "/usr/bin:/bin", "TZ": "Asia/Seoul"}
        log_file = self.settings.log_dir / f"{name}.log"
        log = log_file.open("ab")
        logged = log.tell()
        self.programs[name] = subprocess.Popen(
            commands[name], cwd=REPOSITORY, env=environment, stdout=log, stderr=log,
            process_group=0,  # Ctrl-C at a terminal is for whoever uses the centre, which then stops it in order
        )  # fmt: skip
        log.close()
        if name == "asterisk":
            poll(
                lambda: "fully booted" in self.cli("core waitfullybooted"),
                START_SECONDS,
                "Asterisk fully booted",
            )
        elif name.startswith("ari_app"):
            poll(
                lambda: b"ari connected" in log_file.read_bytes()[logged:], START_SECONDS, f"{name} connected"
            )
            poll(lambda: self.health().get("ready"), START_SECONDS, "a leader that is ready")
        elif name == "agi":
            poll(lambda: _listens(self.settings.agi_port), START_SECONDS, "agi listening")
        elif name == "postgresql":
            if not self._accepts_or_ended():
                self.start(
                    name
                )  # as the supervisor does: it may have found the traces of one that was killed
                return
            postgres.ensure_database(self.settings)
            migrate.upgrade(self.settings)
        elif name == "web":
            poll(lambda: _listens(self.settings.web_port), START_SECONDS, "web listening")

    def _accepts_or_ended(self) -> bool:
        """Until PostgreSQL accepts connections; False when it ended instead."""
        program = self.programs["postgresql"]
        poll(
            lambda: ready.postgres_accepts(self.settings) or program.poll() is not None,
            START_SECONDS,
            "PostgreSQL accepting",
        )
        return program.poll() is None

    def signal(self, name: str, number: signal.Signals) -> None:
        self.programs[name].send_signal(number)

    def kill(self, name: str) -> None:
        """kill -9 and reap."""
        program = self.programs.pop(name)
        program.send_signal(signal.SIGKILL)
        program.wait(10)

    def stop(self) -> None:
        """Stop everything; SIGCONT first, a test may have left something frozen."""
        for name, program in self.programs.items():
            program.send_signal(signal.SIGCONT)
            program.send_signal(signal.SIGINT if name == "postgresql" else signal.SIGTERM)
        for program in self.programs.values():
            try:
                program.wait(8)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait(5)
        self.programs.clear()

    def remove(self) -> None:
        self._ports.release()
        if not os.environ.get("CENTRE120_TEST_KEEP"):
            shutil.rmtree(self.home, ignore_errors=True)

    # --- looking ----------------------------------------------------------------------------------------------

    @property
    def sip(self) -> str:
        return f"127.0.0.1:{self.settings.sip_port}"

    def cli(self, command: str) -> str:
        """Asterisk's command line."""
        done = subprocess.run(
            [
                str(self.asterisk.program),
                "-C",
                str(self.settings.asterisk_dir / "etc" / "asterisk.conf"),
                "-rx",
                command,
            ],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=20,
        )
        return done.stdout

    def health(self) -> dict[str, Any]:
        """What ari_app says of itself; empty when it says nothing."""
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.settings.live_port}/health", timeout=2
            ) as answer:
                return dict(json.load(answer))
        except (OSError, ValueError):
            return {}

    def agent_state(self, extension: str) -> str:
        return str(self.health().get("agents", {}).get(extension))

    def journal(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Journal records so far."""
        records: list[dict[str, Any]] = []
        for path in sorted(self.settings.journal_dir.glob("*.jsonl")):
            for line in path.read_bytes().splitlines():
                try:
                    records.append(json.loads(line))
                except ValueError:
                    continue
        return [record for record in records if kind is None or record["kind"] == kind]

    def cel(self, kind: str | None = None) -> list[dict[str, Any]]:
        """CEL records so far, of all parts."""
        kept = kept_files(self.settings)[0]
        paths = dict.fromkeys(path for source in kept.sources for path, _ in source.files())
        text = b"".join(path.read_bytes() for path in paths).decode("utf-8", "replace")
        records = [json.loads(line) for line in text.splitlines() if line.endswith("}")]
        return [record for record in records if kind is None or record["eventtype"] == kind]

    def open_files(self, name: str) -> int:
        """File descriptors of a program."""
        return len(list(Path(f"/proc/{self.programs[name].pid}/fd").iterdir()))

    def channels(self) -> int:
        """Live channels."""
        for line in self.cli("core show channels count").splitlines():
            if "active channel" in line:
                return int(line.split()[0])
        return -1

    def leaks(self) -> list[str]:
        """What is left when nothing should be: channels, bridges."""
        found = [line for line in self.cli("core show channels concise").splitlines() if "!" in line]
        found += [line for line in self.cli("bridge show all").splitlines()[1:] if line.strip()]
        return found


def write_tone(path: Path, frequency: int, seconds: float) -> None:
    """An 8 kHz mono 16-bit WAV of one tone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(
            b"".join(sample.to_bytes(2, "little", signed=True) for sample in sine(frequency, seconds, -20.0))
        )


@contextmanager
def running(centre: Centre, *programs: str) -> Iterator[Centre]:
    """Start these programs; stop and remove everything at the end."""
    try:
        for name in programs:
            centre.start(name)
        yield centre
    finally:
        centre.stop()
        centre.remove()
