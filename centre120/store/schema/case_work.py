"""Working on a case: notes, links, who has it open; the gazetteer; the history of topics; holidays that a city adds."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Identity,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from centre120.store.schema.metadata import Moment, metadata

places = Table(
    "places",
    metadata,
    Column("place_id", BigInteger, Identity(), primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("name_ko", Text, nullable=False),
    Column("name_en", Text, nullable=False, server_default=""),
    Column("address", Text, nullable=False, server_default=""),
    Column("district", Text, nullable=False),
    Column("latitude", Double),
    Column("longitude", Double),
    Column("active", Boolean, nullable=False, server_default="true"),
    Column("letters", Text, nullable=False, comment="names and address, as centre120/folding.py spells them"),
    Index(None, "letters", postgresql_using="gin", postgresql_ops={"letters": "gin_trgm_ops"}),
)

case_notes = Table(
    "case_notes",
    metadata,
    Column("note_id", BigInteger, Identity(), primary_key=True),
    Column("case_id", BigInteger, ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("withdrawn_at", Moment),
    Column("withdrawn_by", Text),
)

case_links = Table(
    "case_links",
    metadata,
    Column(
        "case_id", BigInteger, ForeignKey("cases.case_id"), nullable=False, comment="the lower of the two"
    ),
    Column("other_id", BigInteger, ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    PrimaryKeyConstraint("case_id", "other_id"),
    CheckConstraint("case_id < other_id", name="order"),
)

case_openings = Table(
    "case_openings",
    metadata,
    Column("case_id", BigInteger, ForeignKey("cases.case_id"), nullable=False),
    Column("who", Text, nullable=False, comment="extension or login"),
    Column("since_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    PrimaryKeyConstraint("case_id", "who"),
)

case_search = Table(
    "case_search",
    metadata,
    Column("case_id", BigInteger, ForeignKey("cases.case_id", ondelete="CASCADE"), primary_key=True),
    Column("opened_at", Moment, nullable=False, index=True),
    Column("terms", ARRAY(Text), nullable=False),
    Index("case_search_terms_idx", "terms", postgresql_using="gin"),
)

topic_changes = Table(
    "topic_changes",
    metadata,
    Column("change_id", BigInteger, Identity(), primary_key=True),
    Column("code", Text, ForeignKey("topics.code"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
)

holiday_changes = Table(
    "holiday_changes",
    metadata,
    Column("on_day", Date, primary_key=True),
    Column("name", Text, comment="null: people work on that day, whatever the calendar says"),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
)
