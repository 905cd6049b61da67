"""Sums of calls, so that a report of a year reads a few thousand rows; and which of them are old.

`call_sums` can be counted again from `calls` at any time. Triggers (migration 0031) note in `call_sums_stale` the quarter of an
hour of every call whose figures change, whoever writes it; the recorder counts those again (centre120/store/call_sums.py).
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Date, Double, Identity, PrimaryKeyConstraint, Table, Text

from centre120.store.schema.metadata import Moment, metadata, one_of

LEVELS: Final = (10, 15, 20, 30, 60, 120)
"""Seconds T whose service level is kept; any other is counted from the calls."""
CUBES: Final = ("line", "line-day", "agent", "topic", "district", "department")
COUNTS: Final = (
    "offered", "answered", "abandoned", "short_abandoned", "callback_requested", "cut_by_system", "in_progress",
    "forwarded", "known", "settled_at_once",
)  # fmt: skip
SECONDS: Final = (
    "waited_seconds",
    "talked_seconds",
    "hold_seconds",
    "wrap_up_seconds",
    "longest_wait_seconds",
)
WITHIN: Final = tuple(f"{what}_within_{level}" for level in LEVELS for what in ("answered", "abandoned"))

call_sums = Table(
    "call_sums",
    metadata,
    Column("cube", Text, nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("key", Text, nullable=False, comment="queue, agent, topic, district or department"),
    Column("language", Text, nullable=False, server_default="-"),
    Column("origin", Text, nullable=False, server_default="-"),
    *(Column(name, BigInteger, nullable=False) for name in COUNTS),
    *(Column(name, Double, nullable=False) for name in SECONDS),
    *(Column(name, BigInteger, nullable=False) for name in WITHIN),
    PrimaryKeyConstraint("cube", "starts_at", "key", "language", "origin"),
    one_of("cube", CUBES),
)

call_sums_stale = Table(
    "call_sums_stale",
    metadata,
    Column("stale_id", BigInteger, Identity(), primary_key=True),
    Column(
        "quarter", Moment, nullable=False, index=True, comment="a call of this quarter of an hour changed"
    ),
)

call_days_stale = Table(
    "call_days_stale",
    metadata,
    Column("day", Date, primary_key=True, comment="its sums by agent, topic, district, department are old"),
)

call_sums_zone = Table(
    "call_sums_zone",
    metadata,
    Column("zone", Text, primary_key=True, comment="whose days the sums by day are"),
)
