"""The private PostgreSQL of a test session and the migrated database that others are copied from, as fixtures."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from centre120.store.database import Database
from centre120.store.migrate import upgrade
from tests.support.postgres import PrivatePostgres


@contextmanager
def _running() -> Iterator[PrivatePostgres]:
    server = PrivatePostgres()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PrivatePostgres]:
    with _running() as server:
        yield server


@pytest.fixture(scope="module")
def server() -> Iterator[PrivatePostgres]:
    """Of the module's own, because its tests stop or freeze it."""
    with _running() as server:
        yield server


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


@contextmanager
def migrated(server: PrivatePostgres, name: str) -> Iterator[Database]:
    """A new, migrated database."""
    url = create_database(server, name)
    upgrade(url)
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


def url_of(database: Database) -> str:
    """Its URL with the password, as a program is told it."""
    return database.engine.url.render_as_string(hide_password=False)
