"""A migrated database that is gone afterwards, beside the centre's own: for benchmarks."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from centre120.errors import CentreError, Fault
from centre120.store.migrate import upgrade


@contextmanager
def scratch_database(server_url: str, name: str) -> Iterator[str]:
    """The URL of database `name` (an identifier), made on the server of `server_url`. Raises `no-scratch-database`."""
    if not name.isidentifier():
        raise ValueError(f"{name} is no identifier")
    server = sa.make_url(server_url).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
    except SQLAlchemyError as error:
        raise CentreError(
            "no-scratch-database",
            f"Database {name} could not be made on {server.render_as_string()}: {error}"[:500] + ".",
            "Start the centre (./120 up --detach), or name a server whose user may create databases.",
            Fault.CONFIGURATION,
        ) from error
    try:
        url = server.set(database=name).render_as_string(hide_password=False)
        upgrade(url)
        yield url
    finally:
        with engine.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        engine.dispose()
