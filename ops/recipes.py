"""Which parts there are, how the machine's own are recognised, and how the missing ones are fetched."""

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from centre120.settings import REPOSITORY, Settings
from ops import apt, asterisk_part, parts
from ops.parts import SEARCH, TRIPLET, Part, Recipe
from ops.progress import say

POSTGRES_PROGRAMS = (
    "postgres",
    "initdb",
    "pg_ctl",
    "pg_isready",
    "psql",
    "pg_dump",
    "pg_restore",
    "createdb",
)
POSTGRES_LIBRARY = Path("/usr/lib/postgresql")
POSTGRES_SHARE = Path("/usr/share/postgresql")

ESPEAK = Recipe(
    "espeak-ng",
    ("espeak-ng", "espeak-ng-data", "libespeak-ng1"),
    {"espeak-ng": "usr/bin/espeak-ng"},
    library_dirs=(f"usr/lib/{TRIPLET}/pulseaudio",),
    arguments=f'"--path=$root/usr/lib/{TRIPLET}"',
)


@dataclass(frozen=True)
class Parts:
    """All parts a running centre needs; their programs are in `<parts>/bin`."""

    postgres: Part | None  # None: the database is elsewhere (CENTRE120_DATABASE_URL)
    asterisk: asterisk_part.Asterisk
    espeak: Part


def postgres_recipe(major: str) -> Recipe:
    """How PostgreSQL `major` is fetched."""
    return Recipe(
        "postgresql",
        (f"postgresql-{major}", f"postgresql-client-{major}", "libpq5"),
        {name: f"usr/lib/postgresql/{major}/bin/{name}" for name in POSTGRES_PROGRAMS},
    )


def postgres_majors(library: Path, share: Path) -> list[str]:
    """Versions installed with server and contrib (pg_trgm), newest first."""
    found = [
        binary.parent.parent.name
        for binary in library.glob("*/bin/postgres")
        if (share / binary.parent.parent.name / "extension" / "pg_trgm.control").exists()
    ]
    return sorted((major for major in found if major.isdigit()), key=int, reverse=True)


def packaged_major(closure: dict[str, str]) -> str | None:
    """The PostgreSQL version that the package `postgresql` of this release stands for."""
    for name in closure:
        found = re.fullmatch(r"postgresql-(\d+)", name)
        if found:
            return found[1]
    return None


def ensure_postgres(parts_dir: Path) -> Part:
    """The machine's PostgreSQL or a fetched one."""
    majors = postgres_majors(POSTGRES_LIBRARY, POSTGRES_SHARE)
    if majors:
        part = Part("postgresql", majors[0], Path("/"))
        parts.write_wrappers(parts_dir, postgres_recipe(majors[0]), part)
        return part
    there = parts.current(parts_dir, "postgresql")
    if there:
        major = there.version.split(".")[0]
        return parts.fetch(parts_dir, postgres_recipe(major))
    private = parts.native_apt(parts_dir)
    major = packaged_major(private.closure(["postgresql"])) or "15"
    part = parts.fetch(parts_dir, postgres_recipe(major), private)
    say(f"PostgreSQL {part.version} unpacked")
    return part


def ensure_program(parts_dir: Path, recipe: Recipe) -> Part:
    """A part of one program: the machine's own or a fetched one."""
    name = next(iter(recipe.programs))
    own = shutil.which(name, path=SEARCH)
    if own:
        part = Part(recipe.name, "system", Path("/"))
        parts.put_link(parts_dir / "bin" / name, Path(own))
        return part
    before = parts.current(parts_dir, recipe.name)
    part = parts.fetch(parts_dir, recipe)
    if before is None:
        say(f"{recipe.name} {part.version} unpacked")
    return part


def ensure_asterisk(parts_dir: Path) -> asterisk_part.Asterisk:
    """The machine's Asterisk 22, or a fetched one that can load every module of modules.conf."""
    there = asterisk_part.find(parts_dir)
    text = modules_conf()
    lacking = asterisk_part.modules_lacking(there, text) if there else []
    if there and there.part.fetched and lacking:
        say(f"Asterisk {there.version} lacks {', '.join(lacking[:3])}: fetching it again")
    asterisk = asterisk_part.fetch(parts_dir, text)
    if there is None or lacking:
        say(f"Asterisk {asterisk.version} unpacked")
    return asterisk


def modules_conf() -> str:
    """The list of the modules we load."""
    path = REPOSITORY / "asterisk.conf.d" / "modules.conf"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def ensure_parts(settings: Settings) -> Parts:
    """Everything a running centre needs; what is missing is fetched at the same time.

    Raises CentreError: `no-apt`, `no-debian-source`, `apt-failed`, `part-incomplete`, `asterisk-version`.
    """
    folder = settings.parts_dir
    with ThreadPoolExecutor(1, thread_name_prefix="fetch") as pool:
        asterisk = pool.submit(ensure_asterisk, folder)
        postgres = None if settings.database_url else ensure_postgres(folder)
        espeak = ensure_program(folder, ESPEAK)
        return Parts(postgres, asterisk.result(), espeak)


def needs_network(settings: Settings) -> bool:
    """Whether `ensure_parts` would have to fetch something."""
    folder = settings.parts_dir
    asterisk = asterisk_part.find(folder)
    postgres = settings.database_url or postgres_majors(POSTGRES_LIBRARY, POSTGRES_SHARE)
    return not (
        (postgres or parts.current(folder, "postgresql"))
        and asterisk
        and not (asterisk.part.fetched and asterisk_part.modules_lacking(asterisk, modules_conf()))
        and (shutil.which("espeak-ng", path=SEARCH) or parts.current(folder, ESPEAK.name))
    )


def remove_leftovers(parts_dir: Path) -> None:
    """Package lists of the private apt, some 100 MB that only another fetch would need."""
    shutil.rmtree(parts_dir / ".apt", ignore_errors=True)


__all__ = ["ESPEAK", "Parts", "apt", "ensure_parts", "ensure_program", "needs_network", "remove_leftovers"]
