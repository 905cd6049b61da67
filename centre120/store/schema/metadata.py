"""What all tables share: names of constraints, column types, the CHECK made from a list of words."""

from collections.abc import Sequence

from sqlalchemy import CheckConstraint, DateTime, MetaData

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)

Moment = DateTime(timezone=True)


def one_of(column: str, words: Sequence[str]) -> CheckConstraint:
    """`column` is one of `words` (or null, where the column allows it)."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)
