"""What the search keeps of an entry to weigh it closely.

May run while the old code answers calls: yes: a column with a default. Until `./120 entries index` (or `up`) has filled it,
entries are ranked by the terms that are found alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "consultation_search",
        sa.Column(
            "weighed", sa.Text(), server_default="", nullable=False, comment="centre120/term_weights.py"
        ),
    )


def downgrade() -> None:
    op.drop_column("consultation_search", "weighed")
