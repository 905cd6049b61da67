"""`./120 bench consultation` on a real server: figures of every kind, and no database left behind."""

import sqlalchemy as sa

from ops.bench.consultation import KINDS, measure
from tests.support.postgres import PrivatePostgres


def test_benchmark_measures_every_kind_and_leaves_no_database(postgres: PrivatePostgres) -> None:
    result = measure(40, 60, postgres.url(), quiet=True)
    assert result["entries"] == 40 and result["searches"] == 60
    assert set(result["by_kind"]) <= set(KINDS) and "typed" in result["by_kind"]
    assert 0 < result["milliseconds"]["p50"] <= result["milliseconds"]["max"]
    engine = sa.create_engine(postgres.url())
    with engine.connect() as connection:
        left = connection.scalars(sa.text("SELECT datname FROM pg_database WHERE datname LIKE 'bench%'"))
        assert list(left) == []
    engine.dispose()
