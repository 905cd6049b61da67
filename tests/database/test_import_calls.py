"""`./120 import calls`: the same figures as a direct count of the file, once only, and out again without a trace."""

import csv
import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from centre120.settings import REPOSITORY
from centre120.store.database import Database
from centre120.store.schema.calls import call_imports, calls
from centre120.traces import BANK_COLUMNS
from ops import cli

SAMPLE = REPOSITORY / "tests" / "samples" / "bank.txt"
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(
    fresh_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    (tmp_path / "settings.env").write_text(f"CENTRE120_DATABASE_URL={fresh_url}\n")
    monkeypatch.setenv("CENTRE120_HOME", str(tmp_path))
    monkeypatch.delenv("CENTRE120_DATABASE_URL", raising=False)

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["120", "import", "calls", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    return run


def bank_file(path: Path, rows: int, separator: str, iso: bool) -> None:
    """A log in the bank's format, every 50th row twice, as real rows may be."""
    chance = random.Random(rows)
    lines = [separator.join(BANK_COLUMNS)]
    for number in range(rows):
        day, entry = chance.randrange(1, 29), chance.randrange(7 * 3600, 23 * 3600)
        outcome = chance.choices(["AGENT", "HANG", "PHANTOM"], [80, 17, 3])[0]
        waited = chance.choice([0, 0, 3, 40, 200])
        service = chance.randrange(5, 900) if outcome == "AGENT" else 0

        def clock(seconds: int) -> str:
            return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"

        cells = [
            "AA0101", number, 0, chance.choice([0, 1, 2]), "PS",
            f"1999-11-{day:02d}" if iso else f"9911{day:02d}", clock(entry), clock(entry + 9),
            chance.choice([9, -2]), clock(entry + 9) if waited else "0:00:00",
            clock(entry + 9 + waited) if waited else "0:00:00", waited, outcome,
            clock(entry + 9 + waited) if service else "0:00:00",
            clock(entry + 9 + waited + service) if service else "0:00:00", service,
            "MICHAL" if service else "NO_SERVER",
        ]  # fmt: skip
        lines += [separator.join(map(str, cells))] * (2 if number % 50 == 0 else 1)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def direct_count(path: Path, separator: str) -> dict[str, Any]:
    """Of the file itself, by nothing of ours."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=separator))
    served = [row for row in rows if row["outcome"] == "AGENT"]
    hung_up = sum(row["outcome"] == "HANG" for row in rows)
    return {
        "total": len(served) + hung_up,
        "answered": len(served),
        "abandoned": hung_up,
        "mean_wait": pytest.approx(sum(int(row["q_time"]) for row in served) / len(served)),
        "mean_service": pytest.approx(sum(int(row["ser_time"]) for row in served) / len(served)),
        "phantom": sum(row["outcome"] == "PHANTOM" for row in rows),
    }


def on_record(database: Database) -> dict[str, Any]:
    query = sa.select(
        sa.func.count(),
        sa.func.count().filter(calls.c.outcome == "answered"),
        sa.func.count().filter(calls.c.outcome.like("%abandoned%")),
        sa.func.avg(calls.c.waited_seconds).filter(calls.c.outcome == "answered"),
        sa.func.avg(calls.c.talked_seconds).filter(calls.c.outcome == "answered"),
    ).where(calls.c.import_id.is_not(None))
    with database.transaction() as tx:
        row = tx.execute(query).one()
    return dict(zip(("total", "answered", "abandoned", "mean_wait", "mean_service"), row, strict=True))


@pytest.mark.parametrize(("separator", "iso"), [("\t", False), (",", True), (",", False)])
def test_the_banks_log_gives_the_figures_of_a_direct_count(
    command: Command, fresh: Database, tmp_path: Path, separator: str, iso: bool
) -> None:
    path = tmp_path / "bank.csv"
    bank_file(path, 700, separator, iso)
    wanted = direct_count(path, separator)
    code, out, _ = command(path, "--json")
    told = json.loads(out)
    assert (code, told["rejected"]) == (0, 0)
    assert {name: told[name] for name in wanted} == wanted
    assert told["added"] == wanted["total"]
    del wanted["phantom"]
    assert on_record(fresh) == wanted


def test_a_second_import_adds_nothing_and_an_undo_leaves_nothing(
    command: Command, fresh: Database, tmp_path: Path
) -> None:
    path = tmp_path / "bank.txt"
    bank_file(path, 300, "\t", iso=False)
    first = json.loads(command(path, "--json")[1])
    second = json.loads(command(path, "--json")[1])
    assert (second["added"], second["import_id"]) == (0, None)
    assert {name: second[name] for name in ("total", "answered", "mean_wait")} == {
        name: first[name] for name in ("total", "answered", "mean_wait")
    }
    text = path.read_text(encoding="utf-8")
    path.write_text(text + text.splitlines()[1].replace("9911", "9912") + "\n", encoding="utf-8")
    longer = json.loads(command(path, "--json")[1])
    assert longer["added"] == 1  # what is new in a longer file
    assert [one["added"] for one in json.loads(command("--list", "--json")[1])] == [1, first["added"]]
    assert json.loads(command("--undo", str(first["import_id"]), "--json")[1])["removed"] == first["added"]
    assert on_record(fresh)["total"] == 1
    command("--undo", str(longer["import_id"]))
    with fresh.transaction() as tx:
        assert tx.scalar(sa.select(sa.func.count()).select_from(call_imports)) == 0
    code, _, err = command("--undo", "99")
    assert code == 1 and "[not-found]" in err


def test_rows_that_can_not_be_read_are_named_and_the_rest_comes_in(command: Command, tmp_path: Path) -> None:
    code, out, _ = command(SAMPLE, "--rejected", tmp_path / "rejected.csv", "--json")
    told = json.loads(out)
    assert code == 0
    assert [one["row"] for one in told["rejected_rows"]] == [13, 14, 15, 16, 17]
    assert (told["total"], told["phantom"], told["abandoned_of"]["abandoned-in-menu"]) == (11, 1, 1)
    assert len((tmp_path / "rejected.csv").read_text(encoding="utf-8-sig").splitlines()) == 6
    code, out, _ = command(SAMPLE)
    assert code == 0 and "row 15: outcome 'LOST' is none of" in out and "Nothing was added" in out


MAPPING = """
separator = ";"
time_format = "%d.%m.%Y %H:%M:%S"
[columns]
arrived_at = "시각"
waited_seconds = "대기"
talked_seconds = "상담"
outcome = "결과"
caller_number = "발신번호"
language = "언어"
type = "분야"
[outcome]
answered = ["응대", "OK"]
abandoned = "포기"
left-out = ["시험"]
[language]
ko = ["한국어"]
en = ["영어"]
[defaults]
origin_number = "120"
"""
FOREIGN = """시각;발신번호;언어;분야;대기;상담;결과
01.03.2024 09:00:00;01012345678;한국어;수도;0:12;2:30;응대
01.03.2024 09:01:00;;영어;"교통; 버스";75;;포기
01.03.2024 09:02:00;;영어;교통;3;;포기
01.03.2024 09:03:00;;영어;교통;3;;시험
01.03.2024 09:04:00;;화성어;교통;3;;포기
2024-03-01 09:05:00;;영어;교통;3;;포기
"""


def test_any_other_log_comes_in_by_a_mapping(command: Command, fresh: Database, tmp_path: Path) -> None:
    (tmp_path / "mapping.toml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "old.csv").write_bytes(FOREIGN.encode("cp949"))
    code, out, _ = command(tmp_path / "old.csv", "--mapping", tmp_path / "mapping.toml", "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["total"], told["answered"], told["abandoned"]) == (3, 1, 2)
    assert (told["mean_wait"], told["mean_service"]) == (12, 150)
    assert [one["row"] for one in told["rejected_rows"]] == [6, 7]
    columns = [
        calls.c[name] for name in ("caller_number", "language", "foreign_type", "outcome", "origin_number")
    ]
    with fresh.transaction() as tx:
        rows = tx.execute(sa.select(*columns, calls.c.queued_at).order_by(calls.c.arrived_at)).all()
    assert [tuple(row)[:5] for row in rows] == [
        ("01012345678", "ko", "수도", "answered", "120"),
        (None, "en", "교통; 버스", "abandoned", "120"),
        (None, "en", "교통", "short-abandoned", "120"),
    ]
    assert rows[0].queued_at.isoformat() == "2024-03-01T00:00:00+00:00"  # nine in Seoul


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ("columns = 3", "mapping-invalid"),
        ("[columns]\narrived_at='a'\noutcome='b'\nmoon='c'", "mapping-invalid"),
        ("[columns]\narrived_at='a'\noutcome='b'\n[outcome]\nlost='x'", "mapping-invalid"),
        ("not toml", "mapping-invalid"),
        ("[columns]\narrived_at='there is no such'\noutcome='outcome'", "call-log-unknown"),
    ],
)
def test_a_mapping_that_can_not_be_used_is_refused_in_words(
    command: Command, fresh: Database, tmp_path: Path, mapping: str, code: str
) -> None:
    (tmp_path / "mapping.toml").write_text(mapping, encoding="utf-8")
    left, out, err = command(SAMPLE, "--mapping", tmp_path / "mapping.toml")
    assert (left, out) == (1, "") and f"[{code}]" in err
    assert on_record(fresh)["total"] == 0
