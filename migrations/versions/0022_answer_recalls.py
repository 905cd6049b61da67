"""Recalls of wrong answers, and what agents did about each citizen.

May run while the old code answers calls: yes: new tables only.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "answer_recalls",
        sa.Column("recall_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("wrong_from", sa.Integer(), nullable=False),
        sa.Column("wrong_until", sa.Integer(), nullable=False),
        sa.Column("corrected_version", sa.Integer(), nullable=False),
        sa.Column("opened_at", moment, nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False, comment="login"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("draft", sa.Text(), nullable=False, comment="what agents say when they call back"),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["consultation_entries.entry_id"],
            name="answer_recalls_entry_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("recall_id", name="answer_recalls_pkey"),
        sa.UniqueConstraint(
            "entry_id", "corrected_version", name="answer_recalls_entry_id_corrected_version_key"
        ),
    )
    op.create_table(
        "recall_attempts",
        sa.Column("attempt_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("recall_id", sa.BigInteger(), nullable=False),
        sa.Column("told_id", sa.Uuid(), nullable=False, comment="a telling of the citizen it is about"),
        sa.Column("at", moment, nullable=False),
        sa.Column("by", sa.Text(), nullable=False, comment="login"),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), comment="that was told, when done"),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "result IN ('taken', 'given-back', 'not-reached', 'refused', 'done')",
            name="recall_attempts_result_check",
        ),
        sa.ForeignKeyConstraint(
            ["recall_id"],
            ["answer_recalls.recall_id"],
            name="recall_attempts_recall_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("attempt_id", name="recall_attempts_pkey"),
    )
    op.create_index("recall_attempts_recall_id_idx", "recall_attempts", ["recall_id"])


def downgrade() -> None:
    op.drop_table("recall_attempts")
    op.drop_table("answer_recalls")
