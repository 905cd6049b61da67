"""Agents, web logins, the language a number chose, and who looked at whose data."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY

from centre120.call_words import AGENT_STATES, ROLES
from centre120.names import LANGUAGES
from centre120.store.schema.metadata import Moment, metadata, one_of

agents = Table(
    "agents",
    metadata,
    Column("extension", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_latin", Text, nullable=False, server_default=""),
    Column("ha1", Text, nullable=False, comment="md5(extension:realm:secret); the secret itself is nowhere"),
    Column("languages", ARRAY(Text), nullable=False, server_default="{ko}"),
    Column("skills", ARRAY(Text), nullable=False, server_default="{}"),
    Column("districts", ARRAY(Text), nullable=False, server_default="{}"),
    Column("active", Boolean, nullable=False, server_default="true"),
    Column("created_at", Moment, nullable=False, server_default=func.now()),
    Column("changed_at", Moment, nullable=False, server_default=func.now()),
    CheckConstraint("extension ~ '^[0-9]{2,8}$'", name="extension"),
    CheckConstraint("ha1 ~ '^[0-9a-f]{32}$'", name="ha1"),
)

users = Table(
    "users",
    metadata,
    Column("user_id", BigInteger, Identity(), primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False, server_default=""),
    Column("password_hash", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("extension", Text, comment="of the agent who logs in with it"),
    Column("active", Boolean, nullable=False, server_default="true"),
    Column("must_change_password", Boolean, nullable=False, server_default="true"),
    Column("failed_count", Integer, nullable=False, server_default="0"),
    Column("locked_until", Moment),
    Column("last_login_at", Moment),
    Column(
        "session_epoch", Integer, nullable=False, server_default="1", comment="counts up: all sessions end"
    ),
    Column("created_at", Moment, nullable=False, server_default=func.now()),
    CheckConstraint("login = lower(login)", name="login"),
    one_of("role", ROLES),
)

agent_state_log = Table(
    "agent_state_log",
    metadata,
    Column("state_id", BigInteger, Identity(), primary_key=True),
    Column("writer", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("extension", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("call_id", Uuid),
    one_of("state", AGENT_STATES),
    Index("agent_state_log_writer_seq_idx", "writer", "seq", unique=True),
    Index(None, "extension", "at"),
    Index(None, "at"),
)

citizens_languages = Table(
    "citizens_languages",
    metadata,
    Column("number", Text, primary_key=True),
    Column("language", Text, nullable=False),
    Column("chosen_at", Moment, nullable=False, server_default=func.now()),
    one_of("language", LANGUAGES),
)

access_log = Table(
    "access_log",
    metadata,
    Column("access_id", BigInteger, Identity(), primary_key=True),
    Column("at", Moment, nullable=False, server_default=func.now()),
    Column("who", Text, nullable=False, comment="login"),
    Column("address", Text, comment="network address the request came from"),
    Column("whose", Text, comment="number of the citizen, where known"),
    Column("what", Text, nullable=False, comment="call:<id>, case:<number>, recording:<call id>, list, ..."),
    Column("purpose", Text, nullable=False),
    Index(None, "whose", "at"),
    Index(None, "who", "at"),
)
