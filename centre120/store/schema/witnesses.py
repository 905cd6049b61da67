"""What the witnesses wrote: Asterisk's CEL and CDR, how far each file is read, and unreadable lines.

A CEL line's identity is its digest: the same line in a rotated, copied or re-read file is stored once.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    func,
)

from centre120.store.schema.metadata import Moment, metadata

cel = Table(
    "cel",
    metadata,
    Column("cel_id", BigInteger, Identity(), primary_key=True),
    Column("line_digest", Uuid, nullable=False, unique=True),
    Column("call_id", Uuid, comment="from accountcode, else from other lines of the channel or linkedid"),
    Column("at", Moment, nullable=False),
    Column("event", Text, nullable=False, comment="CHAN_START, ANSWER, HANGUP, USER_DEFINED, ..."),
    Column("user_event", Text),
    *(
        Column(name, Text, nullable=False, server_default="")
        for name in (
            *("name", "num", "ani", "rdnis", "dnid", "exten", "context", "channame", "appname", "appdata"),
            *("amaflags", "accountcode", "uniqueid", "linkedid", "peer", "peeraccount", "userfield", "extra"),
        )
    ),
    Index(None, "call_id"),
    Index(None, "linkedid"),
    Index(None, "uniqueid"),
    Index(None, "at"),
    Index("cel_nameless_idx", "at", postgresql_where="call_id IS NULL"),
)

cdr = Table(
    "cdr",
    metadata,
    Column("uniqueid", Text),
    Column("sequence", BigInteger),
    Column("call_id", Uuid, index=True),
    *(
        Column(name, Text, nullable=False, server_default="")
        for name in (
            *("clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata"),
            *("disposition", "amaflags", "accountcode", "linkedid", "userfield", "peeraccount"),
        )
    ),
    Column("start_at", Moment, index=True),
    Column("answer_at", Moment),
    Column("end_at", Moment),
    Column("duration_seconds", Double),
    Column("billsec_seconds", Double),
    PrimaryKeyConstraint("uniqueid", "sequence"),
    Index(None, "linkedid"),
)

import_positions = Table(
    "import_positions",
    metadata,
    Column("file_id", Text, primary_key=True, comment="digest of the file's first line"),
    Column("path", Text, nullable=False, comment="where it was last seen"),
    Column("position", BigInteger, nullable=False, comment="bytes read, always at the end of a line"),
    Column("changed_at", Moment, nullable=False, server_default=func.now()),
)

journal_positions = Table(
    "journal_positions",
    metadata,
    Column("writer", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False, comment="highest projected"),
    Column("changed_at", Moment, nullable=False, server_default=func.now()),
)

rejected_lines = Table(
    "rejected_lines",
    metadata,
    Column("rejected_id", BigInteger, Identity(), primary_key=True),
    Column("line_digest", Uuid, nullable=False, unique=True),
    Column("source", Text, nullable=False, comment="journal, cel or cdr"),
    Column("path", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("length", Integer, nullable=False),
    Column("line", Text, nullable=False, comment="readable form, at most 4,000 characters"),
    Column("reason", Text, nullable=False),
    Column("rejected_at", Moment, nullable=False, server_default=func.now()),
)
