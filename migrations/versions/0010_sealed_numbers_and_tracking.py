"""Resident registration numbers kept apart and encrypted; the code a citizen asks the status of a case with.

May run while the old code answers calls: yes: a new table and a column that may be empty; cases without a code get one when
somebody looks at them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sealed_numbers",
        sa.Column("sealed_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False, comment="where it was written: text, summary, note"),
        sa.Column("masked", sa.Text(), nullable=False, comment="as the field shows it"),
        sa.Column("token", sa.Text(), nullable=False, comment="Fernet; the key is in secrets/record_keys"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="sealed_numbers_case_id_fkey"),
        sa.PrimaryKeyConstraint("sealed_id", name="sealed_numbers_pkey"),
    )
    op.create_index("sealed_numbers_case_id_idx", "sealed_numbers", ["case_id"])
    op.add_column(
        "cases", sa.Column("tracking_code", sa.Text(), comment="12 digits, see centre120/tracking.py")
    )
    op.create_unique_constraint("cases_tracking_code_key", "cases", ["tracking_code"])


def downgrade() -> None:
    op.drop_constraint("cases_tracking_code_key", "cases")
    op.drop_column("cases", "tracking_code")
    op.drop_table("sealed_numbers")
