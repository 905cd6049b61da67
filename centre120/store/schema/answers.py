"""What citizens were told of the consultation database (one row for each entry, version and call), and what was found wrong.

Stamps name entries and calls without foreign keys: a stamp is a fact of its call, and may be recorded before the call is,
or after a restored database has lost the entry.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, Integer, Table, Text, Uuid
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.dialects.postgresql import ARRAY

from centre120.answer_reports import STATUSES
from centre120.recall import RESULTS
from centre120.store.schema.metadata import Moment, metadata, one_of

answers_told = Table(
    "answers_told",
    metadata,
    Column("told_id", Uuid, primary_key=True, comment="the desk's own: the same stamp twice is one"),
    Column("call_id", Uuid, nullable=False),
    Column("at", Moment, nullable=False),
    Column("agent", Text, nullable=False, comment="extension"),
    Column("entry_id", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("code", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("department_id", BigInteger),
    Column("official_id", BigInteger),
    Column("official", Text, nullable=False, comment="name and title as they were"),
    Unique("call_id", "entry_id", "version"),
    Index("answers_told_entry_id_version_idx", "entry_id", "version"),
)

answer_reports = Table(
    "answer_reports",
    metadata,
    Column("report_id", Uuid, primary_key=True, comment="the desk's own: the same report twice is one"),
    Column(
        "entry_id",
        BigInteger,
        ForeignKey("consultation_entries.entry_id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("version", Integer, nullable=False),
    Column("reported_by", Text, nullable=False, comment="login"),
    Column("reported_at", Moment, nullable=False),
    Column("words", Text, nullable=False),
    Column("call_id", Uuid),
    Column("due_at", Moment, nullable=False, comment="then it is escalated"),
    Column("status", Text, nullable=False, server_default="open"),
    Column("informed_at", Moment, comment="the owner was told of it"),
    Column("informed_by", Text, nullable=False, server_default=""),
    Column("decided_at", Moment),
    Column("decided_by", Text, nullable=False, server_default=""),
    Column("decision", Text, nullable=False, server_default="", comment="reason"),
    one_of("status", STATUSES),
    Index("answer_reports_status_due_at_idx", "status", "due_at"),
)

answer_recalls = Table(
    "answer_recalls",
    metadata,
    Column("recall_id", BigInteger, Identity(), primary_key=True),
    Column(
        "entry_id",
        BigInteger,
        ForeignKey("consultation_entries.entry_id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("wrong_from", Integer, nullable=False),
    Column("wrong_until", Integer, nullable=False),
    Column("corrected_version", Integer, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("opened_by", Text, nullable=False, comment="login"),
    Column("reason", Text, nullable=False),
    Column("draft", Text, nullable=False, comment="what agents say when they call back"),
    Unique("entry_id", "corrected_version"),
)

recall_attempts = Table(
    "recall_attempts",
    metadata,
    Column("attempt_id", BigInteger, Identity(), primary_key=True),
    Column(
        "recall_id",
        BigInteger,
        ForeignKey("answer_recalls.recall_id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("told_id", Uuid, nullable=False, comment="a telling of the citizen it is about"),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False, comment="login"),
    Column("result", Text, nullable=False),
    Column("version", Integer, comment="that was told, when done"),
    Column("note", Text, nullable=False),
    one_of("result", RESULTS),
)

consultation_synonyms = Table(
    "consultation_synonyms",
    metadata,
    Column("group_id", BigInteger, Identity(), primary_key=True),
    Column("words", ARRAY(Text), nullable=False, comment="they mean the same"),
    Column("changed_at", Moment, nullable=False),
    Column("changed_by", Text, nullable=False, comment="login"),
)
