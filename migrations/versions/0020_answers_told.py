"""What citizens were told of the consultation database.

May run while the old code answers calls: yes: a new table only, and the old desks send no stamps.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answers_told",
        sa.Column(
            "told_id", sa.Uuid(), nullable=False, comment="the desk's own: the same stamp twice is one"
        ),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False, comment="extension"),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("department_id", sa.BigInteger()),
        sa.Column("official_id", sa.BigInteger()),
        sa.Column("official", sa.Text(), nullable=False, comment="name and title as they were"),
        sa.PrimaryKeyConstraint("told_id", name="answers_told_pkey"),
        sa.UniqueConstraint(
            "call_id", "entry_id", "version", name="answers_told_call_id_entry_id_version_key"
        ),
    )
    op.create_index("answers_told_entry_id_version_idx", "answers_told", ["entry_id", "version"])


def downgrade() -> None:
    op.drop_table("answers_told")
