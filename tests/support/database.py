"""The private PostgreSQL of a test session and the migrated database that others are copied from, as fixtures."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from centre120.store.migrate import upgrade
from tests.support.postgres import PrivatePostgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[PrivatePostgres]:
    server = PrivatePostgres()
    try:
        server.start()
        yield server
    finally:
        server.remove()


def create_database(server: PrivatePostgres, name: str, template: str = "template0") -> str:
    """A new database; its URL."""
    engine = sa.create_engine(server.url(), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    engine.dispose()
    return server.url(name)


@pytest.fixture(scope="session")
def template(postgres: PrivatePostgres) -> str:
    """Name of a migrated database that others are copied from."""
    upgrade(create_database(postgres, "migrated"))
    return "migrated"
