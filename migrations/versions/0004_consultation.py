"""The consultation database.

May run while the old code answers calls: yes: new tables only.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consultation_entries",
        sa.Column("entry_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text()),
        sa.Column("owner_department_id", sa.BigInteger()),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_until", sa.Date()),
        sa.Column("review_on", sa.Date()),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("folded", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_department_id"],
            ["departments.department_id"],
            name="consultation_entries_owner_department_id_fkey",
        ),
        sa.ForeignKeyConstraint(["topic"], ["topics.code"], name="consultation_entries_topic_fkey"),
        sa.PrimaryKeyConstraint("entry_id", name="consultation_entries_pkey"),
        sa.UniqueConstraint("code", name="consultation_entries_code_key"),
    )
    op.create_index(
        "consultation_entries_folded_idx",
        "consultation_entries",
        ["folded"],
        postgresql_using="gin",
        postgresql_ops={"folded": "gin_trgm_ops"},
    )
    op.create_index(
        "consultation_entries_owner_department_id_idx", "consultation_entries", ["owner_department_id"]
    )
    op.create_index("consultation_entries_review_on_idx", "consultation_entries", ["review_on"])
    op.create_table(
        "consultation_questions",
        sa.Column("question_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["consultation_entries.entry_id"],
            name="consultation_questions_entry_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("question_id", name="consultation_questions_pkey"),
        sa.UniqueConstraint("entry_id", "position", name="consultation_questions_entry_id_position_key"),
    )


def downgrade() -> None:
    op.drop_table("consultation_questions")
    op.drop_table("consultation_entries")
