"""What is looked at before anything is started: ports, lengths of socket paths, room on the disk.

Each check names the thing, what was found, and the setting that changes it. The functions return what is
wrong as CentreErrors (for `up`, which raises the first, and for `doctor`, which lists them all).
"""

import os
import shutil
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from centre120.errors import CentreError, Fault
from centre120.settings import Settings

SOCKET_PATH_BYTES = 90
"""Asterisk silently truncates its control socket from 95 bytes, PostgreSQL refuses a folder of 94."""
ROOM_TO_RUN = 300_000_000
"""Bytes below which a start is refused: PostgreSQL's log and an hour of recordings."""
ROOM_TO_INSTALL = 900_000_000


@dataclass(frozen=True)
class Port:
    """One address the centre listens on."""

    setting: str  # sip_port
    host: str
    number: int
    kind: str  # udp, tcp


def loopback_for(host: str) -> str:
    """The address at which a program bound to `host` is reached from this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104


def ports(settings: Settings) -> list[Port]:
    """Every address the centre's programs will listen on, RTP apart."""
    outside, inside = settings.bind_host, "127.0.0.1"
    listed = [
        Port("sip_port", outside, settings.sip_port, "udp"),
        Port("sip_port", outside, settings.sip_port, "tcp"),
        Port("ari_port", inside, settings.ari_port, "tcp"),
        Port("ami_port", inside, settings.ami_port, "tcp"),
        Port("agi_port", inside, settings.agi_port, "tcp"),
        Port("web_port", outside, settings.web_port, "tcp"),
        Port("live_port", outside, settings.live_port, "tcp"),
    ]
    if settings.demo:
        listed += [
            Port("carrier_port", host, settings.carrier_port, "udp")
            for host in (settings.trunk_a_host, settings.trunk_b_host)
        ]
    return listed


def bind_error(port: Port) -> OSError | None:
    """What stops a program from listening there, or None."""
    family = socket.AF_INET6 if ":" in port.host else socket.AF_INET
    kind = socket.SOCK_DGRAM if port.kind == "udp" else socket.SOCK_STREAM
    with socket.socket(family, kind) as probe:
        if port.kind == "tcp":  # a connection that just ended is no listener
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((port.host, port.number))
            if port.kind == "tcp":
                probe.listen(1)
        except OSError as error:
            return error
    return None


def inodes_of(table: str, number: int) -> set[str]:
    """Inodes of the sockets on local port `number` in /proc/net/{tcp,udp}; of TCP only listeners."""
    found = set()
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) > 9 and fields[1].endswith(f":{number:04X}") and fields[3] in ("0A", "07"):
            found.add(fields[9])
    return found


def holder(port: Port) -> str:
    """Which program has the port, as far as this account may see."""
    inodes: set[str] = set()
    for name in (port.kind, port.kind + "6"):
        try:
            inodes |= inodes_of(Path("/proc/net", name).read_text(encoding="ascii"), port.number)
        except OSError:
            continue
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            held = {os.readlink(handle) for handle in (process / "fd").iterdir()}  # noqa: PTH115 - not a path
            if held & wanted:
                words = (process / "cmdline").read_bytes().split(b"\0")
                return f"process {process.name} ({b' '.join(words)[:80].decode(errors='replace').strip()})"
        except OSError:
            continue
    return "a program of another account, or another 120 centre, uses it"


def port_problems(listed: Iterable[Port]) -> list[CentreError]:
    """One error for each port that can not be had."""
    problems = []
    for port in listed:
        error = bind_error(port)
        if error is None:
            continue
        variable = f"CENTRE120_{port.setting.upper()}"
        place = f"{port.host}:{port.number}/{port.kind}"
        if error.errno == 98:
            text = f"Port {place} is in use: {holder(port)}."
        else:
            text = f"Port {place} can not be opened: {error.strerror or error}."
        problems.append(
            CentreError(
                "port-in-use" if error.errno == 98 else "port-refused",
                text,
                f"Stop that program, or set {variable} (or CENTRE120_PORT_BASE for all ports,"
                " CENTRE120_BIND_HOST for the address).",
                Fault.CONFIGURATION,
            )
        )
    return problems


def socket_paths(settings: Settings) -> list[Path]:
    """Every unix socket below the home; supervisord makes its own under a name with its pid first."""
    return [
        settings.run_dir / "asterisk.ctl",
        settings.run_dir / "supervisor.sock.4194304",
        settings.postgres_socket_dir / ".s.PGSQL.5432",
    ]


def path_problems(settings: Settings) -> list[CentreError]:
    """Socket paths that a kernel or a program would cut off."""
    long = [path for path in socket_paths(settings) if len(os.fsencode(path)) > SOCKET_PATH_BYTES]
    if not long:
        return []
    path = max(long, key=lambda item: len(os.fsencode(item)))
    over = len(os.fsencode(path)) - SOCKET_PATH_BYTES
    return [
        CentreError(
            "path-too-long",
            f"The socket {path} would have a path of {SOCKET_PATH_BYTES + over} bytes;"
            f" {SOCKET_PATH_BYTES} are safe.",
            f"Set CENTRE120_HOME to a folder whose path is shorter than {settings.home} by {over} bytes.",
            Fault.CONFIGURATION,
        )
    ]


def existing_parent(path: Path) -> Path:
    """The nearest folder above or at `path` that exists."""
    while not path.exists():
        path = path.parent
    return path


def disk_problems(folder: Path, needed: int) -> list[CentreError]:
    """Too little room where `folder` is or will be; `needed` in bytes."""
    free = shutil.disk_usage(existing_parent(folder)).free
    if free >= needed:
        return []
    return [
        CentreError(
            "disk-full",
            f"{folder} is on a disk with {free // 1_000_000} MB free; {needed // 1_000_000} MB are needed.",
            "Free some room, or set CENTRE120_HOME to a folder on another disk.",
            Fault.MACHINE,
        )
    ]


def all_problems(settings: Settings, installing: bool) -> list[CentreError]:
    """Everything that would stop a start, most fundamental first."""
    needed = ROOM_TO_INSTALL if installing else ROOM_TO_RUN
    return [
        *path_problems(settings),
        *disk_problems(settings.home, needed),
        *port_problems(ports(settings)),
    ]
