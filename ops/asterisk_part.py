"""Asterisk 22: the machine's own when it is new enough, else Debian forky's, run beside the machine.

Debian 12 and 13 carry no Asterisk. Forky's needs a newer C library than they have, so it is started
through forky's own loader with forky's own libraries: no library of the machine is mapped, nothing of the
machine is changed. 22.10.1 is the floor: it closes twenty advisories. 23 is another branch with other
configuration, so 22 is the ceiling.
"""

import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from centre120.errors import CentreError, Fault
from ops import apt
from ops.parts import SEARCH, TRIPLET, Part, current, fetching, install, put_link, put_script

BRANCH = 22
FLOOR = (22, 10, 1)
SUITE = "forky"
NAME = "asterisk"
USUAL_CLOSURE = frozenset(
    {
        "asterisk",
        "asterisk-modules",
        *("libbsd0", "libc6", "libcap2", "libcom-err2", "libcrypt1", "libedit2", "libgcc-s1", "libgsm1"),
        *("libgssapi-krb5-2", "libjansson4", "libk5crypto3", "libkeyutils1", "libkrb5-3", "libkrb5support0"),
        *("libldap2", "libmd0", "libnspr4", "libnss3", "libopus0", "libpq5", "libsasl2-2", "libsqlite3-0"),
        *("libsrtp2-1", "libssl3t64", "libstdc++6", "libsystemd0", "libtinfo6", "liburiparser1", "libuuid1"),
        *("libxml2-16", "libxslt1.1", "libzstd1", "zlib1g"),
    }
)
"""What the modules we load need: 21 MB instead of 82. When a name changed in forky, all is fetched."""


@dataclass(frozen=True)
class Asterisk:
    """Where the found Asterisk keeps what its configuration must name."""

    version: str  # 22.10.1
    program: Path  # <parts>/bin/asterisk
    modules_dir: Path
    documentation_dir: Path
    part: Part


def parse_version(text: str) -> tuple[int, int, int] | None:
    """(22, 10, 1) from `Asterisk 22.10.1~dfsg+...` or a package version `1:22.10.1~dfsg...`, or None."""
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def acceptable(version: tuple[int, int, int] | None) -> bool:
    """Whether the centre runs on that version."""
    return version is not None and version[0] == BRANCH and version >= FLOOR


def modules_wanted(modules_conf: str) -> list[str]:
    """File names of the modules that `modules.conf` loads."""
    return re.findall(r"^\s*(?:pre)?load\s*=>?\s*(\S+\.so)", modules_conf, re.MULTILINE)


def system_asterisk() -> Part | None:
    """The machine's own Asterisk when it is acceptable."""
    program = shutil.which("asterisk", path=SEARCH)
    if not program:
        return None
    answer = subprocess.run([program, "-V"], capture_output=True, text=True, check=False).stdout
    version = parse_version(answer)
    if version is None or not acceptable(version):
        return None
    return Part(NAME, ".".join(map(str, version)), Path("/"))


def loader(root: Path) -> list[str]:
    """The command that runs a program of forky's below `root` with forky's libraries only."""
    found = sorted((root / "usr/lib" / TRIPLET).glob("ld-linux-*.so.*"))
    if not found:
        return ["/nonexistent-loader"]
    return [str(found[0]), "--inhibit-cache", "--library-path", str(root / "usr/lib" / TRIPLET)]


def missing_in(root: Path, modules: Sequence[str]) -> list[str]:
    """What the program and those modules lack: files, or libraries the loader does not find."""
    folder = root / "usr/lib" / TRIPLET / "asterisk" / "modules"
    missing = []
    for path in (root / "usr/sbin/asterisk", *(folder / name for name in modules)):
        if not path.exists():
            missing.append(path.name)
            continue
        command = [*loader(root), "--list", str(path)]
        try:
            answer = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError:
            return ["the loader of its C library"]
        missing += [line.split()[0] for line in answer.stdout.splitlines() if "not found" in line]
        if answer.returncode not in (0, 1) and not answer.stdout:
            missing.append(f"{path.name} ({answer.stderr.strip()[-80:]})")
    return sorted(set(missing))


def find(parts_dir: Path) -> Asterisk | None:
    """The machine's or the fetched Asterisk; None when neither is there."""
    part = system_asterisk() or current(parts_dir, NAME)
    if part is None:
        return None
    folder = part.root / "usr/lib" / TRIPLET / "asterisk" / "modules"
    if not part.fetched and not folder.is_dir():
        folder = Path("/usr/lib/asterisk/modules")
    documentation = part.root / "usr/share/asterisk/documentation"
    version = ".".join(map(str, parse_version(part.version) or ()))
    return Asterisk(version, parts_dir / "bin" / NAME, folder, documentation, part)


def write_wrapper(parts_dir: Path, part: Part) -> None:
    """<parts>/bin/asterisk."""
    path = parts_dir / "bin" / NAME
    if not part.fetched:
        put_link(path, Path(shutil.which(NAME, path=SEARCH) or "/usr/sbin/asterisk"))
        return
    program = part.root / "usr/sbin/asterisk"
    command = shlex.join([*loader(part.root), "--argv0", str(path), str(program)])
    put_script(path, f'#!/bin/sh\nexec {command} "$@"\n')


def modules_lacking(found: Asterisk, modules_conf: str) -> list[str]:
    """Modules of `modules.conf` that this Asterisk has no file for: an older checkout fetched it for other modules."""
    return [name for name in modules_wanted(modules_conf) if not (found.modules_dir / name).exists()]


def check_modules(found: Asterisk, modules_conf: str) -> None:
    """Raises `asterisk-modules` when the machine's own Asterisk lacks some: nothing of the machine is changed."""
    lacking = modules_lacking(found, modules_conf)
    if lacking:
        raise CentreError(
            "asterisk-modules",
            f"The machine's own Asterisk {found.version} lacks {', '.join(lacking[:5])} in {found.modules_dir}.",
            "Install the rest of its modules (asterisk-modules), or remove it and run ./120 up: one is fetched then.",
            Fault.MACHINE,
        )


def fetch(parts_dir: Path, modules_conf: str) -> Asterisk:
    """Asterisk, fetched when it is not there or lacks a module. Raises `asterisk-version` when forky has another branch,
    `asterisk-modules` when the machine's own lacks a module."""
    with fetching(parts_dir, NAME):
        found = find(parts_dir)
        if found is not None and not found.part.fetched:
            check_modules(found, modules_conf)
        elif found is None or modules_lacking(found, modules_conf):
            _fetch_from_forky(parts_dir, modules_wanted(modules_conf))
            found = find(parts_dir)
        assert found is not None  # noqa: S101 - installed by the line above
        write_wrapper(parts_dir, found.part)
    return found


def _fetch_from_forky(parts_dir: Path, modules: Sequence[str]) -> None:
    mirror = apt.main_mirror(apt.machine_sources(), apt.codename())
    if mirror is None:
        raise CentreError(
            "no-debian-source",
            "The machine's apt names no Debian archive that Asterisk could be fetched from.",
            "Set CENTRE120_DEBIAN_MIRROR to the address of a Debian mirror, or install Asterisk 22 yourself.",
            Fault.MACHINE,
        )
    source = f"deb [signed-by={apt.keyring()}] {mirror} {SUITE} main"
    private = apt.PrivateApt(parts_dir / ".apt" / NAME, [source], None)
    private.update()
    carried = private.versions(sorted(USUAL_CLOSURE))
    version = parse_version(carried.get(NAME, ""))
    if not acceptable(version):
        raise CentreError(
            "asterisk-version",
            f"Debian {SUITE} at {mirror} carries Asterisk {carried.get(NAME)}; the centre needs"
            f" {'.'.join(map(str, FLOOR))} or a later {BRANCH}.",
            "Install Asterisk 22 on the machine, or copy the parts folder of a machine that has it.",
            Fault.MACHINE,
        )
    debs = parts_dir / f".{NAME}-debs"

    def put(names: Sequence[str]) -> None:
        packages = private.download(names, debs)
        install(parts_dir, NAME, carried[NAME], packages, lambda root: missing_in(root, modules))

    try:
        put(sorted(carried))
    except CentreError as error:
        if error.code != "part-incomplete":
            raise
        put(sorted(private.closure([NAME])))  # a library has another name now
