"""How Alembic reaches the database: `-x url=...`, else the caller's `attributes["url"]`, else the
centre's settings.

One upgrade at a time (advisory lock), and no waiting behind running calls' transactions (lock_timeout): a
migration that can not have its lock fails, changes nothing, and is run again.
"""

from alembic import context
from sqlalchemy import create_engine, pool, text

from centre120.settings import load_settings
from centre120.store.schema import metadata

ADVISORY_LOCK = 120_001
LOCK_TIMEOUT = "5s"


def database_url() -> str:
    """Where to migrate."""
    return (
        context.get_x_argument(as_dictionary=True).get("url")
        or context.config.attributes.get("url")
        or load_settings().sqlalchemy_url
    )


def run() -> None:
    """All outstanding versions in one transaction."""
    engine = create_engine(database_url(), poolclass=pool.NullPool, connect_args={"connect_timeout": 5})
    with engine.connect() as connection, connection.begin():
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        context.configure(connection=connection, target_metadata=metadata, compare_server_default=True)
        context.run_migrations()
    engine.dispose()


if context.is_offline_mode():
    raise SystemExit(
        "Offline SQL is not supported: the migrations need the advisory lock of a live database."
    )
run()
