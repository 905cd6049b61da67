"""The consultation database: entries owned by a department, with the questions they answer."""

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Identity, Index, Integer, Table, Text, func
from sqlalchemy import UniqueConstraint as Unique

from centre120.store.schema.metadata import Moment, metadata

consultation_entries = Table(
    "consultation_entries",
    metadata,
    Column("entry_id", BigInteger, Identity(), primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("topic", Text, ForeignKey("topics.code")),
    Column("owner_department_id", BigInteger, ForeignKey("departments.department_id"), index=True),
    Column("valid_from", Date),
    Column("valid_until", Date),
    Column("review_on", Date, index=True),
    Column("source", Text, nullable=False, server_default=""),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("changed_at", Moment, nullable=False, server_default=func.now()),
    Column("folded", Text, nullable=False, server_default=""),
    Index(
        "consultation_entries_folded_idx",
        "folded",
        postgresql_using="gin",
        postgresql_ops={"folded": "gin_trgm_ops"},
    ),
)

consultation_questions = Table(
    "consultation_questions",
    metadata,
    Column("question_id", BigInteger, Identity(), primary_key=True),
    Column(
        "entry_id",
        BigInteger,
        ForeignKey("consultation_entries.entry_id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("position", Integer, nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Unique("entry_id", "position"),
)
