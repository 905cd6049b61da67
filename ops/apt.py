"""A private apt: fetches Debian packages into a folder as an ordinary user, with the machine's own mirror.

Nothing of the system's apt is changed. Mirrors, proxies and time-outs come from the machine's
configuration (`apt-get indextargets`, `apt-config dump`), so that a site that fetches through a mirror of
its own goes on doing so, and no mirror is named in this project. Standard library only: the bootstrap
runs this before anything is installed.
"""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from centre120.errors import CentreError, Fault

KEYRINGS = (
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/debian-archive-keyring.pgp",
)
FRESH_SECONDS = 600
"""One start asks for several parts; the lists need not be fetched for each."""
INDEX_FORMAT = "$(REPO_URI)\t$(RELEASE)\t$(COMPONENT)\t$(ORIGIN)\t$(LABEL)\t$(SIGNED_BY)"


@dataclass(frozen=True)
class Source:
    """One line of the machine's package sources, as `apt-get indextargets` knows it."""

    uri: str
    release: str  # as written in the sources: bookworm, bookworm-updates
    component: str
    origin: str  # empty until the machine ran `apt-get update` once
    label: str
    signed_by: str  # path of a keyring, or empty for the machine's default

    def line(self) -> str:
        """This source in the one-line form of sources.list."""
        signed = f"[signed-by={self.signed_by}] " if self.signed_by.startswith("/") else ""
        return f"deb {signed}{self.uri} {self.release} {self.component}"


def parse_sources(text: str) -> list[Source]:
    """The sources in the answer to `apt-get indextargets --format INDEX_FORMAT`.

    Continuation lines (a key written out in a Signed-By field) are passed over.
    """
    found = []
    for line in text.splitlines():
        fields = line.split("\t")
        if len(fields) >= 6 and "://" in fields[0]:
            found.append(Source(*(field.strip() for field in fields[:6])))
    return list(dict.fromkeys(found))


def debian_sources(sources: Iterable[Source], codename: str) -> list[Source]:
    """Those sources that are Debian's own release `codename`, and not a vendor's repository beside it.

    Where apt never ran (`ORIGIN` unknown) the release's name decides: a vendor's suite has another one, or
    brings a keyring of its own.
    """
    sources = [source for source in sources if source.component == "main"]
    named = [source for source in sources if source.origin == "Debian"]
    if named:
        return named
    return [
        source
        for source in sources
        if not source.origin
        and source.release.split("-")[0] == codename
        and (not source.signed_by or "debian-archive" in source.signed_by)
    ]


def main_mirror(sources: Iterable[Source], codename: str) -> str | None:
    """The address of the Debian archive itself (not of its security updates), or None."""
    for source in sources:
        if source.release == codename and source.label in ("Debian", ""):
            return source.uri
    return None


def acquire_settings(dump: str) -> list[str]:
    """The lines of `apt-config dump` that say how to fetch (proxy, time-outs, certificates)."""
    return [
        line
        for line in dump.splitlines()
        if line.startswith("Acquire::")
        and not line.startswith("Acquire::IndexTargets")
        and line.endswith(";")
    ]


def parse_simulation(text: str) -> dict[str, str]:
    """Package name -> version of what `apt-get install --simulate` would install."""
    return dict(re.findall(r"^Inst (\S+) (?:\[[^]]*\] )?\((\S+) ", text, re.MULTILINE))


def parse_show(text: str) -> dict[str, str]:
    """Package name -> version from `apt-cache show --no-all-versions`."""
    names = re.findall(r"^Package: (\S+)$", text, re.MULTILINE)
    return dict(zip(names, re.findall(r"^Version: (\S+)$", text, re.MULTILINE), strict=True))


def codename() -> str:
    """VERSION_CODENAME of this machine (bookworm, trixie), or '' where it names none (Debian sid)."""
    for line in Path("/etc/os-release").read_text(encoding="utf-8").splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2].strip('"')
    return ""


def machine_sources() -> list[Source]:
    """The Debian sources of this machine. Raises `no-apt` and `no-debian-source`."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise CentreError(
            "no-apt",
            "This machine has no apt-get, and PostgreSQL, Asterisk 22 or espeak-ng are not all installed.",
            "Install postgresql (with contrib), asterisk >= 22.10.1 and espeak-ng, or use Debian 12 or 13.",
            Fault.MACHINE,
        )
    listing = subprocess.run(
        ["apt-get", "indextargets", "--format", INDEX_FORMAT, "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    )
    sources = debian_sources(parse_sources(listing.stdout), codename())
    override = os.environ.get("CENTRE120_DEBIAN_MIRROR")
    if override:
        sources = [Source(override, codename(), "main", "Debian", "Debian", keyring()), *sources]
    if not sources:
        raise CentreError(
            "no-debian-source",
            "The machine's apt knows no Debian archive (`apt-get indextargets` shows none of Origin Debian).",
            "Add Debian's own source to /etc/apt/sources.list.d, or set CENTRE120_DEBIAN_MIRROR to a mirror.",
            Fault.MACHINE,
        )
    return sources


def keyring() -> str:
    """The machine's keyring of the Debian archive."""
    for name in KEYRINGS:
        if Path(name).exists():
            return name
    raise CentreError(
        "no-debian-keyring",
        f"Debian packages can not be verified: none of {', '.join(KEYRINGS)} is here.",
        "Install debian-archive-keyring.",
        Fault.MACHINE,
    )


class PrivateApt:
    """An apt with state, cache and configuration in `root`.

    `status` is the list of installed packages to count on: the machine's own (only what is missing is
    fetched) or an empty file (everything is fetched, to run beside the machine's libraries).
    """

    def __init__(self, root: Path, sources: Sequence[str], status: Path | None) -> None:
        self.root = root
        for folder in ("state/lists/partial", "cache/archives/partial", "parts", "etc"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        empty = root / "status"
        empty.touch()
        (root / "etc" / "sources.list").write_text("\n".join(sources) + "\n", encoding="utf-8")
        dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
        lines = [
            *acquire_settings(dump),
            f'Dir::State "{root}/state";',
            f'Dir::State::status "{status or empty}";',
            f'Dir::Cache "{root}/cache";',
            f'Dir::Etc::sourcelist "{root}/etc/sources.list";',
            'Dir::Etc::sourceparts "-";',
            'Dir::Etc::main "-";',
            f'Dir::Etc::parts "{root}/parts";',
            'Dir::Etc::preferences "-";',
            f'Dir::Etc::preferencesparts "{root}/parts";',
            'APT::Sandbox::User "";',
            'APT::Install-Recommends "false";',
            'APT::Get::List-Cleanup "false";',
            'Acquire::Languages "none";',
            'Acquire::Retries "3";',
            'Acquire::GzipIndexes "false";',  # packed lists make every later step seconds slower
        ]
        (root / "apt.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")

        self.environment = os.environ | {"APT_CONFIG": str(root / "apt.conf"), "LC_ALL": "C.UTF-8"}

    def run(self, *arguments: str, cwd: Path | None = None) -> str:
        """Standard output of `apt-get ARGUMENTS`. Raises `apt-failed` with apt's own last words."""
        done = subprocess.run(
            ["apt-get", "-q", *arguments],
            cwd=cwd or self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            words = [line for line in done.stderr.splitlines() if line.startswith(("E:", "W:"))]
            raise CentreError(
                "apt-failed",
                f"`apt-get {' '.join(arguments[:3])}` failed:"
                f" {' '.join(words[-3:]) or done.stderr.strip()[-300:]}",
                "Look whether the network and the Debian mirror answer (`apt-get update`), then run the same"
                " command again: what was fetched so far is kept.",
                Fault.NETWORK,
            )
        return done.stdout

    def update(self) -> None:
        """Fetches the package lists, unless they were a few minutes ago.

        Unlike with a plain `apt-get update`, a list that could not be had is an error.
        """
        done = self.root / "updated"
        if done.exists() and 0 <= time.time() - done.stat().st_mtime < FRESH_SECONDS:
            return
        self.run("update", "-o", "APT::Update::Error-Mode=any")
        done.touch()

    def versions(self, names: Sequence[str]) -> dict[str, str]:
        """Which of `names` the sources carry, with the version that would be fetched."""
        done = subprocess.run(
            ["apt-cache", "show", "--no-all-versions", *names],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,  # 100 when one of the names is unknown
        )
        return parse_show(done.stdout)

    def closure(self, names: Sequence[str]) -> dict[str, str]:
        """What installing `names` needs beyond the status file: package -> version."""
        return parse_simulation(self.run("install", "--simulate", *names))

    def download(self, names: Sequence[str], into: Path) -> list[Path]:
        """The packages' files in `into`, verified by apt; those already there are not fetched again."""
        into.mkdir(parents=True, exist_ok=True)
        self.run("download", *names, cwd=into)
        return sorted(into.glob("*.deb"))


def native(root: Path) -> PrivateApt:
    """A private apt over the machine's own sources and installed packages, its lists fetched."""
    sources = [source.line() for source in machine_sources()]
    private = PrivateApt(root, sources, Path("/var/lib/dpkg/status"))
    private.update()
    return private


def unpack(packages: Iterable[Path], into: Path) -> None:
    """Unpacks the files of Debian packages below `into`; no maintainer script runs."""
    into.mkdir(parents=True, exist_ok=True)
    for package in packages:
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE) as reader:
            writer = subprocess.run(
                ["tar", "-x", "--no-same-owner", "-C", str(into)],
                stdin=reader.stdout,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        if writer.returncode != 0 or reader.returncode != 0:
            raise CentreError(
                "unpack-failed",
                f"{package.name} could not be unpacked below {into}: {writer.stderr.strip()[-200:]}",
                "Look whether the disk is full (`df`), then run the same command again.",
                Fault.MACHINE,
            )
