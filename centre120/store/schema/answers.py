"""What citizens were told of the consultation database: one row for each entry, version and call.

Entries and calls are named without foreign keys: a stamp is a fact of its call, and may be recorded before the call is,
or after a restored database has lost the entry.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, Uuid
from sqlalchemy import UniqueConstraint as Unique

from centre120.store.schema.metadata import Moment, metadata

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
