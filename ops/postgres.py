"""The private PostgreSQL: a cluster below the home, reached by its unix socket only.

Role and database are both `centre120`; the account that runs the centre and root may be that role (peer, by
pg_ident), nobody else may connect and nothing listens on TCP.
"""

import getpass
import os
import shutil
import signal
import subprocess
from pathlib import Path

from centre120.errors import CentreError, Fault
from centre120.settings import Settings

NAME = "centre120"

CONFIGURATION = """\
# Written at every start by ./120 up; put your own lines into postgresql.conf, below the include.
listen_addresses = ''
unix_socket_directories = '{socket_dir}'
unix_socket_permissions = 0700
max_connections = 100
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_min_duration_statement = 500
log_parameter_max_length = 0
logging_collector = off
"""


def database_url(settings: Settings) -> str:
    """The address of the database in libpq's form, for psql and psycopg."""
    return settings.database_url or f"postgresql://{NAME}@/{NAME}?host={settings.postgres_socket_dir}"


def identity_map(account: str) -> str:
    """pg_ident.conf: which accounts of the machine may be the role."""
    accounts = dict.fromkeys([account, "root"])
    return "".join(f"{NAME} {name} {NAME}\n" for name in accounts)


def access_rules() -> str:
    """pg_hba.conf."""
    return f"local all {NAME} peer map={NAME}\n"


def run(program: Path, *arguments: str) -> str:
    """Standard output of one of PostgreSQL's programs. Raises `postgresql-failed` with its last words."""
    environment = os.environ | {"LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [str(program), *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        full = "No space left" in done.stderr
        raise CentreError(
            "disk-full" if full else "postgresql-failed",
            f"{program.name} {' '.join(arguments[:3])} failed: {' '.join(done.stderr.split())[-300:]}",
            "Free some room and run the same command again."
            if full
            else "Look into <home>/log/postgresql.log and run ./120 doctor.",
            Fault.MACHINE,
        )
    return done.stdout


def ensure_cluster(settings: Settings, version: str) -> bool:
    """Makes the cluster when there is none; True when it was made. Raises `postgresql-version`."""
    folder = settings.postgres_dir
    major = version.split(".")[0]
    made = False
    if not (folder / "PG_VERSION").exists():
        new = folder.with_name("postgres.new")
        shutil.rmtree(new, ignore_errors=True)
        options = ["-U", NAME, "--auth-local=peer", "--auth-host=reject", "--locale=C.UTF-8", "-E", "UTF8"]
        run(settings.parts_dir / "bin" / "initdb", "-D", str(new), *options, "--no-instructions")
        with (new / "postgresql.conf").open("a", encoding="utf-8") as stream:
            stream.write("include_if_exists = 'centre120.conf'\n")
        new.rename(folder)
        made = True
    found = (folder / "PG_VERSION").read_text(encoding="ascii").strip()
    if found != major:
        raise CentreError(
            "postgresql-version",
            f"The database in {folder} was made by PostgreSQL {found}; PostgreSQL {major} was found.",
            f"Install PostgreSQL {found}, or dump with the old and restore with the new version"
            " (docs/operating.md).",
            Fault.MACHINE,
        )
    text = CONFIGURATION.format(socket_dir=str(settings.postgres_socket_dir).replace("'", "''"))
    (folder / "centre120.conf").write_text(text, encoding="utf-8")
    (folder / "pg_hba.conf").write_text(access_rules(), encoding="utf-8")
    (folder / "pg_ident.conf").write_text(identity_map(getpass.getuser()), encoding="utf-8")
    return made


def leftover_process(folder: Path) -> int | None:
    """The pid of a PostgreSQL that still runs on `folder` with no supervisor, or None.

    After a crash of the machine the pid in postmaster.pid may belong to any other program, and PostgreSQL
    would refuse to start because of it: such a file is removed.
    """
    note = folder / "postmaster.pid"
    try:
        pid = int(note.read_text(encoding="utf-8").splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None
    try:
        if Path(f"/proc/{pid}/cwd").resolve() == folder.resolve():
            return pid
    except OSError:
        pass
    note.unlink(missing_ok=True)
    return None


def stop_leftover(folder: Path) -> None:
    """Ends a PostgreSQL that outlived its supervisor (fast shutdown)."""
    pid = leftover_process(folder)
    if pid is not None:
        os.kill(pid, signal.SIGINT)


def ensure_database(settings: Settings) -> bool:
    """Makes the database in the running cluster; True when it was made."""
    programs = settings.parts_dir / "bin"
    where = ["-h", str(settings.postgres_socket_dir), "-U", NAME]
    query = f"select 1 from pg_database where datname = '{NAME}'"  # noqa: S608 - a constant
    if run(programs / "psql", *where, "-X", "-d", "postgres", "-Atc", query).strip():
        return False
    run(programs / "createdb", *where, NAME)
    return True
