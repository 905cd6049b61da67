"""The table that cases are searched in, and cases by the last four digits of a number.

May run while the old code answers calls: no lock is held long on an empty or small table; with millions of cases the index
on `cases` takes some seconds, during which saving a case waits. Cases of before are found by words after `./120 cases index`.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_search",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("terms", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.case_id"], name="case_search_case_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", name="case_search_pkey"),
    )
    op.create_index("case_search_terms_idx", "case_search", ["terms"], postgresql_using="gin")
    op.create_index("case_search_opened_at_idx", "case_search", ["opened_at"])
    # The terms are read by their index: out of line they leave a small heap to visit.
    op.execute("ALTER TABLE case_search SET (toast_tuple_target = 128)")
    op.execute("ALTER TABLE case_search ALTER COLUMN terms SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE case_search ALTER COLUMN terms SET STATISTICS 300")
    op.create_index("cases_ending_idx", "cases", [sa.text('"right"(citizen_number, 4)'), "opened_at"])


def downgrade() -> None:
    op.drop_index("cases_ending_idx", "cases")
    op.drop_table("case_search")
