"""Interpreter partners, interpretations with their clock, and when all three of a hand-over were together.

May run while the old code answers calls: yes: new tables, and columns that may be empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "interpreter_partners",
        sa.Column("partner_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False, comment="ISO 639-1"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, comment="tried in this order"),
        sa.Column("ring_seconds", sa.Integer(), server_default="20", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp(), nullable=False
        ),
        sa.CheckConstraint("number ~ '^[0-9]+$'", name="interpreter_partners_number_check"),
        sa.CheckConstraint("language ~ '^[a-z]{2}$'", name="interpreter_partners_language_check"),
        sa.CheckConstraint("ring_seconds BETWEEN 5 AND 60", name="interpreter_partners_ring_check"),
        sa.PrimaryKeyConstraint("partner_id", name="interpreter_partners_pkey"),
        sa.UniqueConstraint("language", "position", name="interpreter_partners_language_position_key"),
    )
    op.create_table(
        "interpretations",
        sa.Column("interpretation_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("agent_extension", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.Text(), nullable=True, comment="of the partner who came"),
        sa.Column("tried", sa.Integer(), nullable=False, comment="partners who did not answer"),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "spoke_at", sa.DateTime(timezone=True), nullable=True, comment="the first word on the line"
        ),
        sa.Column(
            "clock_seconds",
            sa.Double(),
            nullable=True,
            comment="from the first language key to the first word",
        ),
        sa.Column("result", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "result IN ('joined', 'no-answer', 'citizen-gone', 'cancelled')",
            name="interpretations_result_check",
        ),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name="interpretations_call_id_fkey"),
        sa.PrimaryKeyConstraint("interpretation_id", name="interpretations_pkey"),
    )
    op.create_index("interpretations_call_id_idx", "interpretations", ["call_id"])
    op.create_index("interpretations_language_asked_at_idx", "interpretations", ["language", "asked_at"])
    op.add_column(
        "transfers",
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True, comment="all three together"),
    )


def downgrade() -> None:
    op.drop_column("transfers", "joined_at")
    op.drop_table("interpretations")
    op.drop_table("interpreter_partners")
