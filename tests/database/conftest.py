"""One private PostgreSQL for the session, migrated once; each test in a transaction that is rolled back."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from centre120.store.database import Database, Transaction
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


@pytest.fixture(scope="session")
def shared_url(postgres: PrivatePostgres, template: str) -> str:
    return create_database(postgres, "shared", template)


@pytest.fixture
def fresh_url(postgres: PrivatePostgres, template: str) -> str:
    """A migrated database of the test's own, for code that commits."""
    return create_database(postgres, "fresh", template)


@pytest.fixture
def fresh(fresh_url: str) -> Iterator[Database]:
    database = Database(fresh_url)
    yield database
    database.close()


@pytest.fixture
def tx(shared_url: str) -> Iterator[Transaction]:
    """A transaction that is rolled back."""
    database = Database(shared_url)
    with database.engine.connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()
    database.close()
