"""From rows to values: the store hands out frozen dataclasses whose fields are named like the columns."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Table

T = TypeVar("T")


def columns_of(value_type: type, table: Table) -> list[ColumnElement[Any]]:
    """The columns of `table` that `value_type` has fields for."""
    return [table.c[field.name] for field in fields(value_type) if field.name in table.c]


def to_value(value_type: type[T], row: Any, **more: object) -> T:
    """One row as a value; arrays become tuples."""
    given = {name: tuple(entry) if isinstance(entry, list) else entry for name, entry in row._mapping.items()}
    return value_type(**{**given, **more})


def to_values(value_type: type[T], rows: Iterable[Any]) -> list[T]:
    """All rows as values."""
    return [to_value(value_type, row) for row in rows]
