"""Brings the database to the newest version, with errors a person can act on.

The advisory lock that lets two machines start at once is taken in migrations/env.py.
"""

import importlib.util
import re
import socket
from urllib.parse import parse_qs, unquote, urlsplit

from centre120.errors import CentreError, Fault
from centre120.settings import Settings


def without_password(url: str) -> str:
    """The address with its password blanked, fit to be shown."""
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", url)


def endpoint(url: str) -> tuple[str, int]:
    """Host (a path for a unix socket folder) and port that a PostgreSQL address names."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    host = unquote(parts.hostname or query.get("host", ["/var/run/postgresql"])[0])
    port = parts.port or int(query.get("port", ["5432"])[0])
    return host, port


def check_reachable(url: str) -> None:
    """Raises `database-unreachable` when nothing listens at CENTRE120_DATABASE_URL (waits 5 s at most)."""
    try:
        host, port = endpoint(url)
    except ValueError as error:
        raise CentreError(
            "database-url",
            f"CENTRE120_DATABASE_URL={without_password(url)} can not be read: {error}.",
            "Write it as postgresql://user:password@host:5432/database.",
            Fault.CONFIGURATION,
        ) from error
    try:
        if host.startswith("/"):
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(5)
                probe.connect(f"{host}/.s.PGSQL.{port}")
        else:
            socket.create_connection((host, port), timeout=5).close()
    except OSError as error:
        raise CentreError(
            "database-unreachable",
            f"The database {without_password(url)} can not be reached at {host}:{port}: {error}.",
            "Start that server or open the way to it, correct CENTRE120_DATABASE_URL, or unset it to use the"
            " private PostgreSQL.",
            Fault.CONFIGURATION,
        ) from error


def upgrade(settings: Settings) -> bool:
    """Applies what is outstanding; False when this checkout has no migrations. Raises `migration-failed`."""
    if importlib.util.find_spec("centre120.store.migrate") is None:
        return False
    from centre120.store import migrate  # here: SQLAlchemy and Alembic take half a second to load

    try:
        migrate.upgrade(settings.sqlalchemy_url)
    except Exception as error:
        words = " ".join(str(error).split("\n[SQL")[0].split())[:400]
        raise CentreError(
            "migration-failed",
            f"The database {without_password(settings.sqlalchemy_url)} could not be brought up to date:"
            f" {words}",
            "Nothing was changed by the failed step. Mend what it names, then run the same command again.",
            Fault.CONFIGURATION if settings.database_url else Fault.PROGRAM,
        ) from error
    return True
