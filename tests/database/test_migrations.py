"""The schema is what the migrations make, and every version can be undone."""

import ast
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from centre120.store.database import Transaction
from centre120.store.migrate import alembic_config, downgrade, upgrade
from centre120.store.schema import metadata
from tests.support.database import create_database
from tests.support.postgres import PrivatePostgres

VERSIONS = sorted((Path(__file__).parents[2] / "migrations" / "versions").glob("*.py"))


def tables(url: str) -> set[str]:
    engine = sa.create_engine(url)
    names = set(sa.inspect(engine).get_table_names()) - {"alembic_version"}
    engine.dispose()
    return names


def test_migrated_schema_equals_metadata(tx: Transaction) -> None:
    context = MigrationContext.configure(
        tx, opts={"compare_type": True, "compare_server_default": True, "target_metadata": metadata}
    )
    assert compare_metadata(context, metadata) == []


def test_check_constraints_equal_metadata(tx: Transaction) -> None:
    """Alembic does not compare CHECKs; the lists of words live there."""
    wanted = {
        (table.name, f"{table.name}_{constraint.name}_check", str(constraint.sqltext))
        for table in metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, sa.CheckConstraint)
    }
    found = tx.execute(
        sa.text(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
            " FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0"
        )
    ).all()
    assert {(table, name) for table, name, _ in wanted} == {(table, name) for table, name, _ in found}
    definitions = {(table, name): text for table, name, text in found}
    for table, name, text in wanted:
        words = {part for part in text.split("'")[1::2]}
        there = {part for part in definitions[(table, name)].split("'")[1::2]}
        assert words == there, (table, name)


def test_up_down_up(postgres: PrivatePostgres) -> None:
    url = create_database(postgres, "updown")
    upgrade(url)
    full = tables(url)
    assert full == set(metadata.tables)
    downgrade(url, "base")
    assert tables(url) == set()
    upgrade(url)
    assert tables(url) == full


def test_every_version_alone_can_be_undone_and_redone(postgres: PrivatePostgres) -> None:
    url = create_database(postgres, "stepwise")
    revisions = [
        script.revision for script in ScriptDirectory.from_config(alembic_config(url)).walk_revisions()
    ]
    for revision in reversed(revisions):
        upgrade(url, revision)
        downgrade(url, "-1")
        upgrade(url, revision)


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_versions_are_frozen_and_say_whether_they_may_run_live(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= {"alembic", "sqlalchemy"}
    assert "May run while the old code answers calls:" in (ast.get_docstring(tree) or "")
