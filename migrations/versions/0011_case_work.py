"""Working on a case: notes, links, place, who has it open; topics with a history; holidays that a city adds.

May run while the old code answers calls: yes: new tables, and columns that may be empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "places",
        sa.Column("place_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name_ko", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Double()),
        sa.Column("longitude", sa.Double()),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column(
            "letters",
            sa.Text(),
            nullable=False,
            comment="names and address, as centre120/folding.py spells them",
        ),
        sa.PrimaryKeyConstraint("place_id", name="places_pkey"),
        sa.UniqueConstraint("code", name="places_code_key"),
    )
    op.create_index(
        "places_letters_idx",
        "places",
        ["letters"],
        postgresql_using="gin",
        postgresql_ops={"letters": "gin_trgm_ops"},
    )
    op.add_column("cases", sa.Column("district", sa.Text()))
    op.add_column(
        "cases", sa.Column("place", sa.Text(), server_default="", nullable=False, comment="as written")
    )
    op.add_column(
        "cases", sa.Column("place_id", sa.BigInteger(), comment="of the gazetteer, where it is there")
    )
    op.create_foreign_key("cases_place_id_fkey", "cases", "places", ["place_id"], ["place_id"])
    op.create_table(
        "case_notes",
        sa.Column("note_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", MOMENT),
        sa.Column("withdrawn_by", sa.Text()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="case_notes_case_id_fkey"),
        sa.PrimaryKeyConstraint("note_id", name="case_notes_pkey"),
    )
    op.create_index("case_notes_case_id_idx", "case_notes", ["case_id"])
    op.create_table(
        "case_links",
        sa.Column("case_id", sa.BigInteger(), nullable=False, comment="the lower of the two"),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.CheckConstraint("case_id < other_id", name="case_links_order_check"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="case_links_case_id_fkey"),
        sa.ForeignKeyConstraint(["other_id"], ["cases.case_id"], name="case_links_other_id_fkey"),
        sa.PrimaryKeyConstraint("case_id", "other_id", name="case_links_pkey"),
    )
    op.create_index("case_links_other_id_idx", "case_links", ["other_id"])
    op.create_table(
        "case_openings",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False, comment="extension or login"),
        sa.Column("since_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="case_openings_case_id_fkey"),
        sa.PrimaryKeyConstraint("case_id", "who", name="case_openings_pkey"),
    )
    op.create_table(
        "topic_changes",
        sa.Column("change_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("before", sa.Text()),
        sa.Column("after", sa.Text()),
        sa.ForeignKeyConstraint(["code"], ["topics.code"], name="topic_changes_code_fkey"),
        sa.PrimaryKeyConstraint("change_id", name="topic_changes_pkey"),
    )
    op.create_table(
        "holiday_changes",
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), comment="null: people work on that day, whatever the calendar says"),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("on_day", name="holiday_changes_pkey"),
    )


def downgrade() -> None:
    op.execute("DELETE FROM topic_changes")
    for table in ("holiday_changes", "topic_changes", "case_openings", "case_links", "case_notes"):
        op.drop_table(table)
    for column in ("place_id", "place", "district"):
        op.drop_column("cases", column)
    op.drop_table("places")
