"""Cases, calls and what happened in them.

May run while the old code answers calls: yes: new tables only.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_events",
        sa.Column("event_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column(
            "call_id",
            sa.Uuid(),
            comment="null: an agent's own event; no foreign key, the event may come first",
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "kind", sa.Text(), nullable=False, comment="a journal kind, or the name of a CEL user event"
        ),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("writer", sa.Text(), nullable=False, comment="the journal's writer, or 'cel'"),
        sa.Column(
            "seq", sa.BigInteger(), nullable=False, comment="the writer's; for 'cel' the line's cel_id"
        ),
        sa.PrimaryKeyConstraint("event_id", name="call_events_pkey"),
        sa.UniqueConstraint("writer", "seq", name="call_events_writer_seq_key"),
    )
    op.create_index("call_events_call_id_at_idx", "call_events", ["call_id", "at"])
    op.create_table(
        "case_counters",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "counter",
            sa.Integer(),
            nullable=False,
            comment="last number of writer 0 (the recorder) on that day",
        ),
        sa.PrimaryKeyConstraint("day", name="case_counters_pkey"),
    )
    op.create_table(
        "dispositions",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_ko", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.PrimaryKeyConstraint("code", name="dispositions_pkey"),
    )
    op.create_table(
        "topics",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text()),
        sa.Column("name_ko", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.ForeignKeyConstraint(["parent"], ["topics.code"], name="topics_parent_fkey"),
        sa.PrimaryKeyConstraint("code", name="topics_pkey"),
    )
    op.create_table(
        "cases",
        sa.Column("case_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("case_number", sa.Text(), nullable=False, comment="13 digits, see centre120/cases.py"),
        sa.Column("citizen_number", sa.Text(), comment="null: withheld"),
        sa.Column("origin_number", sa.Text()),
        sa.Column("language", sa.Text()),
        sa.Column("topic", sa.Text()),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("summary", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("department_id", sa.BigInteger()),
        sa.Column("official_id", sa.BigInteger()),
        sa.Column("due_on", sa.Date()),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Text(), comment="an agent's extension; null: the recorder"),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True)),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False, comment="optimistic lock"),
        sa.CheckConstraint("case_number ~ '^[0-9]{13}$'", name="cases_case_number_check"),
        sa.CheckConstraint(
            "status IN ('open', 'with-department', 'resolved', 'closed', 'reopened')",
            name="cases_status_check",
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.department_id"], name="cases_department_id_fkey"
        ),
        sa.ForeignKeyConstraint(["official_id"], ["officials.official_id"], name="cases_official_id_fkey"),
        sa.ForeignKeyConstraint(["topic"], ["topics.code"], name="cases_topic_fkey"),
        sa.PrimaryKeyConstraint("case_id", name="cases_pkey"),
        sa.UniqueConstraint("case_number", name="cases_case_number_key"),
    )
    op.create_index("cases_citizen_number_opened_at_idx", "cases", ["citizen_number", "opened_at"])
    op.create_index("cases_department_id_status_idx", "cases", ["department_id", "status"])
    op.create_index("cases_opened_at_idx", "cases", ["opened_at"])
    op.create_table(
        "calls",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Text(), comment="Asterisk's uniqueid of the citizen's leg"),
        sa.Column("linked_id", sa.Text()),
        sa.Column("trunk", sa.Text()),
        sa.Column("dialled_number", sa.Text()),
        sa.Column(
            "origin_number", sa.Text(), comment="120 or the integrated number that was dialled: 121, 128, ..."
        ),
        sa.Column("outside_area", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("caller_number", sa.Text(), comment="null: withheld"),
        sa.Column("caller_name", sa.Text(), comment="as presented; hostile; at most 256 characters"),
        sa.Column("language", sa.Text()),
        sa.Column("case_id", sa.BigInteger(), comment="the case opened with this call"),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "answered_at", sa.DateTime(timezone=True), comment="by the system: the first prompt can be heard"
        ),
        sa.Column("queued_at", sa.DateTime(timezone=True)),
        sa.Column("first_offered_at", sa.DateTime(timezone=True)),
        sa.Column("agent_answered_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("agent_extension", sa.Text(), comment="the agent who answered first"),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("route", sa.Text()),
        sa.Column(
            "waited_seconds",
            sa.Double(),
            comment="from queued_at to the agent's answer, or to the end without one",
        ),
        sa.Column("talked_seconds", sa.Double(), comment="citizen and agent together"),
        sa.Column("hold_seconds", sa.Double(), comment="citizen on music during attended transfers"),
        sa.Column("hung_up_by", sa.Text()),
        sa.Column("hangup_cause", sa.Integer(), comment="Q.850"),
        sa.Column("sip_answer", sa.Integer(), comment="of a refused INVITE"),
        sa.Column("fallback_reason", sa.Text()),
        sa.Column("overflow_reason", sa.Text()),
        sa.Column("callback_number", sa.Text()),
        sa.Column("status_case_number", sa.Text(), comment="the case whose status the citizen heard"),
        sa.Column("menu_keys", sa.Text(), comment="keys pressed, in order, separated by commas"),
        sa.Column("offer_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("transfer_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("returned_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("disposition", sa.Text()),
        sa.Column("disposition_by", sa.Text()),
        sa.Column("disposition_at", sa.DateTime(timezone=True)),
        sa.Column("wrap_up_started_at", sa.DateTime(timezone=True)),
        sa.Column("wrap_up_ended_at", sa.DateTime(timezone=True)),
        sa.Column("wrap_up_seconds", sa.Double()),
        sa.Column("recording_file", sa.Text()),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "hung_up_by IN ('citizen', 'agent', 'department', 'system')", name="calls_hung_up_by_check"
        ),
        sa.CheckConstraint(
            "outcome IN ('in-progress', 'answered', 'abandoned', 'short-abandoned', 'abandoned-in-menu', 'callback-requested', 'status-heard', 'refused', 'cut-by-system')",
            name="calls_outcome_check",
        ),
        sa.CheckConstraint("route IN ('queue', 'fallback')", name="calls_route_check"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="calls_case_id_fkey"),
        sa.ForeignKeyConstraint(["disposition"], ["dispositions.code"], name="calls_disposition_fkey"),
        sa.PrimaryKeyConstraint("call_id", name="calls_pkey"),
        sa.UniqueConstraint("channel_id", name="calls_channel_id_key"),
    )
    op.create_index("calls_agent_extension_arrived_at_idx", "calls", ["agent_extension", "arrived_at"])
    op.create_index("calls_arrived_at_idx", "calls", ["arrived_at"])
    op.create_index("calls_caller_number_arrived_at_idx", "calls", ["caller_number", "arrived_at"])
    op.create_index("calls_case_id_idx", "calls", ["case_id"])
    op.create_index(
        "calls_status_case_number_idx",
        "calls",
        ["status_case_number"],
        postgresql_where=sa.text("status_case_number IS NOT NULL"),
    )
    op.create_index(
        "calls_in_progress_idx", "calls", ["arrived_at"], postgresql_where="outcome = 'in-progress'"
    )
    op.create_index("calls_linked_id_idx", "calls", ["linked_id"])
    op.create_table(
        "case_changes",
        sa.Column("change_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("before", sa.Text()),
        sa.Column("after", sa.Text()),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="the case's version that this change made"
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="case_changes_case_id_fkey"),
        sa.PrimaryKeyConstraint("change_id", name="case_changes_pkey"),
    )
    op.create_index("case_changes_case_id_change_id_idx", "case_changes", ["case_id", "change_id"])
    op.create_table(
        "callback_requests",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("language", sa.Text()),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("done_by", sa.Text()),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name="callback_requests_call_id_fkey"),
        sa.PrimaryKeyConstraint("call_id", name="callback_requests_pkey"),
    )
    op.create_index(
        "callback_requests_waiting_idx",
        "callback_requests",
        ["requested_at"],
        postgresql_where="done_at IS NULL",
    )
    op.create_table(
        "case_calls",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "relation IN ('opened', 'repeated', 'status-heard')", name="case_calls_relation_check"
        ),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name="case_calls_call_id_fkey"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="case_calls_case_id_fkey"),
        sa.PrimaryKeyConstraint("case_id", "call_id", name="case_calls_pkey"),
    )
    op.create_index("case_calls_call_id_idx", "case_calls", ["call_id"])
    op.create_index(
        "case_calls_opened_idx",
        "case_calls",
        ["call_id"],
        unique=True,
        postgresql_where="relation = 'opened'",
    )
    op.create_table(
        "offers",
        sa.Column("offer_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("agent_extension", sa.Text(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ring_seconds", sa.Double(), comment="how long it may ring"),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("result", sa.Text()),
        sa.CheckConstraint(
            "result IN ('answered', 'no-answer', 'busy', 'refused', 'unreachable', 'citizen-gone')",
            name="offers_result_check",
        ),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name="offers_call_id_fkey"),
        sa.PrimaryKeyConstraint("offer_id", name="offers_pkey"),
    )
    op.create_index("offers_agent_extension_offered_at_idx", "offers", ["agent_extension", "offered_at"])
    op.create_index("offers_call_id_idx", "offers", ["call_id"])
    op.create_table(
        "transfers",
        sa.Column("transfer_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text()),
        sa.Column("agent_extension", sa.Text()),
        sa.Column("number", sa.Text()),
        sa.Column("target_name", sa.Text()),
        sa.Column("department_id", sa.BigInteger()),
        sa.Column("official_id", sa.BigInteger()),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), comment="null: nobody picked up"),
        sa.Column("ended_at", sa.DateTime(timezone=True), comment="when the attempt was decided"),
        sa.Column("ring_seconds", sa.Double()),
        sa.Column("result", sa.Text()),
        sa.Column("summary", sa.Text()),
        sa.CheckConstraint("kind IN ('blind', 'attended')", name="transfers_kind_check"),
        sa.CheckConstraint(
            "result IN ('picked-up', 'no-answer', 'busy', 'refused', 'unreachable', 'cancelled', 'citizen-gone')",
            name="transfers_result_check",
        ),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name="transfers_call_id_fkey"),
        sa.PrimaryKeyConstraint("transfer_id", name="transfers_pkey"),
    )
    op.create_index("transfers_call_id_idx", "transfers", ["call_id"])
    op.create_index("transfers_department_id_started_at_idx", "transfers", ["department_id", "started_at"])


def downgrade() -> None:
    op.drop_table("transfers")
    op.drop_table("offers")
    op.drop_table("case_calls")
    op.drop_table("callback_requests")
    op.drop_table("case_changes")
    op.drop_table("calls")
    op.drop_table("cases")
    op.drop_table("topics")
    op.drop_table("dispositions")
    op.drop_table("case_counters")
    op.drop_table("call_events")
