"""Cases: what a citizen asked and what became of it; their history; the topics and dispositions."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    func,
    literal_column,
)

from centre120.call_words import CASE_STATUSES
from centre120.store.schema.metadata import Moment, metadata, one_of

CALL_RELATIONS = ("opened", "repeated", "status-heard")

topics = Table(
    "topics",
    metadata,
    Column("code", Text, primary_key=True),
    Column("parent", Text, ForeignKey("topics.code")),
    Column("name_ko", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("active", Boolean, nullable=False, server_default="true"),
)

dispositions = Table(
    "dispositions",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name_ko", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("active", Boolean, nullable=False, server_default="true"),
)

cases = Table(
    "cases",
    metadata,
    Column("case_id", BigInteger, Identity(), primary_key=True),
    Column("case_number", Text, nullable=False, unique=True, comment="13 digits, see centre120/cases.py"),
    Column("citizen_number", Text, comment="null: withheld"),
    Column("origin_number", Text),
    Column("language", Text),
    Column("topic", Text, ForeignKey("topics.code")),
    Column("status", Text, nullable=False, server_default="open"),
    Column("summary", Text, nullable=False, server_default=""),
    Column("text", Text, nullable=False, server_default=""),
    Column("department_id", BigInteger, ForeignKey("departments.department_id")),
    Column("official_id", BigInteger, ForeignKey("officials.official_id")),
    Column("due_on", Date),
    Column("opened_at", Moment, nullable=False),
    Column("opened_by", Text, comment="an agent's extension; null: the recorder"),
    Column("changed_at", Moment, nullable=False, server_default=func.now()),
    Column("resolved_at", Moment),
    Column("closed_at", Moment),
    Column("version", Integer, nullable=False, server_default="1", comment="optimistic lock"),
    Column("tracking_code", Text, unique=True, comment="12 digits, see centre120/tracking.py"),
    Column("district", Text),
    Column("place", Text, nullable=False, server_default="", comment="as written"),
    Column(
        "place_id", BigInteger, ForeignKey("places.place_id"), comment="of the gazetteer, where it is there"
    ),
    CheckConstraint("case_number ~ '^[0-9]{13}$'", name="case_number"),
    one_of("status", CASE_STATUSES),
    Index(None, "citizen_number", "opened_at"),
    Index(None, "opened_at"),
    Index(None, "department_id", "status"),
    Index("cases_ending_idx", func.right(literal_column("citizen_number"), 4), "opened_at"),
)

case_calls = Table(
    "case_calls",
    metadata,
    Column("case_id", BigInteger, ForeignKey("cases.case_id"), nullable=False),
    Column("call_id", Uuid, ForeignKey("calls.call_id"), nullable=False, index=True),
    Column("relation", Text, nullable=False),
    PrimaryKeyConstraint("case_id", "call_id"),
    one_of("relation", CALL_RELATIONS),
    Index("case_calls_opened_idx", "call_id", unique=True, postgresql_where="relation = 'opened'"),
)

case_changes = Table(
    "case_changes",
    metadata,
    Column("change_id", BigInteger, Identity(), primary_key=True),
    Column("case_id", BigInteger, ForeignKey("cases.case_id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("version", Integer, nullable=False, comment="the case's version that this change made"),
    Index(None, "case_id", "change_id"),
)

sealed_numbers = Table(
    "sealed_numbers",
    metadata,
    Column("sealed_id", BigInteger, Identity(), primary_key=True),
    Column("case_id", BigInteger, ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("field", Text, nullable=False, comment="where it was written: text, summary, note"),
    Column("masked", Text, nullable=False, comment="as the field shows it"),
    Column("token", Text, nullable=False, comment="Fernet; the key is in secrets/record_keys"),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
)

case_counters = Table(
    "case_counters",
    metadata,
    Column("day", Date, primary_key=True),
    Column("counter", Integer, nullable=False, comment="last number of writer 0 (the recorder) on that day"),
)
