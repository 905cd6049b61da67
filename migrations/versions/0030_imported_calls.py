"""Calls of another system's log: where they came from, so that an import can be undone.

May run while the old code answers calls: yes: a new table and columns that may be empty; with millions of calls the index takes
some seconds, during which the recorder waits.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_imports",
        sa.Column("import_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("ended_at", sa.DateTime(timezone=True), comment="null: was interrupted"),
        sa.Column("added", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("rejected", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("import_id", name="call_imports_pkey"),
    )
    op.add_column("calls", sa.Column("import_id", sa.BigInteger(), comment="null: our own call"))
    op.add_column(
        "calls", sa.Column("foreign_type", sa.Text(), comment="what the imported log calls its topic")
    )
    op.create_foreign_key("calls_import_id_fkey", "calls", "call_imports", ["import_id"], ["import_id"])
    op.create_index(
        "calls_import_id_idx", "calls", ["import_id"], postgresql_where=sa.text("import_id IS NOT NULL")
    )


def downgrade() -> None:
    op.execute("DELETE FROM calls WHERE import_id IS NOT NULL")
    op.drop_index("calls_import_id_idx", "calls")
    op.drop_constraint("calls_import_id_fkey", "calls")
    op.drop_column("calls", "foreign_type")
    op.drop_column("calls", "import_id")
    op.drop_table("call_imports")
