"""Calls and what happened in them. Every column a report needs is a column: no report digs in JSON.

`call_events` keeps the witnesses' words in order; `calls`, `offers`, `transfers` are computed from them
(centre120/call_account.py) and can be computed again at any time.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
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
from sqlalchemy.dialects.postgresql import JSONB

from centre120.call_words import HUNG_UP_BY, OFFER_RESULTS, OUTCOMES, ROUTES, TRANSFER_KINDS, TRANSFER_RESULTS
from centre120.store.schema.metadata import Moment, metadata, one_of

call_imports = Table(
    "call_imports",
    metadata,
    Column("import_id", BigInteger, Identity(), primary_key=True),
    Column("file_name", Text, nullable=False),
    Column("begun_at", Moment, nullable=False, server_default=func.now()),
    Column("ended_at", Moment, comment="null: was interrupted"),
    Column("added", BigInteger, nullable=False, server_default="0"),
    Column("rejected", BigInteger, nullable=False, server_default="0"),
)

calls = Table(
    "calls",
    metadata,
    Column("call_id", Uuid, primary_key=True),
    Column("channel_id", Text, unique=True, comment="Asterisk's uniqueid of the citizen's leg"),
    Column("linked_id", Text),
    Column("trunk", Text),
    Column("dialled_number", Text),
    Column("origin_number", Text, comment="120 or the integrated number that was dialled: 121, 128, ..."),
    Column("outside_area", Boolean, nullable=False, server_default="false"),
    Column("caller_number", Text, comment="null: withheld"),
    Column("caller_name", Text, comment="as presented; hostile; at most 256 characters"),
    Column("language", Text),
    Column("case_id", BigInteger, ForeignKey("cases.case_id"), comment="the case opened with this call"),
    Column("arrived_at", Moment, nullable=False),
    Column("answered_at", Moment, comment="by the system: the first prompt can be heard"),
    Column("queued_at", Moment),
    Column("first_offered_at", Moment),
    Column("agent_answered_at", Moment),
    Column("ended_at", Moment),
    Column("agent_extension", Text, comment="the agent who answered first"),
    Column("outcome", Text, nullable=False),
    Column("route", Text),
    Column(
        "waited_seconds", Double, comment="from queued_at to the agent's answer, or to the end without one"
    ),
    Column("talked_seconds", Double, comment="citizen and agent together"),
    Column("hold_seconds", Double, comment="citizen on music during attended transfers"),
    Column("hung_up_by", Text),
    Column("hangup_cause", Integer, comment="Q.850"),
    Column("sip_answer", Integer, comment="of a refused INVITE"),
    Column("fallback_reason", Text),
    Column("overflow_reason", Text),
    Column("callback_number", Text),
    Column("status_case_number", Text, comment="the case whose status the citizen heard"),
    Column("menu_keys", Text, comment="keys pressed, in order, separated by commas"),
    Column("offer_count", Integer, nullable=False, server_default="0"),
    Column("transfer_count", Integer, nullable=False, server_default="0"),
    Column("returned_count", Integer, nullable=False, server_default="0"),
    Column("disposition", Text, ForeignKey("dispositions.code")),
    Column("disposition_by", Text),
    Column("disposition_at", Moment),
    Column("wrap_up_started_at", Moment),
    Column("wrap_up_ended_at", Moment),
    Column("wrap_up_seconds", Double),
    Column("recording_file", Text),
    Column("changed_at", Moment, nullable=False, server_default=func.now()),
    Column("import_id", BigInteger, ForeignKey("call_imports.import_id"), comment="null: our own call"),
    Column("foreign_type", Text, comment="what the imported log calls its topic"),
    one_of("outcome", OUTCOMES),
    one_of("route", ROUTES),
    one_of("hung_up_by", HUNG_UP_BY),
    Index(None, "arrived_at"),
    Index(None, "caller_number", "arrived_at"),
    Index(None, "linked_id"),
    Index(None, "case_id"),
    Index(None, "agent_extension", "arrived_at"),
    Index(
        "calls_status_case_number_idx",
        "status_case_number",
        postgresql_where="status_case_number IS NOT NULL",
    ),
    Index("calls_import_id_idx", "import_id", postgresql_where="import_id IS NOT NULL"),
    Index("calls_in_progress_idx", "arrived_at", postgresql_where="outcome = 'in-progress'"),
)

call_events = Table(
    "call_events",
    metadata,
    Column("event_id", BigInteger, Identity(), primary_key=True),
    Column("call_id", Uuid, comment="null: an agent's own event; no foreign key, the event may come first"),
    Column("at", Moment, nullable=False),
    Column("kind", Text, nullable=False, comment="a journal kind, or the name of a CEL user event"),
    Column("details", JSONB, nullable=False),
    Column("writer", Text, nullable=False, comment="the journal's writer, or 'cel'"),
    Column("seq", BigInteger, nullable=False, comment="the writer's; for 'cel' the line's cel_id"),
    UniqueConstraint("writer", "seq"),
    Index(None, "call_id", "at"),
)

offers = Table(
    "offers",
    metadata,
    Column("offer_id", Text, primary_key=True),
    Column("call_id", Uuid, ForeignKey("calls.call_id"), nullable=False, index=True),
    Column("agent_extension", Text, nullable=False),
    Column("offered_at", Moment, nullable=False),
    Column("ring_seconds", Double, comment="how long it may ring"),
    Column("ended_at", Moment),
    Column("result", Text),
    one_of("result", OFFER_RESULTS),
    Index(None, "agent_extension", "offered_at"),
)

transfers = Table(
    "transfers",
    metadata,
    Column("transfer_id", Text, primary_key=True),
    Column("call_id", Uuid, ForeignKey("calls.call_id"), nullable=False, index=True),
    Column("kind", Text),
    Column("agent_extension", Text),
    Column("number", Text),
    Column("target_name", Text),
    Column("department_id", BigInteger),
    Column("official_id", BigInteger),
    Column("started_at", Moment, nullable=False),
    Column("answered_at", Moment, comment="null: nobody picked up"),
    Column("ended_at", Moment, comment="when the attempt was decided"),
    Column("ring_seconds", Double),
    Column("result", Text),
    Column("summary", Text),
    Column("joined_at", Moment, comment="all three together"),
    one_of("kind", TRANSFER_KINDS),
    one_of("result", TRANSFER_RESULTS),
    Index(None, "department_id", "started_at"),
)

callback_requests = Table(
    "callback_requests",
    metadata,
    Column("call_id", Uuid, ForeignKey("calls.call_id"), primary_key=True),
    Column("number", Text, nullable=False),
    Column("language", Text),
    Column("requested_at", Moment, nullable=False),
    Column("done_at", Moment),
    Column("done_by", Text),
    Index("callback_requests_waiting_idx", "requested_at", postgresql_where="done_at IS NULL"),
)
