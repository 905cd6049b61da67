"""The sums of the reports in PostgreSQL are those of the plain definition, on random calls; and what the command prints."""

import json
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from centre120.call_words import OUTCOMES
from centre120.metrics import REPEAT_HOURS, CallFacts, Totals, totals_of
from centre120.store.database import Database, Transaction
from centre120.store.reports import DIMENSIONS, list_totals
from centre120.store.schema.calls import calls, transfers
from ops import cli

ZONE = "Asia/Seoul"
SINCE = datetime(2026, 11, 20, 15, tzinfo=UTC)  # midnight in Seoul
UNTIL = SINCE + timedelta(days=1)


def random_calls(chance: random.Random, number: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for one in range(number):
        arrived = SINCE + timedelta(seconds=chance.uniform(-3600, 25 * 3600))
        outcome = chance.choice(OUTCOMES)
        queued = (
            None
            if outcome in ("refused", "abandoned-in-menu", "status-heard")
            else arrived + timedelta(seconds=5)
        )
        waited = chance.choice([0.0, 14.9, 15.0, 15.1, 200.0, None])
        rows.append(
            {
                "call_id": UUID(int=one + 1),
                "arrived_at": arrived,
                "queued_at": queued,
                "ended_at": None if outcome == "in-progress" else arrived + timedelta(seconds=300),
                "outcome": outcome,
                "language": chance.choice(["ko", "en", None]),
                "route": chance.choice(["queue", "fallback", None]),
                "agent_extension": "201" if outcome == "answered" else None,
                "caller_number": chance.choice(["01011112222", "01033334444", None, f"010{one:08d}"]),
                "waited_seconds": waited,
                "talked_seconds": chance.choice([None, 100.0]) if outcome == "answered" else None,
                "hold_seconds": chance.choice([None, 7.5]) if outcome == "answered" else None,
                "wrap_up_seconds": chance.choice([None, 20.0]) if outcome == "answered" else None,
            }
        )
    return rows


def record(tx: Transaction, rows: list[dict[str, object]], handed_over: set[object]) -> None:
    tx.execute(calls.insert(), rows)
    if not handed_over:
        return
    tx.execute(
        transfers.insert(),
        [
            {"transfer_id": str(call_id), "call_id": call_id, "started_at": SINCE, "result": "picked-up"}
            for call_id in handed_over
        ],
    )


def facts(row: dict[str, object], rows: list[dict[str, object]], handed_over: set[object]) -> CallFacts:
    ended = row["ended_at"]
    again = isinstance(ended, datetime) and any(
        other["caller_number"] == row["caller_number"] is not None
        and isinstance(other["arrived_at"], datetime)
        and ended < other["arrived_at"] <= ended + timedelta(hours=REPEAT_HOURS)
        for other in rows
    )
    return CallFacts(
        outcome=str(row["outcome"]),
        queued_at=row["queued_at"],  # type: ignore[arg-type]
        waited_seconds=row["waited_seconds"],  # type: ignore[arg-type]
        talked_seconds=row["talked_seconds"],  # type: ignore[arg-type]
        hold_seconds=row["hold_seconds"],  # type: ignore[arg-type]
        wrap_up_seconds=row["wrap_up_seconds"],  # type: ignore[arg-type]
        forwarded=row["call_id"] in handed_over,
        number_known=row["caller_number"] is not None,
        called_again=again,
    )


@pytest.mark.parametrize("seed", range(4))
def test_postgresql_counts_as_the_plain_definition_does(tx: Transaction, seed: int) -> None:
    chance = random.Random(seed)
    rows = random_calls(chance, 250)
    handed_over = {row["call_id"] for row in rows if row["outcome"] == "answered" and chance.random() < 0.3}
    record(tx, rows, handed_over)
    inside = [row for row in rows if row["queued_at"] and SINCE <= row["queued_at"] < UNTIL]  # type: ignore[operator]
    assert len(inside) > 50

    def plain(some: list[dict[str, object]]) -> Totals:
        return totals_of([facts(row, rows, handed_over) for row in some], 15)

    ((_, whole),) = list_totals(tx, SINCE, UNTIL, [], 15, ZONE)
    same(whole, plain(inside))
    by_language = dict(list_totals(tx, SINCE, UNTIL, ["language"], 15, ZONE))
    assert set(by_language) == {("ko",), ("en",), ("-",)}
    for (language,), totals in by_language.items():
        same(totals, plain([row for row in inside if (row["language"] or "-") == language]))
    by_queue = dict(list_totals(tx, SINCE, UNTIL, ["queue"], 15, ZONE))
    same(by_queue[("fallback",)], plain([row for row in inside if row["route"] == "fallback"]))
    for (start,), totals in list_totals(tx, SINCE, UNTIL, ["half-hour"], 15, ZONE):
        first = datetime.strptime(start, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(ZONE))
        last = first + timedelta(minutes=30)
        same(totals, plain([row for row in inside if first <= row["queued_at"] < last]))  # type: ignore[operator]


def same(one: Totals, other: Totals) -> None:
    for name in Totals.__dataclass_fields__:
        assert getattr(one, name) == pytest.approx(getattr(other, name)), name


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_any_grouping_adds_up_to_the_whole(tx: Transaction, dimension: str) -> None:
    record(tx, random_calls(random.Random(9), 60), set())
    ((_, whole),) = list_totals(tx, SINCE, UNTIL, [], 15, ZONE)
    groups = list_totals(tx, SINCE, UNTIL, [dimension], 15, ZONE)
    same(sum((totals for _, totals in groups), Totals()), whole)


def test_the_command_prints_what_is_on_record(
    fresh: Database,
    fresh_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = random_calls(random.Random(1), 40)
    with fresh.transaction() as tx:
        record(tx, rows, set())
        ((_, whole),) = list_totals(tx, SINCE, UNTIL, [], 15, ZONE)
    (tmp_path / "settings.env").write_text(f"CENTRE120_DATABASE_URL={fresh_url}\n")
    monkeypatch.setenv("CENTRE120_HOME", str(tmp_path))
    monkeypatch.delenv("CENTRE120_DATABASE_URL", raising=False)

    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["120", "report", "interval", *arguments])
        with pytest.raises(SystemExit) as left:
            cli.main()
        return int(left.value.code or 0), *capsys.readouterr()

    period = ("--from", "2026-11-21", "--to", "2026-11-22")
    code, out, _ = command(*period, "--by", "queue,half-hour", "--json")
    told = json.loads(out)
    assert code == 0 and told["total"]["offered"] == whole.offered and told["by"] == ["queue", "half-hour"]
    assert sum(group["answered"] for group in told["groups"]) == whole.answered
    code, out, _ = command(*period)
    assert code == 0 and out.splitlines()[-2].split()[:2] == ["all", str(whole.offered)]
    monkeypatch.setattr(sys, "argv", ["120", "report", "staffing", "--day", "2026-11-28", "--json"])
    with pytest.raises(SystemExit):
        cli.main()
    told = json.loads(capsys.readouterr().out)
    assert told["like_days"] == ["2026-11-21"] and told["half_hours"][0]["agents"] >= 1
    code, out, err = command(*period, "--by", "moon")
    assert (code, out) == (1, "") and "[no-such-group]" in err
    code, out, err = command("--from", "yesterday")
    assert (code, out) == (1, "") and "[not-a-time]" in err
