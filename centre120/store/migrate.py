"""Bring the schema to the newest version: `upgrade(url)`, used by `./120 up` and by the tests.

Only the first upgrade of an empty database is quick to the eye; later ones must not stop a 24-hour centre, so
migrations/env.py takes an advisory lock (two machines may start at once) and gives up on busy tables early.
"""

from alembic import command
from alembic.config import Config

from centre120.settings import REPOSITORY


def alembic_config(url: str) -> Config:
    """Alembic's configuration for the database at `url`."""
    config = Config(toml_file=REPOSITORY / "pyproject.toml")
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Apply all migrations up to `revision`."""
    command.upgrade(alembic_config(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Undo migrations down to `revision` ("base" for all)."""
    command.downgrade(alembic_config(url), revision)
