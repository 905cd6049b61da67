"""The consultation database: entries owned by a department, their question forms, revisions and search terms."""

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Identity, Index, Integer, Table, Text, func
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from centre120.names import LANGUAGES
from centre120.store.schema.metadata import Moment, metadata, one_of


def _entry(*, primary_key: bool = False) -> Column[int]:
    target = ForeignKey("consultation_entries.entry_id", ondelete="CASCADE")
    return Column("entry_id", BigInteger, target, nullable=False, primary_key=primary_key)


consultation_entries = Table(
    "consultation_entries",
    metadata,
    Column("entry_id", BigInteger, Identity(), primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("topic", Text, ForeignKey("topics.code")),
    Column("owner_department_id", BigInteger, ForeignKey("departments.department_id"), index=True),
    Column("official_id", BigInteger, ForeignKey("officials.official_id"), index=True),
    Column("valid_from", Date),
    Column("valid_until", Date),
    Column("review_on", Date, index=True),
    Column("source", Text, nullable=False, server_default=""),
    Column("language", Text, nullable=False, server_default="ko"),
    Column(
        "dispute",
        Text,
        nullable=False,
        server_default="",
        comment="why it may be wrong; empty: nobody doubts it",
    ),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("changed_at", Moment, nullable=False, server_default=func.now()),
    one_of("language", LANGUAGES),
)

consultation_questions = Table(
    "consultation_questions",
    metadata,
    Column("question_id", BigInteger, Identity(), primary_key=True),
    _entry(),
    Column("position", Integer, nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Unique("entry_id", "position"),
)

consultation_revisions = Table(
    "consultation_revisions",
    metadata,
    Column("revision_id", BigInteger, Identity(), primary_key=True),
    _entry(),
    Column("version", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False, comment="login, or import, or demo"),
    Column("reason", Text, nullable=False),
    Column("fields", JSONB, nullable=False, comment="the entry as this version had it"),
    Unique("entry_id", "version"),
)

consultation_search = Table(
    "consultation_search",
    metadata,
    _entry(primary_key=True),
    Column("version", Integer, nullable=False, comment="of the entry when it was indexed"),
    Column("spelling", Integer, nullable=False, comment="of the terms; another one: index again"),
    Column("letters", Text, nullable=False, comment="the title, for mistyped words"),
    Column("terms", ARRAY(Text), nullable=False),
    Column("weighed", Text, nullable=False, server_default="", comment="centre120/term_weights.py"),
    Index("consultation_search_terms_idx", "terms", postgresql_using="gin"),
    Index(
        "consultation_search_letters_idx",
        "letters",
        postgresql_using="gin",
        postgresql_ops={"letters": "gin_trgm_ops"},
    ),
)
