"""The programs that are not Python: which the machine has, which are fetched, where each of them is.

`find(...)` answers without a network; `fetch(...)` brings what is missing as Debian packages, unpacked
into `<parts>/<name>-<version>/` behind the link `<name>-current`. The rest of the project runs them
through `<parts>/bin/`, where each is a small script (or a link to the machine's own), so that nobody else
needs to know the difference.

A part appears by one rename: a network cut or a kill half-way leaves nothing that looks installed.
Several homes may share one folder (CENTRE120_PARTS); a lock file keeps them apart.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from centre120.errors import CentreError, Fault
from ops import apt

TRIPLET = f"{platform.machine()}-linux-gnu"
SEARCH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where the machine keeps its own programs. Not PATH: test runs have <parts>/bin in it."""


@dataclass(frozen=True)
class Part:
    """An installed part. `root` is the folder it was unpacked to, or `/` for the machine's own."""

    name: str
    version: str
    root: Path

    @property
    def fetched(self) -> bool:
        return self.root != Path("/")


@dataclass(frozen=True)
class Recipe:
    """How a part is fetched from the machine's own Debian release, and which programs it brings."""

    name: str
    packages: tuple[str, ...]
    programs: dict[str, str]  # name in <parts>/bin -> path below the part's root
    library_dirs: tuple[str, ...] = ()  # below the root, besides the usual two
    arguments: str = ""  # put before the caller's, `$root` may be used
    environment: str = ""  # shell lines of the wrapper, `$root` may be used
    everything: bool = False  # keep all of apt's closure, not only shared libraries


def digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def folder_name(name: str, version: str) -> str:
    """`asterisk-22.10.1` from a Debian version such as `1:22.10.1~dfsg+~cs6.16-1`."""
    return f"{name}-{re.split(r'[~+]', version.partition(':')[2] or version)[0]}"


def worth_keeping(names: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Of apt's closure: the wanted packages and shared libraries, without those only the unwanted half needs.

    PostgreSQL's closure holds a compiler (llvm, for its JIT, which is off here), Perl and the scripts
    that make system-wide clusters: 200 MB that a private cluster never runs.
    """
    heavy = re.compile(r"libllvm|libz3|libperl|lib.*-perl$|libgdbm")
    return [name for name in names if name in wanted or (name.startswith("lib") and not heavy.match(name))]


def current(parts_dir: Path, name: str) -> Part | None:
    """The fetched part `name`, or None."""
    link = parts_dir / f"{name}-current"
    try:
        facts = json.loads((link / "part.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return Part(name, facts["version"], link.resolve())


@contextlib.contextmanager
def fetching(parts_dir: Path, name: str) -> Iterator[None]:
    """Holds the lock under which `name` may be changed."""
    parts_dir.mkdir(parents=True, exist_ok=True)
    with (parts_dir / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install(
    parts_dir: Path, name: str, version: str, packages: list[Path], check: Callable[[Path], list[str]]
) -> Part:
    """Unpacks `packages`, lets `check` name what is missing, and makes the part appear by one rename.

    Raises `part-incomplete` when `check` names something.
    """
    working = parts_dir / f".{name}-unpacking"
    shutil.rmtree(working, ignore_errors=True)
    apt.unpack(packages, working)
    missing = check(working)
    if missing:
        raise CentreError(
            "part-incomplete",
            f"{name} {version} was unpacked below {working}, but lacks {', '.join(missing[:5])}.",
            "Run the same command again; if it stays, install the package on the machine itself.",
            Fault.MACHINE,
        )
    listing = [{"file": deb.name, "sha256": digest(deb), "bytes": deb.stat().st_size} for deb in packages]
    facts = {"name": name, "version": version, "packages": listing}
    (working / "part.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    final = parts_dir / folder_name(name, version)
    old = parts_dir / f".{name}-old"
    shutil.rmtree(old, ignore_errors=True)
    if (
        final.exists()
    ):  # cut off between the rename and the link, or the same version fetched again; it may be running
        final.rename(old)
    working.rename(final)
    link = parts_dir / f".{name}-link"
    link.unlink(missing_ok=True)
    link.symlink_to(final.name)
    link.replace(parts_dir / f"{name}-current")
    shutil.rmtree(old, ignore_errors=True)
    shutil.rmtree(packages[0].parent, ignore_errors=True)
    write_lock(parts_dir)
    return Part(name, version, final)


def write_lock(parts_dir: Path) -> None:
    """<parts>/lock.json: every fetched part, its version, the SHA-256 of each package it was made from."""
    with fetching(parts_dir, "lock"):
        facts = {}
        for link in sorted(parts_dir.glob("*-current")):
            part = json.loads((link / "part.json").read_text(encoding="utf-8"))
            facts[part.pop("name")] = part
        new = parts_dir / "lock.json.new"
        new.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        new.replace(parts_dir / "lock.json")


def native_apt(parts_dir: Path) -> apt.PrivateApt:
    """A private apt over the machine's own release that fetches only what the machine lacks."""
    return apt.native(parts_dir / ".apt" / "native")


def fetch(parts_dir: Path, recipe: Recipe, private: apt.PrivateApt | None = None) -> Part:
    """Fetches a part from the machine's own Debian release; at once when it is there already."""
    with fetching(parts_dir, recipe.name):
        part = current(parts_dir, recipe.name)
        if part is None:
            private = private or native_apt(parts_dir)
            closure = private.closure(recipe.packages)
            names = list(closure) if recipe.everything else worth_keeping(list(closure), recipe.packages)
            packages = private.download(names, parts_dir / f".{recipe.name}-debs")
            version = closure.get(recipe.packages[0], "0")
            part = install(parts_dir, recipe.name, version, packages, lambda root: missing_in(root, recipe))
        write_wrappers(parts_dir, recipe, part)
    return part


def library_path(root: Path, recipe: Recipe) -> str:
    """LD_LIBRARY_PATH for a part that runs on the machine's own C library."""
    usual = (f"usr/lib/{TRIPLET}", f"lib/{TRIPLET}")
    return ":".join(str(root / folder) for folder in (*usual, *recipe.library_dirs))


def missing_in(root: Path, recipe: Recipe) -> list[str]:
    """Programs that are absent and shared libraries that the loader does not find."""
    missing = []
    for path in recipe.programs.values():
        program = root / path
        if not program.exists():
            missing.append(path)
            continue
        environment = os.environ | {"LD_LIBRARY_PATH": library_path(root, recipe)}
        answer = subprocess.run(
            ["ldd", str(program)], env=environment, capture_output=True, text=True, check=False
        )
        missing += [line.split()[0] for line in answer.stdout.splitlines() if "not found" in line]
    return sorted(set(missing))


def write_wrappers(parts_dir: Path, recipe: Recipe, part: Part) -> None:
    """<parts>/bin/PROGRAM for each program of the part."""
    for name, path in recipe.programs.items():
        program = part.root / path
        if not part.fetched:
            put_link(parts_dir / "bin" / name, program)
            continue
        put_script(
            parts_dir / "bin" / name,
            f"#!/bin/sh\nroot={shlex.quote(str(part.root))}\n"
            f"export LD_LIBRARY_PATH={shlex.quote(library_path(part.root, recipe))}\n{recipe.environment}"
            f'exec {shlex.quote(str(program))} {recipe.arguments}{" " if recipe.arguments else ""}"$@"\n',
        )


def put_script(path: Path, text: str) -> None:
    """An executable file with that text; left alone when it has it already, else replaced by a rename."""
    if path.is_file() and not path.is_symlink() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.chmod(0o755)
    new.replace(path)


def put_link(path: Path, target: Path) -> None:
    """A symbolic link to `target`, replaced by a rename."""
    if path.is_symlink() and path.readlink() == target:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(path)
