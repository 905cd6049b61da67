"""The queue log, read back by a parser of the test's own, has the figures of the report; and no field can break a line."""

import io
import random
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from centre120.queue_log import QueueCall, events_of, written
from centre120.store.database import Database
from centre120.store.reports import list_totals
from centre120.store.schema.calls import calls, offers
from ops.report_queue_log import write_log
from tests.database.test_reports import SINCE, UNTIL, ZONE, random_calls, record


def parse(text: str) -> list[dict[str, str]]:
    """As a program that knows only Asterisk's documentation reads it."""
    lines = []
    for line in text.splitlines():
        at, call, queue, agent, event, *data = line.split("|")
        lines.append({"at": at, "call": call, "queue": queue, "agent": agent, "event": event}
                     | {f"data{number}": one for number, one in enumerate(data, 1)})  # fmt: skip
    return lines


@pytest.fixture
def log(fresh: Database) -> list[dict[str, str]]:
    rows = random_calls(random.Random(4), 300)
    for row in rows:
        row["waited_seconds"] = float(round(row["waited_seconds"] or 0))  # type: ignore[call-overload]
        row["channel_id"] = f"centre-{row['call_id']}"
    with fresh.transaction() as tx:
        record(tx, rows, {row["call_id"] for row in rows[:40] if row["outcome"] == "answered"})
        tx.execute(offers.insert().values(offer_id="o1", call_id=rows[0]["call_id"], agent_extension="209", offered_at=SINCE,
                                          ended_at=SINCE + timedelta(seconds=20), result="no-answer"))  # fmt: skip
        tx.execute(
            sa.update(calls)
            .values(queued_at=SINCE, arrived_at=SINCE)
            .where(calls.c.call_id == rows[0]["call_id"])
        )
    stream = io.StringIO()
    assert write_log(fresh, SINCE, UNTIL, stream, numbers=False) == stream.getvalue().count("\n")
    return parse(stream.getvalue())


def test_an_independent_parser_finds_the_figures_of_the_report(
    fresh: Database, log: list[dict[str, str]]
) -> None:
    with fresh.transaction() as tx:
        ((_, whole),) = list_totals(tx, SINCE, UNTIL, (), 15, ZONE)
    events = Counter(line["event"] for line in log)
    connects = [line for line in log if line["event"] == "CONNECT"]
    assert events["ENTERQUEUE"] == whole.offered > 100
    assert len(connects) == whole.answered > 20
    assert events["ABANDON"] == whole.abandoned + whole.short_abandoned > 20
    assert sum(int(line["data1"]) for line in connects) == whole.waited_seconds
    assert sum(int(line["data1"]) <= 15 for line in connects) == whole.answered_within
    ends = ("COMPLETECALLER", "COMPLETEAGENT", "BLINDTRANSFER", "ATTENDEDTRANSFER")
    assert sum(events[name] for name in ends) == whole.answered
    assert events["ATTENDEDTRANSFER"] == whole.forwarded > 0
    assert events["RINGNOANSWER"] == 1


def test_lines_are_in_order_each_call_enters_first_and_numbers_are_masked(log: list[dict[str, str]]) -> None:
    moments = [int(line["at"]) for line in log]
    assert moments == sorted(moments)
    seen: set[str] = set()
    for line in log:
        assert (line["event"] == "ENTERQUEUE") == (line["call"] not in seen), line
        seen.add(line["call"])
    numbers = {line["data2"] for line in log if line["event"] == "ENTERQUEUE"}
    assert "01011112222" not in numbers and len(numbers) > 2


@given(st.text(), st.text(), st.text())
def test_no_value_breaks_a_line(name: str, queue: str, number: str) -> None:
    call = QueueCall(name, queue, SINCE, "abandoned", 7.0, 0.0, number)
    for _, line in events_of(call):
        assert len(line.splitlines()) == 1
        assert line.split("|")[4] in ("ENTERQUEUE", "ABANDON")
    assert written("a|b\nc\u202e") == "a_b_c_"
