"""Words that mean the same, for the search in the consultation database.

May run while the old code answers calls: yes: a new table only.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consultation_synonyms",
        sa.Column("group_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("words", postgresql.ARRAY(sa.Text()), nullable=False, comment="they mean the same"),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False, comment="login"),
        sa.PrimaryKeyConstraint("group_id", name="consultation_synonyms_pkey"),
    )


def downgrade() -> None:
    op.drop_table("consultation_synonyms")
