"""Each night's books: what was counted, whether it balanced, and what did not agree.

May run while the old code answers calls: yes: a new table only.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "books",
        sa.Column("books_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("balanced", sa.Boolean(), nullable=False),
        sa.Column("invites", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("abandoned", sa.Integer(), nullable=False),
        sa.Column("callback_requested", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("self_served", sa.Integer(), nullable=False),
        sa.Column("cut_by_system", sa.Integer(), nullable=False),
        sa.Column("going_on", sa.Integer(), nullable=False, comment="when the books were made"),
        sa.Column(
            "not_judged", sa.Integer(), nullable=False, comment="the recorder had not read all of them"
        ),
        sa.Column("unread_records", sa.Integer(), nullable=False),
        sa.Column("discrepancies", sa.Integer(), nullable=False),
        sa.Column(
            "details", postgresql.JSONB(), nullable=False, comment="the first 1,000 discrepancies, and notes"
        ),
        sa.PrimaryKeyConstraint("books_id", name="books_pkey"),
        sa.UniqueConstraint("until_at", name="books_until_at_key"),
    )


def downgrade() -> None:
    op.drop_table("books")
