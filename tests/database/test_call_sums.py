"""The kept sums equal a recount of the calls, whatever changes, in whatever order, before and after they are counted again."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from centre120.metrics import Totals
from centre120.settings import Settings
from centre120.store.call_sums import joined, refresh_day, refresh_quarters
from centre120.store.database import Database, Transaction
from centre120.store.report_calls import list_report_calls
from centre120.store.reports import DIMENSIONS, count_totals, cube_for, list_totals
from centre120.store.schema.calls import calls, transfers
from centre120.store.schema.cases import cases
from centre120.store.schema.figures import call_days_stale, call_sums, call_sums_stale
from ops.recorder.sums import KeptSums
from tests.database.test_reports import SINCE, UNTIL, ZONE, random_calls
from tests.support.database import url_of

SEOUL = ZoneInfo(ZONE)
FIRST, LAST = SINCE - timedelta(days=3), UNTIL + timedelta(days=3)
GROUPINGS: tuple[tuple[str, ...], ...] = (
    (), ("queue", "half-hour"), ("day", "queue"), ("month",), ("language", "origin"), ("quarter-hour",),
    ("agent",), ("topic", "day"), ("district",), ("department", "week"), ("agent", "half-hour"), ("language", "topic"),
)  # fmt: skip


def refresh(tx: Transaction) -> None:
    while refresh_quarters(tx, SEOUL):
        pass
    while refresh_day(tx, SEOUL, None):
        pass


def assert_exact(
    tx: Transaction, by: tuple[str, ...], since: datetime = FIRST, until: datetime = LAST
) -> None:
    told, wanted = (dict(ask(tx, since, until, by, 15, ZONE)) for ask in (list_totals, count_totals))
    assert set(told) == set(wanted), by
    for key, totals in wanted.items():
        for name in Totals.__dataclass_fields__:
            assert getattr(told[key], name) == pytest.approx(getattr(totals, name)), (by, key, name)


def upsert(tx: Transaction, rows: list[dict[str, object]]) -> None:
    """As the recorder writes."""
    statement = insert(calls).values(rows)
    replaced = {name: statement.excluded[name] for name in rows[0] if name != "call_id"}
    tx.execute(statement.on_conflict_do_update(index_elements=[calls.c.call_id], set_=replaced))


@pytest.mark.parametrize("seed", range(2))
def test_late_and_corrected_records_change_the_sums_exactly(tx: Transaction, seed: int) -> None:
    chance = random.Random(seed)
    rows = random_calls(chance, 160)
    for number, row in enumerate(rows):
        made = cases.insert().values(
            case_number=f"261121{number:07d}", opened_at=SINCE, district=chance.choice(["강남구", None])
        )
        row |= {
            "case_id": tx.scalar(made.returning(cases.c.case_id)),
            "origin_number": chance.choice(["120", "121"]),
        }
    upsert(tx, rows[:80])
    refresh(tx)
    assert tx.scalar(sa.select(sa.func.count()).select_from(call_sums_stale)) == 0
    assert tx.scalar(sa.select(sa.func.count()).select_from(call_sums)) != 0
    for step in range(14):
        some = [dict(row) for row in chance.sample(rows, 12)]
        match step % 7:
            case 0:
                upsert(tx, some)  # new ones, and others as they were
            case 1:
                for row in some:
                    row |= {
                        "outcome": "answered",
                        "waited_seconds": chance.uniform(0, 300),
                        "agent_extension": "202",
                    }
                upsert(tx, some)
            case 2:
                for row in some:
                    row["caller_number"] = chance.choice(["01011112222", None])
                upsert(tx, some)
            case 3:
                for row in some:
                    row["queued_at"] = row["arrived_at"] + timedelta(seconds=chance.uniform(0, 7200))  # type: ignore[operator]
                upsert(tx, some)
            case 4:
                known = set(tx.scalars(sa.select(calls.c.call_id)))
                for number, row in enumerate(some):
                    if row["call_id"] in known:
                        result = chance.choice(["picked-up", "no-answer"])
                        handed = {
                            "transfer_id": f"{step}-{number}",
                            "call_id": row["call_id"],
                            "started_at": SINCE,
                        }
                        tx.execute(
                            transfers.insert().values(
                                **handed, result=result, department_id=chance.choice([1, 2])
                            )
                        )
                tx.execute(
                    transfers.update().values(result="picked-up").where(transfers.c.transfer_id.like("%3"))
                )
            case 5:
                ids = [row["case_id"] for row in some]
                topic = tx.scalar(sa.text("SELECT min(code) FROM topics"))
                tx.execute(
                    cases.update().values(topic=topic, district="노원구").where(cases.c.case_id.in_(ids))
                )
            case 6:
                tx.execute(transfers.delete().where(transfers.c.transfer_id.like("%5")))
                ids = [row["call_id"] for row in some]
                handed_over = sa.select(transfers.c.call_id)
                tx.execute(
                    calls.delete().where(calls.c.call_id.in_(ids), calls.c.call_id.not_in(handed_over))
                )
        for by in chance.sample(GROUPINGS, 4):
            assert_exact(tx, by)
        if chance.random() < 0.6:
            refresh_quarters(tx, SEOUL)
        if chance.random() < 0.4:
            refresh_day(tx, SEOUL, None)
    refresh(tx)
    for by in GROUPINGS:
        assert_exact(tx, by)
        assert_exact(tx, by, SINCE + timedelta(minutes=45), UNTIL - timedelta(hours=3))


def test_a_replay_of_the_same_lines_notes_nothing(tx: Transaction) -> None:
    rows = random_calls(random.Random(3), 50)
    upsert(tx, rows)
    refresh(tx)
    upsert(tx, rows)
    assert tx.scalar(sa.select(sa.func.count()).select_from(call_sums_stale)) == 0


def test_a_second_call_of_a_number_takes_the_first_contact_from_the_day_before(tx: Transaction) -> None:
    first = {
        "call_id": UUID(int=1), "arrived_at": SINCE, "queued_at": SINCE, "ended_at": SINCE + timedelta(minutes=5),
        "outcome": "answered", "caller_number": "01011112222", "waited_seconds": 3.0,
    }  # fmt: skip
    upsert(tx, [first])
    refresh(tx)
    ((_, whole),) = list_totals(tx, FIRST, LAST, (), 15, ZONE)
    assert (whole.known, whole.settled_at_once) == (1, 1)
    upsert(
        tx, [{**first, "call_id": UUID(int=2), "arrived_at": SINCE + timedelta(hours=71), "queued_at": None}]
    )
    refresh(tx)
    ((_, whole),) = list_totals(tx, FIRST, LAST, (), 15, ZONE)
    assert (whole.known, whole.settled_at_once) == (1, 0)
    tx.execute(calls.delete().where(calls.c.call_id == UUID(int=2)))
    ((_, whole),) = list_totals(tx, FIRST, LAST, (), 15, ZONE)
    assert whole.settled_at_once == 1


def test_what_the_kept_sums_answer_and_what_only_the_calls_do() -> None:
    def cube(*by: str, within: float = 15, since: datetime = SINCE, until: datetime = UNTIL) -> str | None:
        return cube_for(since, until, by, within, SEOUL)

    assert cube("queue", "half-hour") == "line"
    assert cube("queue", "day") == cube("language", "origin", "year") == cube() == "line-day"
    assert cube("day", since=SINCE + timedelta(minutes=15)) == "line"
    assert cube("day", since=SINCE + timedelta(minutes=14)) is None
    assert [cube(name, "month") for name in ("agent", "topic", "district", "department")] == [
        "agent", "topic", "district", "department",
    ]  # fmt: skip
    assert cube("agent", "hour") is cube("agent", "topic") is cube("day", within=17) is None
    with pytest.raises(KeyError):
        cube("moon")


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_kept_sums_add_up_to_the_whole_in_every_grouping(tx: Transaction, dimension: str) -> None:
    upsert(tx, random_calls(random.Random(5), 60))
    refresh(tx)
    assert_exact(tx, (dimension,))


def test_another_zone_has_other_days_and_they_are_counted_anew(tx: Transaction) -> None:
    upsert(tx, random_calls(random.Random(5), 60))
    refresh(tx)
    zone = "Asia/Kathmandu"
    while refresh_quarters(tx, ZoneInfo(zone)):
        pass
    told, wanted = (dict(ask(tx, FIRST, LAST, ("day",), 15, zone)) for ask in (list_totals, count_totals))
    assert {key: one.offered for key, one in told.items()} == {
        key: one.offered for key, one in wanted.items()
    }


def test_the_recorder_counts_what_is_noted(fresh: Database) -> None:
    keeping = KeptSums(Settings(database_url=url_of(fresh)), clock=lambda: datetime(2026, 11, 25, tzinfo=UTC))
    with fresh.transaction() as tx:
        upsert(tx, random_calls(random.Random(5), 60))
    keeping.look()
    keeping.wait(60)
    with fresh.transaction() as tx:
        for table in (call_sums_stale, call_days_stale):
            assert tx.scalar(sa.select(sa.func.count()).select_from(table)) == 0
        assert tx.scalar(sa.select(sa.func.sum(call_sums.c.offered)).where(call_sums.c.cube == "line"))
        assert_exact(tx, ("queue", "day"))


def test_stretches_that_touch_are_one() -> None:
    at = [SINCE + timedelta(minutes=15 * step) for step in range(9)]
    assert joined([(at[3], at[4]), (at[0], at[1]), (at[1], at[2]), (at[4], at[5])]) == [
        (at[0], at[2]),
        (at[3], at[5]),
    ]


def test_the_calls_behind_a_figure_are_as_many_as_the_figure_says_and_the_latest_come_first(
    tx: Transaction,
) -> None:
    upsert(tx, random_calls(random.Random(8), 300))
    for stage in ("noted", "counted", "one of them noted again"):
        if stage == "counted":
            refresh(tx)
        if stage == "one of them noted again":
            tx.execute(calls.update().values(outcome="abandoned").where(calls.c.call_id == UUID(int=7)))
        for where in (
            {},
            {"language": "en"},
            {"agent": "201"},
            {"queue": "fallback", "language": "-"},
            {"agent": "201", "language": "ko"},
        ):
            for which in ("offered", "answered", "abandoned", "forwarded"):
                groups = dict(count_totals(tx, SINCE, UNTIL, tuple(where), 15, ZONE))
                wanted = getattr(groups.get(tuple(where.values()), Totals()), which)
                for size in (7, 50):
                    page = list_report_calls(tx, SINCE, UNTIL, where, which, ZONE, page_size=size)
                    assert page.total == wanted, (stage, where, which)
                    assert len(page.calls) == min(size, wanted)
                every = list_report_calls(tx, SINCE, UNTIL, where, which, ZONE, page_size=1000).calls
                assert (
                    list_report_calls(tx, SINCE, UNTIL, where, which, ZONE, page=2, page_size=7).calls
                    == every[7:14]
                )


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("queued_at", SINCE + timedelta(hours=5)), ("arrived_at", SINCE + timedelta(seconds=1)), ("outcome", "abandoned"),
        ("ended_at", SINCE + timedelta(hours=5)), ("waited_seconds", 9.5), ("talked_seconds", 9.5), ("hold_seconds", 9.5),
        ("wrap_up_seconds", 9.5), ("route", "fallback"), ("language", "vi"), ("agent_extension", "999"), ("origin_number", "128"),
        ("caller_number", "0299"), ("foreign_type", "water"),
    ],
)  # fmt: skip
def test_each_fact_that_figures_are_made_of_is_noted_when_it_alone_changes(
    tx: Transaction, column: str, value: object
) -> None:
    call = {
        "call_id": UUID(int=1),
        "arrived_at": SINCE,
        "queued_at": SINCE,
        "outcome": "answered",
        "route": "queue",
    }
    upsert(tx, [call])
    refresh(tx)
    tx.execute(calls.update().values({column: value}))
    assert tx.scalar(sa.select(sa.func.count()).select_from(call_sums_stale)) != 0
    tx.execute(call_sums_stale.delete())
    tx.execute(calls.update().values(hung_up_by="agent", changed_at=sa.func.now()))
    assert tx.scalar(sa.select(sa.func.count()).select_from(call_sums_stale)) == 0
