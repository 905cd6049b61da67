"""What the witnesses wrote (CEL, CDR), reading positions, rejected lines.

May run while the old code answers calls: yes: new tables only.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cdr",
        sa.Column("uniqueid", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.Uuid()),
        sa.Column("clid", sa.Text(), server_default="", nullable=False),
        sa.Column("src", sa.Text(), server_default="", nullable=False),
        sa.Column("dst", sa.Text(), server_default="", nullable=False),
        sa.Column("dcontext", sa.Text(), server_default="", nullable=False),
        sa.Column("channel", sa.Text(), server_default="", nullable=False),
        sa.Column("dstchannel", sa.Text(), server_default="", nullable=False),
        sa.Column("lastapp", sa.Text(), server_default="", nullable=False),
        sa.Column("lastdata", sa.Text(), server_default="", nullable=False),
        sa.Column("disposition", sa.Text(), server_default="", nullable=False),
        sa.Column("amaflags", sa.Text(), server_default="", nullable=False),
        sa.Column("accountcode", sa.Text(), server_default="", nullable=False),
        sa.Column("linkedid", sa.Text(), server_default="", nullable=False),
        sa.Column("userfield", sa.Text(), server_default="", nullable=False),
        sa.Column("peeraccount", sa.Text(), server_default="", nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True)),
        sa.Column("answer_at", sa.DateTime(timezone=True)),
        sa.Column("end_at", sa.DateTime(timezone=True)),
        sa.Column("duration_seconds", sa.Double()),
        sa.Column("billsec_seconds", sa.Double()),
        sa.PrimaryKeyConstraint("uniqueid", "sequence", name="cdr_pkey"),
    )
    op.create_index("cdr_call_id_idx", "cdr", ["call_id"])
    op.create_index("cdr_linkedid_idx", "cdr", ["linkedid"])
    op.create_index("cdr_start_at_idx", "cdr", ["start_at"])
    op.create_table(
        "cel",
        sa.Column("cel_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("line_digest", sa.Uuid(), nullable=False),
        sa.Column(
            "call_id", sa.Uuid(), comment="from accountcode, else from other lines of the channel or linkedid"
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "event", sa.Text(), nullable=False, comment="CHAN_START, ANSWER, HANGUP, USER_DEFINED, ..."
        ),
        sa.Column("user_event", sa.Text()),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("num", sa.Text(), server_default="", nullable=False),
        sa.Column("ani", sa.Text(), server_default="", nullable=False),
        sa.Column("rdnis", sa.Text(), server_default="", nullable=False),
        sa.Column("dnid", sa.Text(), server_default="", nullable=False),
        sa.Column("exten", sa.Text(), server_default="", nullable=False),
        sa.Column("context", sa.Text(), server_default="", nullable=False),
        sa.Column("channame", sa.Text(), server_default="", nullable=False),
        sa.Column("appname", sa.Text(), server_default="", nullable=False),
        sa.Column("appdata", sa.Text(), server_default="", nullable=False),
        sa.Column("amaflags", sa.Text(), server_default="", nullable=False),
        sa.Column("accountcode", sa.Text(), server_default="", nullable=False),
        sa.Column("uniqueid", sa.Text(), server_default="", nullable=False),
        sa.Column("linkedid", sa.Text(), server_default="", nullable=False),
        sa.Column("peer", sa.Text(), server_default="", nullable=False),
        sa.Column("peeraccount", sa.Text(), server_default="", nullable=False),
        sa.Column("userfield", sa.Text(), server_default="", nullable=False),
        sa.Column("extra", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("cel_id", name="cel_pkey"),
        sa.UniqueConstraint("line_digest", name="cel_line_digest_key"),
    )
    op.create_index("cel_nameless_idx", "cel", ["at"], postgresql_where=sa.text("call_id IS NULL"))
    op.create_index("cel_at_idx", "cel", ["at"])
    op.create_index("cel_call_id_idx", "cel", ["call_id"])
    op.create_index("cel_linkedid_idx", "cel", ["linkedid"])
    op.create_index("cel_uniqueid_idx", "cel", ["uniqueid"])
    op.create_table(
        "import_positions",
        sa.Column("file_id", sa.Text(), nullable=False, comment="digest of the file's first line"),
        sa.Column("path", sa.Text(), nullable=False, comment="where it was last seen"),
        sa.Column(
            "position", sa.BigInteger(), nullable=False, comment="bytes read, always at the end of a line"
        ),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("file_id", name="import_positions_pkey"),
    )
    op.create_table(
        "journal_positions",
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False, comment="highest projected"),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("writer", name="journal_positions_pkey"),
    )
    op.create_table(
        "rejected_lines",
        sa.Column("rejected_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("line_digest", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False, comment="journal, cel or cdr"),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False, comment="readable form, at most 4,000 characters"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rejected_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("rejected_id", name="rejected_lines_pkey"),
        sa.UniqueConstraint("line_digest", name="rejected_lines_line_digest_key"),
    )


def downgrade() -> None:
    op.drop_table("rejected_lines")
    op.drop_table("journal_positions")
    op.drop_table("import_positions")
    op.drop_table("cel")
    op.drop_table("cdr")
