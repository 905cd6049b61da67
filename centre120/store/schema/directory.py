"""The city's directory: departments, offices, districts, and their officials with absence and deputy.

`folded` and `letters` are what the search compares (centre120/folding.py), written by the store with the row.
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Identity, Index, Table, Text

from centre120.call_words import DEPARTMENT_KINDS
from centre120.store.schema.metadata import Moment, metadata, one_of


def _trigrams(table: str, column: str) -> Index:
    return Index(
        f"{table}_{column}_idx", column, postgresql_using="gin", postgresql_ops={column: "gin_trgm_ops"}
    )


def _search(table: str) -> tuple[Column[str], Column[str], Index, Index]:
    return (
        Column("folded", Text, nullable=False, server_default=""),
        Column("letters", Text, nullable=False, server_default=""),
        _trigrams(table, "folded"),
        _trigrams(table, "letters"),
    )


departments = Table(
    "departments",
    metadata,
    Column("department_id", BigInteger, Identity(), primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("parent_id", BigInteger, ForeignKey("departments.department_id"), index=True),
    Column("name_ko", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("district", Text, comment="the district's Korean name, where it belongs to one"),
    Column("duty_ko", Text, nullable=False, server_default=""),
    Column("duty_en", Text, nullable=False, server_default=""),
    Column("number", Text, nullable=False),
    CheckConstraint("number ~ '^[0-9]+$'", name="number"),
    one_of("kind", DEPARTMENT_KINDS),
    Index(None, "number"),
    *_search("departments"),
)

officials = Table(
    "officials",
    metadata,
    Column("official_id", BigInteger, Identity(), primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("department_id", BigInteger, ForeignKey("departments.department_id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("name_latin", Text, nullable=False, server_default=""),
    Column("title", Text, nullable=False, server_default=""),
    Column("duty", Text, nullable=False, server_default=""),
    Column("number", Text, nullable=False),
    Column("absent_from", Moment),
    Column("absent_until", Moment),
    Column("absence_reason", Text),
    Column(
        "deputy_id", BigInteger, ForeignKey("officials.official_id"), comment="answers during the absence"
    ),
    CheckConstraint("number ~ '^[0-9]+$'", name="number"),
    Index(None, "number"),
    *_search("officials"),
)
