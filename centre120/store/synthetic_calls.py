"""Calls for a benchmark, made by PostgreSQL: the mix and the day of a big city's centre. Only ever into a database of its own."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy import text

from centre120.store.database import Database

FIRST_DAY: Final = date(2025, 1, 1)
DAYS: Final = 365
INDEXES: Final = (
    "calls_arrived_at_idx", "calls_caller_number_arrived_at_idx", "calls_linked_id_idx", "calls_case_id_idx",
    "calls_agent_extension_arrived_at_idx",
)  # fmt: skip
_CALLS: Final = """
INSERT INTO calls (call_id, arrived_at, queued_at, agent_answered_at, ended_at, agent_extension, outcome, route, language,
    origin_number, caller_number, foreign_type, waited_seconds, talked_seconds, hold_seconds, wrap_up_seconds)
SELECT gen_random_uuid(), at, CASE WHEN menu THEN NULL ELSE at + interval '12 s' END,
    CASE WHEN outcome = 'answered' THEN at + interval '12 s' + waited * interval '1 s' END,
    at + interval '12 s' + (waited + CASE WHEN outcome = 'answered' THEN talked ELSE 0 END) * interval '1 s',
    CASE WHEN outcome = 'answered' THEN agent END, CASE WHEN menu THEN 'abandoned-in-menu' ELSE outcome END,
    CASE WHEN menu THEN NULL WHEN route < 0.002 THEN 'fallback' ELSE 'queue' END, language, origin,
    CASE WHEN withheld < 0.03 THEN NULL ELSE '010' || lpad(number::text, 8, '0') END, 'topic-' || topic,
    CASE WHEN NOT menu THEN waited END, CASE WHEN outcome = 'answered' THEN talked END,
    CASE WHEN outcome = 'answered' THEN 3.0 END, CASE WHEN outcome = 'answered' THEN wrap_up END
FROM (SELECT
    CAST(:midnight AS timestamptz) + (8 + 12 * power(random(), 1.2)) * interval '1 hour' AS at,
    CASE WHEN r < 0.91 THEN 'answered' WHEN r < 0.97 THEN 'abandoned' WHEN r < 0.985 THEN 'short-abandoned'
         WHEN r < 0.9995 THEN 'callback-requested' ELSE 'cut-by-system' END AS outcome,
    random() < 0.02 AS menu, random() AS route, random() AS withheld,
    CASE WHEN l < 0.965 THEN 'ko' WHEN l < 0.98 THEN 'en' WHEN l < 0.99 THEN 'zh' WHEN l < 0.995 THEN 'vi'
         WHEN l < 0.998 THEN 'ja' ELSE 'mn' END AS language,
    CASE WHEN o < 0.93 THEN '120' WHEN o < 0.97 THEN '121' ELSE '128' END AS origin,
    (CASE WHEN r < 0.91 THEN 0 ELSE 5 END) + floor(-14 * ln(1 - random())) AS waited,
    15 + floor(-150 * ln(1 - random())) AS talked, floor(-30 * ln(1 - random())) AS wrap_up,
    (200 + floor(400 * random()))::int::text AS agent, floor(100 * power(random(), 3))::int AS topic,
    floor(3000000 * power(random(), 2))::int AS number
    FROM (SELECT random() AS r, random() AS l, random() AS o FROM generate_series(1, :number)) AS chances) AS made
"""
_HANDED: Final = """
INSERT INTO transfers (transfer_id, call_id, kind, department_id, started_at, result)
SELECT call_id::text, call_id, 'blind', 1 + floor(60 * random())::int, agent_answered_at,
    CASE WHEN random() < 0.8 THEN 'picked-up' ELSE 'no-answer' END
FROM calls WHERE outcome = 'answered' AND arrived_at >= :midnight AND random() < 0.08
"""


def fill(database: Database, count: int, years: int, tell: Callable[[str], None] = lambda _: None) -> None:
    """`count` calls over `years` years. Triggers and indexes wait until all are there; then every quarter is noted."""
    with database.transaction() as tx:
        if tx.scalar(text("SELECT 1 FROM calls LIMIT 1")):
            raise ValueError("this database has calls already; synthetic ones only go into one of their own")
        definitions = tx.execute(
            text("SELECT indexname, indexdef FROM pg_indexes WHERE indexname = ANY(:names)"),
            {"names": list(INDEXES)},
        ).all()
        for name, _ in definitions:
            tx.execute(text(f"DROP INDEX {name}"))
        tx.execute(text("ALTER TABLE calls DISABLE TRIGGER USER"))
        tx.execute(text("ALTER TABLE transfers DISABLE TRIGGER USER"))
        tx.execute(
            text(
                "CREATE INDEX calls_arrived_at_brin ON calls USING brin (arrived_at) WITH (pages_per_range = 16)"
            )
        )
        tx.execute(text("SELECT setseed(0.12)"))
    days = DAYS * years
    for number in range(days):
        midnight = datetime.combine(FIRST_DAY, datetime.min.time(), UTC) + timedelta(days=number, hours=-9)
        of_day = count * (number + 1) // days - count * number // days
        with database.transaction() as tx:
            tx.execute(text(_CALLS), {"midnight": midnight, "number": of_day})
        if number % 60 == 59:
            tell(f"{count * (number + 1) // days:,} of {count:,} calls")
    for _, definition in definitions:
        with database.transaction() as tx:
            tx.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
            tx.execute(text(definition))
    with database.transaction() as tx:
        tell("indexes are there; departments")
        tx.execute(text("DROP INDEX calls_arrived_at_brin"))
        tx.execute(text(_HANDED), {"midnight": datetime(2000, 1, 1, tzinfo=UTC)})
        tx.execute(text("ALTER TABLE calls ENABLE TRIGGER USER"))
        tx.execute(text("ALTER TABLE transfers ENABLE TRIGGER USER"))
        tx.execute(text(_NOTE))
    with database.transaction() as tx:
        tell("statistics")
        tx.execute(text("ANALYZE calls, transfers"))


_NOTE: Final = (
    "INSERT INTO call_sums_stale (quarter) SELECT DISTINCT"
    " date_bin('15 minutes', queued_at, timestamptz '2001-01-01 00:00:00+00') FROM calls WHERE queued_at IS NOT NULL"
)
_CORRECT: Final = """
UPDATE calls SET outcome = 'answered', agent_extension = '777', waited_seconds = 1, talked_seconds = 10
WHERE call_id IN (SELECT call_id FROM calls WHERE outcome = 'abandoned' AND arrived_at >= :at ORDER BY arrived_at LIMIT :number)
"""


def correct_some(database: Database, number: int) -> int:
    """Late calls and corrections, with the triggers: `number` abandoned calls become answered, as many new ones arrive."""
    changed = 0
    for month in (2, 5, 9):
        at = datetime(FIRST_DAY.year, month, 3, tzinfo=UTC)
        with database.transaction() as tx:
            changed += tx.execute(text(_CORRECT), {"at": at, "number": number // 3}).rowcount
            changed += tx.execute(text(_CALLS), {"midnight": at, "number": number // 3}).rowcount
    return changed


def analyse_sums(database: Database) -> None:
    """Statistics of the kept sums, as autovacuum makes them; and what is written is made visible to index-only reads."""
    with database.transaction() as tx:
        tx.execute(text("ANALYZE call_sums"))


def some_numbers(database: Database, how_many: int) -> list[str]:
    """Numbers of citizens who called."""
    query = "SELECT DISTINCT caller_number FROM (SELECT caller_number FROM calls TABLESAMPLE SYSTEM (0.1)) AS sample"
    with database.transaction() as tx:
        found = [
            str(one)
            for one in tx.scalars(text(query + " WHERE caller_number IS NOT NULL LIMIT :n"), {"n": how_many})
        ]
        return found or [
            str(one)
            for one in tx.scalars(text("SELECT DISTINCT caller_number FROM calls LIMIT :n"), {"n": how_many})
        ]
