"""Each night's books (centre120/books.py): counts as columns, the discrepancies as they were printed."""

from sqlalchemy import BigInteger, Boolean, Column, Identity, Integer, Table, func
from sqlalchemy.dialects.postgresql import JSONB

from centre120.store.schema.metadata import Moment, metadata

books = Table(
    "books",
    metadata,
    Column("books_id", BigInteger, Identity(), primary_key=True),
    Column("since_at", Moment, nullable=False),
    Column("until_at", Moment, nullable=False, unique=True),
    Column("made_at", Moment, nullable=False, server_default=func.now()),
    Column("balanced", Boolean, nullable=False),
    Column("invites", Integer, nullable=False),
    Column("answered", Integer, nullable=False),
    Column("abandoned", Integer, nullable=False),
    Column("callback_requested", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("self_served", Integer, nullable=False),
    Column("cut_by_system", Integer, nullable=False),
    Column("going_on", Integer, nullable=False, comment="when the books were made"),
    Column("not_judged", Integer, nullable=False, comment="the recorder had not read all of them"),
    Column("unread_records", Integer, nullable=False),
    Column("discrepancies", Integer, nullable=False),
    Column("details", JSONB, nullable=False, comment="the first 1,000 discrepancies, and notes"),
)
