"""`./120 doctor --security`: looks at the running Asterisk and its home, and has ops/baseline.py judge. Changes nothing."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from zoneinfo import ZoneInfo

from centre120.errors import CentreError, Fault
from centre120.names import TRUNKS
from centre120.settings import REPOSITORY, Settings
from ops import asterisk_config, asterisk_part
from ops.asterisk_console import ask_console
from ops.baseline import judge
from ops.baseline_values import FAIL, Listener, Permission, SecurityFinding, Seen

COMMANDS = (
    *(
        "core show version",
        "core show settings",
        "module show",
        "manager show settings",
        "manager show users",
    ),
    *(
        "manager show user centre120",
        "http show status",
        "ari show users",
        "ari show status",
        "pjsip show endpoints",
    ),
    *("pjsip show settings", "rtp show settings", "acl show sip", "database show toll"),
    *(f"pjsip show endpoint {trunk}" for trunk in TRUNKS),
)
PRIVATE = (
    "secrets",
    "secrets/*",
    "state/*.json",
    "state/bans.conf",
    "asterisk/etc/*.conf",
    "settings.env",
    "run",
)
"""What nobody but the account of the centre may read; the home itself is asked apart."""


def look(settings: Settings) -> Seen:
    """Everything the baseline is compared with. Raises `asterisk-silent` when Asterisk does not answer."""
    console = {command: ask_console(settings, command) or "" for command in COMMANDS}
    pid = asterisk_pid(settings)
    if not console["core show version"] or pid is None:
        raise CentreError(
            "asterisk-silent",
            "Asterisk's console does not answer, so nothing can be compared.",
            "./120 status says whether it runs; ./120 up starts it.",
            Fault.ASTERISK,
        )
    etc = settings.asterisk_dir / "etc"
    return Seen(
        console=console,
        rendered={path.name: path.read_text(encoding="utf-8") for path in sorted(etc.glob("*.conf"))},
        expected=expected_configuration(settings),
        agents=agents(settings),
        listeners=tuple(listeners(pid)),
        uid=uid_of(pid),
        environment=environment_of(pid),
        permissions=tuple(permissions(settings.home, uid_of(pid))),
        ports={name: getattr(settings, name) for name in ("sip_port", "ari_port", "ami_port")},
        bind_host=settings.bind_host,
        trunks=TRUNKS,
        today=datetime.now(ZoneInfo(settings.time_zone)).strftime("%Y%m%d"),
    )


def expected_configuration(settings: Settings) -> dict[str, str]:
    """asterisk.conf.d rendered as `./120 up` renders it; empty when no Asterisk is found."""
    asterisk = asterisk_part.find(settings.parts_dir)
    if asterisk is None:
        return {}
    values = asterisk_config.placeholders(settings, asterisk, asterisk_config.dialplan_dir(settings))
    folder = REPOSITORY / "asterisk.conf.d"
    return {
        path.name: asterisk_config.render(path.read_text(encoding="utf-8"), values, path.name)
        for path in sorted(folder.glob("*.conf"))
    }


def agents(settings: Settings) -> frozenset[str]:
    """Extensions of the roster."""
    try:
        roster = json.loads(settings.roster_file.read_text(encoding="utf-8"))
        return frozenset(str(agent["extension"]) for agent in roster["agents"])
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()


def asterisk_pid(settings: Settings) -> int | None:
    """From its pid file: below another C library its own name is that of the loader."""
    try:
        return int((settings.run_dir / "asterisk.pid").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def uid_of(pid: int) -> int | None:
    """The account it really runs as."""
    try:
        found = re.search(
            r"^Uid:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"), re.MULTILINE
        )
    except OSError:
        return None
    return int(found[1]) if found else None


def environment_of(pid: int) -> tuple[str, ...]:
    """Names of its variables; never their values."""
    try:
        raw = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return ()
    return tuple(entry.split(b"=")[0].decode("utf-8", "replace") for entry in raw.split(b"\0") if entry)


def listeners(pid: int) -> Iterator[Listener]:
    """Its listening TCP sockets and its UDP sockets with a port, from /proc."""
    inodes = set()
    try:
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            try:
                target = os.readlink(handle)  # noqa: PTH115 - not a path
            except OSError:
                continue
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    except OSError:
        return
    for kind in ("tcp", "udp"):
        for table in (kind, f"{kind}6"):
            try:
                lines = Path(f"/proc/{pid}/net/{table}").read_text(encoding="ascii").splitlines()[1:]
            except OSError:
                continue
            for fields in (line.split() for line in lines):
                if fields[9] in inodes and fields[3] == ("0A" if kind == "tcp" else "07"):
                    address, _, port = fields[1].partition(":")
                    yield Listener(kind, address_of(address), int(port, 16))


def address_of(written: str) -> str:
    """An address as /proc/net writes it: 32-bit words in the machine's order (little-endian)."""
    raw = b"".join(bytes.fromhex(written[at : at + 8])[::-1] for at in range(0, len(written), 8))
    return str(IPv4Address(raw) if len(raw) == 4 else IPv6Address(raw))


def permissions(home: Path, uid: int | None) -> Iterator[Permission]:
    """Of what must be private. When the home itself is closed to others, what lies in it is only asked for its owner."""
    paths = [home, *(path for pattern in PRIVATE for path in sorted(home.glob(pattern)))]
    for path in paths:
        status = path.stat()
        mode = status.st_mode & 0o777
        if path == home:
            mode &= 0o022 if mode & 0o055 else 0o077  # others may pass through it, never write to it
        yield Permission(str(path), mode, status.st_uid == uid)


def report(settings: Settings, as_json: bool) -> int:
    """Prints the findings. Exit code 1 when one is `fail`."""
    listed = judge(look(settings))
    print(json.dumps([asdict(one) for one in listed], ensure_ascii=False) if as_json else as_text(listed))
    return 1 if any(one.result == FAIL for one in listed) else 0


def as_text(listed: list[SecurityFinding]) -> str:
    """For a person."""
    lines = []
    for one in listed:
        lines.append(f"{one.result:<5} {one.check}: {one.what}" + (f" [{one.where}]" if one.where else ""))
        if one.why:
            lines.append(f"      why: {one.why}")
        if one.mend:
            lines.append(f"      -> {one.mend}")
    return "\n".join(lines)
