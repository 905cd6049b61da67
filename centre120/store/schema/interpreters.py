"""Interpreter partners of the city, and every time one was asked for on a call (centre120/interpretations.py)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
)

from centre120.call_words import INTERPRETATION_RESULTS
from centre120.store.schema.metadata import Moment, metadata, one_of

interpreter_partners = Table(
    "interpreter_partners",
    metadata,
    Column("partner_id", BigInteger, Identity(), primary_key=True),
    Column("language", Text, nullable=False, comment="ISO 639-1"),
    Column("name", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("position", Integer, nullable=False, comment="tried in this order"),
    Column("ring_seconds", Integer, nullable=False, server_default="20"),
    Column("active", Boolean, nullable=False, server_default="true"),
    Column("changed_at", Moment, nullable=False, server_default=func.clock_timestamp()),
    CheckConstraint("number ~ '^[0-9]+$'", name="number"),
    CheckConstraint("language ~ '^[a-z]{2}$'", name="language"),
    CheckConstraint("ring_seconds BETWEEN 5 AND 60", name="ring"),
    UniqueConstraint("language", "position"),
)

interpretations = Table(
    "interpretations",
    metadata,
    Column("interpretation_id", Text, primary_key=True),
    Column("call_id", Uuid, ForeignKey("calls.call_id"), nullable=False, index=True),
    Column("agent_extension", Text),
    Column("language", Text),
    Column("asked_at", Moment, nullable=False),
    Column("number", Text, comment="of the partner who came"),
    Column("tried", Integer, nullable=False, comment="partners who did not answer"),
    Column("joined_at", Moment),
    Column("spoke_at", Moment, comment="the first word on the line"),
    Column("clock_seconds", Double, comment="from the first language key to the first word"),
    Column("result", Text),
    one_of("result", INTERPRETATION_RESULTS),
    Index(None, "language", "asked_at"),
)
