"""Reports that an answer is wrong, each with a clock.

May run while the old code answers calls: yes: a new table only.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment, word = sa.DateTime(timezone=True), {"server_default": "", "nullable": False}
    op.create_table(
        "answer_reports",
        sa.Column(
            "report_id", sa.Uuid(), nullable=False, comment="the desk's own: the same report twice is one"
        ),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reported_by", sa.Text(), nullable=False, comment="login"),
        sa.Column("reported_at", moment, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Uuid()),
        sa.Column("due_at", moment, nullable=False, comment="then it is escalated"),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("informed_at", moment, comment="the owner was told of it"),
        sa.Column("informed_by", sa.Text(), **word),
        sa.Column("decided_at", moment),
        sa.Column("decided_by", sa.Text(), **word),
        sa.Column("decision", sa.Text(), comment="reason", **word),
        sa.CheckConstraint(
            "status IN ('open', 'confirmed', 'corrected', 'rejected')", name="answer_reports_status_check"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["consultation_entries.entry_id"],
            name="answer_reports_entry_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("report_id", name="answer_reports_pkey"),
    )
    op.create_index("answer_reports_entry_id_idx", "answer_reports", ["entry_id"])
    op.create_index("answer_reports_status_due_at_idx", "answer_reports", ["status", "due_at"])


def downgrade() -> None:
    op.drop_table("answer_reports")
