"""Sums of calls by quarter of an hour and by day, and what of them has to be counted again.

May run while the old code answers calls: yes: new tables; the triggers only note quarters of an hour. With millions of calls it
takes some seconds to note those that are there already; they are counted by the recorder afterwards, and by reports meanwhile.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

COUNTS = (
    "offered",
    "answered",
    "abandoned",
    "short_abandoned",
    "callback_requested",
    "cut_by_system",
    "in_progress",
    "forwarded",
    "known",
    "settled_at_once",
)
SECONDS = ("waited_seconds", "talked_seconds", "hold_seconds", "wrap_up_seconds", "longest_wait_seconds")
LEVELS = (10, 15, 20, 30, 60, 120)
WITHIN = tuple(f"{what}_within_{level}" for level in LEVELS for what in ("answered", "abandoned"))

QUARTER = "date_bin('15 minutes', %s.queued_at, timestamptz '2001-01-01 00:00:00+00')"
MATTER = (
    "queued_at, arrived_at, ended_at, outcome, waited_seconds, talked_seconds, hold_seconds, wrap_up_seconds, route,"
    " language, agent_extension, origin_number, caller_number, case_id, foreign_type"
)
OLD, NEW = "REFERENCING OLD TABLE AS before_rows", "REFERENCING NEW TABLE AS after_rows"
BOTH = "REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows"


def _matter(alias: str) -> str:
    return ", ".join(f"{alias}.{name.strip()}" for name in MATTER.split(","))


def _calls(name: str, rows: str) -> None:
    """The call's own quarter, and those of earlier calls of the same number: this one decides whether they were settled at once
    (docs/reports.md, first contact; 72 hours after their end; no call lasts 30 days)."""
    own, earlier = QUARTER % "one", QUARTER % "earlier"
    op.execute(f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO call_sums_stale (quarter)
            WITH one AS MATERIALIZED ({rows})
            SELECT {own} FROM one WHERE one.queued_at IS NOT NULL
            UNION
            SELECT {earlier} FROM one CROSS JOIN LATERAL (
                SELECT queued_at, ended_at FROM calls
                WHERE caller_number = one.caller_number AND arrived_at < one.arrived_at
                  AND arrived_at > one.arrived_at - interval '30 days' AND outcome = 'answered' OFFSET 0
            ) AS earlier
            WHERE earlier.queued_at IS NOT NULL AND earlier.ended_at < one.arrived_at
              AND earlier.ended_at >= one.arrived_at - interval '72 hours';
            RETURN NULL;
        END $$""")


def _transfers(name: str, rows: str) -> None:
    op.execute(f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO call_sums_stale (quarter)
            SELECT DISTINCT {QUARTER % "one"} FROM calls AS one
            WHERE one.call_id IN ({rows}) AND one.queued_at IS NOT NULL;
            RETURN NULL;
        END $$""")


def _trigger(name: str, on: str, tables: str) -> None:
    op.execute(f"CREATE TRIGGER {name} AFTER {on} {tables} FOR EACH STATEMENT EXECUTE FUNCTION {name}()")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "call_sums",
        sa.Column("cube", sa.Text(), nullable=False),
        sa.Column("starts_at", moment, nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="queue, agent, topic, district or department"),
        sa.Column("language", sa.Text(), nullable=False, server_default="-"),
        sa.Column("origin", sa.Text(), nullable=False, server_default="-"),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        *(sa.Column(name, sa.Double(), nullable=False) for name in SECONDS),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in WITHIN),
        sa.PrimaryKeyConstraint("cube", "starts_at", "key", "language", "origin", name="call_sums_pkey"),
        sa.CheckConstraint(
            "cube IN ('line', 'line-day', 'agent', 'topic', 'district', 'department')",
            name="call_sums_cube_check",
        ),
    )
    op.create_table(
        "call_sums_stale",
        sa.Column("stale_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("quarter", moment, nullable=False, comment="a call of this quarter of an hour changed"),
        sa.PrimaryKeyConstraint("stale_id", name="call_sums_stale_pkey"),
    )
    op.create_index("call_sums_stale_quarter_idx", "call_sums_stale", ["quarter"])
    op.create_table(
        "call_days_stale",
        sa.Column(
            "day", sa.Date(), nullable=False, comment="its sums by agent, topic, district, department are old"
        ),
        sa.PrimaryKeyConstraint("day", name="call_days_stale_pkey"),
    )
    op.create_table(
        "call_sums_zone",
        sa.Column("zone", sa.Text(), nullable=False, comment="whose days the sums by day are"),
        sa.PrimaryKeyConstraint("zone", name="call_sums_zone_pkey"),
    )
    changed = f"""SELECT {_matter("b")} FROM before_rows b JOIN after_rows a USING (call_id)
            WHERE ROW({_matter("b")}) IS DISTINCT FROM ROW({_matter("a")})
            UNION ALL SELECT {_matter("a")} FROM before_rows b JOIN after_rows a USING (call_id)
            WHERE ROW({_matter("b")}) IS DISTINCT FROM ROW({_matter("a")})"""
    _calls("calls_added", "SELECT * FROM after_rows")
    _calls("calls_removed", "SELECT * FROM before_rows")
    _calls("calls_changed", changed)
    _trigger("calls_added", "INSERT ON calls", NEW)
    _trigger("calls_removed", "DELETE ON calls", OLD)
    _trigger("calls_changed", "UPDATE ON calls", BOTH)
    said = "call_id, result, department_id, started_at"
    _transfers("transfers_added", "SELECT call_id FROM after_rows")
    _transfers("transfers_removed", "SELECT call_id FROM before_rows")
    _transfers(
        "transfers_changed",
        f"SELECT b.call_id FROM before_rows b JOIN after_rows a USING (transfer_id)"
        f" WHERE ROW({', '.join('b.' + one for one in said.split(', '))})"
        f" IS DISTINCT FROM ROW({', '.join('a.' + one for one in said.split(', '))})",
    )
    _trigger("transfers_added", "INSERT ON transfers", NEW)
    _trigger("transfers_removed", "DELETE ON transfers", OLD)
    _trigger("transfers_changed", "UPDATE ON transfers", BOTH)
    op.execute(f"""
        CREATE FUNCTION case_sorted_anew() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO call_sums_stale (quarter)
            SELECT DISTINCT {QUARTER % "one"} FROM calls AS one
            WHERE one.case_id = NEW.case_id AND one.queued_at IS NOT NULL;
            RETURN NULL;
        END $$""")
    op.execute(
        "CREATE TRIGGER case_sorted_anew AFTER UPDATE OF topic, district ON cases FOR EACH ROW"
        " WHEN (OLD.topic IS DISTINCT FROM NEW.topic OR OLD.district IS DISTINCT FROM NEW.district)"
        " EXECUTE FUNCTION case_sorted_anew()"
    )
    op.execute(
        f"INSERT INTO call_sums_stale (quarter) SELECT DISTINCT {QUARTER % 'calls'} FROM calls WHERE queued_at IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER case_sorted_anew ON cases")
    for table in ("calls", "transfers"):
        for what in ("added", "removed", "changed"):
            op.execute(f"DROP TRIGGER {table}_{what} ON {table}")
            op.execute(f"DROP FUNCTION {table}_{what}()")
    op.execute("DROP FUNCTION case_sorted_anew()")
    for name in ("call_sums_zone", "call_days_stale", "call_sums_stale", "call_sums"):
        op.drop_table(name)
