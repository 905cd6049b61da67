"""One private PostgreSQL for the session, migrated once; each test in a transaction that is rolled back."""

from collections.abc import Iterator

import pytest

from centre120.store.database import Database, Transaction
from tests.support.database import create_database, postgres, template  # noqa: F401 - fixtures
from tests.support.postgres import PrivatePostgres
from tests.support.recorder import ours  # noqa: F401 - a fixture


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
