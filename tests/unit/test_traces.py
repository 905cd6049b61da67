"""Call logs: both formats from hand-made samples, their oddities, and that no row whatever is fatal (hypothesis)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centre120 import trace_replay
from centre120.errors import CentreError
from centre120.settings import REPOSITORY
from centre120.traces import ABANDONED, ANSWERED, BANK_COLUMNS, OWN_COLUMNS, Trace, read_trace
from centre120.virtual_centre import replay

SAMPLES = REPOSITORY / "tests" / "samples"


def sample(name: str) -> Trace:
    return read_trace((SAMPLES / name).read_text(encoding="utf-8").splitlines())


def test_the_banks_log_is_read_with_its_oddities() -> None:
    trace = sample("bank.txt")
    assert (trace.format, str(trace.first_day)) == ("bank", "1999-01-01")
    assert [call.outcome for call in trace.calls].count(ABANDONED) == 3
    assert trace.left_out == {"hung up in the menu": 1, "phantom": 1}
    assert trace.oddities == {"negative vru_time": 1, "answered by NO_SERVER": 1}
    first = trace.calls[0]
    assert (first.at, first.patience_seconds, first.service_seconds, first.priority) == (36, 153, None, 3)
    walked_through = next(call for call in trace.calls if call.row == 5)
    assert (walked_through.at, walked_through.waited_seconds) == (7 * 3600 + 41 * 60 + 26, 0)


def test_a_wait_that_begins_past_midnight_is_on_the_next_day() -> None:
    late = next(call for call in sample("bank.txt").calls if call.row == 11)
    assert late.at == 86_400 + 2
    assert late.server == "MORIAH"


def test_malformed_rows_are_named_with_number_and_reason() -> None:
    assert [(one.row, one.reason) for one in sample("bank.txt").rejected] == [
        (13, "vru_entry 9:00:61 is no time of day"),
        (14, "date 991301 is no day"),
        (15, "outcome 'LOST' is none of AGENT, HANG, PHANTOM"),
        (16, "7 columns instead of 17"),
        (17, "q_time 'two' is no whole number of seconds"),
    ]


def test_our_own_format_is_read() -> None:
    trace = sample("own.csv")
    assert [(call.at, call.type, call.outcome, call.language) for call in trace.calls] == [
        (32_400, "water", ANSWERED, "ko"),
        (32_404, "transport", ANSWERED, "ko"),
        (32_405, "foreigners", ANSWERED, "en"),
        (32_409, "transport", ABANDONED, "ko"),
    ]
    assert [one.row for one in trace.rejected] == [6, 7]


@pytest.mark.parametrize("separator", ["\t", ",", ";", "  "])
def test_separators_a_mark_at_the_beginning_and_capitals_do_not_matter(separator: str) -> None:
    lines = (SAMPLES / "bank.txt").read_text(encoding="utf-8").splitlines()
    changed = [separator.join(line.split("\t")) for line in lines]
    changed[0] = "\ufeff" + changed[0].upper()
    assert read_trace(changed).calls == sample("bank.txt").calls


def test_the_banks_columns_are_known_without_a_header() -> None:
    lines = (SAMPLES / "bank.txt").read_text(encoding="utf-8").splitlines()[1:]
    assert [call.at for call in read_trace(lines).calls] == [call.at for call in sample("bank.txt").calls]


@pytest.mark.parametrize("lines", [[], ["hello"], ["a,b,c", "1,2,3"]])
def test_what_is_no_log_is_refused_in_words(lines: list[str]) -> None:
    with pytest.raises(CentreError, match="trace-format-unknown"):
        read_trace(lines)


cell = st.text(
    st.characters(blacklist_characters="\t\r\n", blacklist_categories=["Cs"]), max_size=12
) | st.sampled_from(
    [
        "0",
        "-3",
        "990101",
        "0:00:00",
        "25:00:00",
        "11:45:33",
        "AGENT",
        "HANG",
        "PHANTOM",
        "1e400",
        "nan",
        "-inf",
        "",
    ]
)


@pytest.mark.parametrize("header", ["\t".join(BANK_COLUMNS), "\t".join((*OWN_COLUMNS, "outcome"))])
@given(rows=st.lists(st.lists(cell, max_size=18).map("\t".join), max_size=8))
def test_no_row_is_fatal_and_every_row_is_accounted_for(header: str, rows: list[str]) -> None:
    trace = read_trace([header, *rows])
    read = sum(bool(row.strip("\r\n\ufeff\x00").strip()) for row in rows)
    assert len(trace.calls) + len(trace.rejected) + sum(trace.left_out.values()) == read
    for call in trace.calls:
        assert call.at >= 0
        assert all(value is None or value >= 0 for value in (call.service_seconds, call.patience_seconds))
    ended = replay(
        trace_replay.virtual_calls(trace, 1), trace_replay.virtual_agents(1), trace_replay.trace_policy(60)
    )
    assert len(ended) == len(trace.calls)


def test_the_replay_is_the_same_for_the_same_seed_and_staffed_as_the_log_says() -> None:
    trace = sample("bank.txt")
    calls = trace_replay.virtual_calls(trace, 5)
    assert calls == trace_replay.virtual_calls(trace, 5) != trace_replay.virtual_calls(trace, 6)
    steps = trace_replay.staffing(trace)
    assert max(count for _, count in steps) == 2  # BASCH and KAZAV talk in the same half hour
    assert steps[-1][1] == 0
    live = trace_replay.live_calls(trace, 5, speed=60, seconds=9 * 3600)
    assert live[0].at == 0
    assert live[-1].at <= 9 * 60


def test_patience_nobody_showed_is_drawn_beyond_what_was_waited() -> None:
    trace = sample("bank.txt")
    mean = trace_replay.mean_patience_seconds(trace.calls)
    waited = sum(call.waited_seconds or 0 for call in trace.calls)
    assert mean == pytest.approx(waited / 3)
    for call, virtual in zip(trace.calls, trace_replay.virtual_calls(trace, 9), strict=True):
        assert virtual.patience_seconds is not None
        assert virtual.patience_seconds >= (call.waited_seconds or 0)


def test_a_log_without_servers_had_as_many_agents_as_talks_at_once() -> None:
    trace = sample("own.csv")
    assert trace_replay.staffing(trace) in ([], [(0, 0)])
    assert trace_replay.most_at_once(trace) == 3
    assert [call.keys for call in trace_replay.live_calls(trace, 1, 1.0, None)] == ["0", "0", "91", "0"]
