"""Consultation entries: who is in charge, language, dispute, revisions, and the table they are searched in.

May run while the old code answers calls: yes: calls do not read entries. The demo's loader of the version
before writes `folded`, which goes here; it runs only at a start.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("consultation_entries_folded_idx", "consultation_entries")
    op.drop_column("consultation_entries", "folded")
    op.add_column("consultation_entries", sa.Column("official_id", sa.BigInteger()))
    op.add_column(
        "consultation_entries", sa.Column("language", sa.Text(), server_default="ko", nullable=False)
    )
    op.add_column(
        "consultation_entries",
        sa.Column(
            "dispute",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="why it may be wrong; empty: nobody doubts it",
        ),
    )
    op.create_foreign_key(
        "consultation_entries_official_id_fkey",
        "consultation_entries",
        "officials",
        ["official_id"],
        ["official_id"],
    )
    op.create_index("consultation_entries_official_id_idx", "consultation_entries", ["official_id"])
    op.create_check_constraint(
        "consultation_entries_language_check",
        "consultation_entries",
        "language IN ('ko', 'en', 'zh', 'ja', 'vi', 'mn')",
    )
    op.create_table(
        "consultation_revisions",
        sa.Column("revision_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False, comment="login, or import, or demo"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.JSONB(), nullable=False, comment="the entry as this version had it"),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["consultation_entries.entry_id"],
            name="consultation_revisions_entry_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("revision_id", name="consultation_revisions_pkey"),
        sa.UniqueConstraint("entry_id", "version", name="consultation_revisions_entry_id_version_key"),
    )
    op.create_table(
        "consultation_search",
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="of the entry when it was indexed"),
        sa.Column("spelling", sa.Integer(), nullable=False, comment="of the terms; another one: index again"),
        sa.Column("letters", sa.Text(), nullable=False, comment="the title, for mistyped words"),
        sa.Column("terms", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["consultation_entries.entry_id"],
            name="consultation_search_entry_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("entry_id", name="consultation_search_pkey"),
    )
    op.create_index("consultation_search_terms_idx", "consultation_search", ["terms"], postgresql_using="gin")
    op.create_index(
        "consultation_search_letters_idx",
        "consultation_search",
        ["letters"],
        postgresql_using="gin",
        postgresql_ops={"letters": "gin_trgm_ops"},
    )
    # The terms are read by their index only: out of line they leave a heap of a few hundred pages to visit.
    op.execute("ALTER TABLE consultation_search SET (toast_tuple_target = 128)")
    op.execute("ALTER TABLE consultation_search ALTER COLUMN terms SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE consultation_search ALTER COLUMN terms SET STATISTICS 300")


def downgrade() -> None:
    op.drop_table("consultation_search")
    op.drop_table("consultation_revisions")
    op.drop_column("consultation_entries", "dispute")
    op.drop_column("consultation_entries", "language")
    op.drop_column("consultation_entries", "official_id")
    op.add_column("consultation_entries", sa.Column("folded", sa.Text(), server_default="", nullable=False))
    op.create_index(
        "consultation_entries_folded_idx",
        "consultation_entries",
        ["folded"],
        postgresql_using="gin",
        postgresql_ops={"folded": "gin_trgm_ops"},
    )
