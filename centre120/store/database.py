"""The one place that connects and commits.

    database = Database(settings.sqlalchemy_url)
    with database.transaction() as tx:
        language = find_language(tx, number)

Leaving the block commits, an exception rolls back. `Transaction` is what every store function takes first. A
database that is down, frozen or too slow raises `StoreUnavailable` within a few seconds, never later.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from centre120.errors import CentreError, Fault
from centre120.store.deadline import DeadlineConnection

Transaction = Connection
CONNECT_SECONDS = 2
STATEMENT_SECONDS = 3.0
LOCK_SECONDS = 1.0

_UNAVAILABLE = (
    psycopg.errors.QueryCanceled,  # statement_timeout
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.UndefinedTable,  # not migrated yet
    psycopg.errors.UndefinedColumn,
)


class StoreUnavailable(CentreError):
    """PostgreSQL can not be used now. Calls go on without it; pages and imports wait."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(
            "store-unavailable",
            f"PostgreSQL did not do what was asked: {type(cause).__name__}: {_first_line(cause)}.",
            "Look at `./120 status`; the program tries again by itself.",
            Fault.MACHINE,
        )


def _first_line(cause: BaseException) -> str:
    return (str(cause).splitlines() or ["no reason given"])[0][:300]


class Database:
    """A pool of connections with short limits."""

    def __init__(
        self,
        url: str,
        *,
        statement_seconds: float = STATEMENT_SECONDS,
        lock_seconds: float = LOCK_SECONDS,
        pool_size: int = 5,
        application: str = "centre120",
    ) -> None:
        options = {
            "statement_timeout": int(statement_seconds * 1000),
            "lock_timeout": int(lock_seconds * 1000),
            "idle_in_transaction_session_timeout": int((statement_seconds + 10) * 1000),
            "timezone": "UTC",
            "jit": "off",
        }
        self.engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=CONNECT_SECONDS,
            pool_pre_ping=True,
            use_native_hstore=False,
            connect_args={
                "connect_timeout": CONNECT_SECONDS,
                "application_name": application,
                "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
                "keepalives_idle": 5,
                "keepalives_interval": 2,
                "keepalives_count": 2,
                "tcp_user_timeout": 5000,
            },
        )

        @event.listens_for(self.engine, "do_connect")
        def _connect(_dialect: Any, _record: Any, args: Any, parameters: Any) -> Any:
            connection = DeadlineConnection.connect(*args, **parameters)
            connection.answer_seconds = statement_seconds + 1.0
            return connection

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One transaction. Raises StoreUnavailable when PostgreSQL is the reason it could not be done."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except PoolTimeoutError as error:
            raise StoreUnavailable(error) from error
        except DBAPIError as error:
            if _is_unavailable(error):
                raise StoreUnavailable(error.orig or error) from error
            raise

    def close(self) -> None:
        """Close the pool; connections in use close when they come back."""
        self.engine.dispose()


def _is_unavailable(error: DBAPIError) -> bool:
    if error.connection_invalidated or isinstance(error.orig, _UNAVAILABLE):
        return True
    # an OperationalError without a SQLSTATE never reached a server
    return isinstance(error.orig, psycopg.OperationalError)
