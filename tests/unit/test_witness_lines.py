"""No line, whatever is in it, raises; a good one survives all the way."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centre120.clean_text import clean_json, clean_text, decode_uri
from centre120.witnesses import (
    CdrRecord,
    CelEvent,
    JournalRecord,
    Rejected,
    parse_cdr_line,
    parse_cel_line,
    parse_journal_line,
    parse_time,
)
from tests.support.calls import CALL, answered, lines

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
PARSERS = [parse_journal_line, parse_cel_line, parse_cdr_line]


@given(st.binary(max_size=300), st.sampled_from(PARSERS))
def test_any_bytes(line: bytes, parser: object) -> None:
    assert isinstance(parser(line), (Rejected, CelEvent, JournalRecord, CdrRecord))  # type: ignore[operator]


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "writer",
                "seq",
                "at",
                "kind",
                "call_id",
                "eventenum",
                "eventtime",
                "eventextra",
                "uniqueid",
                "sequence",
                "start",
            ]
        ),
        json_values,
    ),
    st.sampled_from(PARSERS),
)
def test_any_json(entry: dict[str, object], parser: object) -> None:
    line = json.dumps(entry).encode()
    assert isinstance(parser(line), (Rejected, CelEvent, JournalRecord, CdrRecord))  # type: ignore[operator]


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 100_000,
        b'{"writer":"a","seq":' + b"9" * 5000 + b"}",
        b'{"writer":"cel","seq":1,"at":"2026-01-01T00:00:00+00:00","kind":"x"}',
        b'{"writer":"a","seq":true,"at":"2026-01-01T00:00:00+00:00","kind":"x"}',
        b'{"writer":"a","seq":1,"at":"0001-01-01","kind":"x"}',
        b"\xff\xfe",
        b"{}",
        b"null",
    ],
    ids=["nesting", "huge number", "false witness", "boolean", "year 1", "no UTF-8", "empty", "null"],
)
def test_bad_journal_line_says_why(line: bytes) -> None:
    assert isinstance(parse_journal_line(line), Rejected)


def test_story_lines_are_read_whole() -> None:
    story = answered()
    for line in lines(story.cel).splitlines():
        assert isinstance(parse_cel_line(line), CelEvent)
    for line in lines(story.journal).splitlines():
        assert isinstance(parse_journal_line(line), JournalRecord)
    (cdr,) = [parse_cdr_line(line) for line in lines(story.cdr).splitlines()]
    assert isinstance(cdr, CdrRecord)
    assert (cdr.sequence, cdr.start_at, cdr.answer_at) == (7, datetime(2026, 11, 21, tzinfo=UTC), None)


def test_real_line_of_asterisk_22() -> None:
    event = parse_cel_line(
        b'{"eventtype":"CENTRE_ENTERED","eventenum":"USER_DEFINED","userdeftype":"CENTRE_ENTERED","eventtime":'
        b'1795304982.734020,"name":"sipp","num":"sipp","exten":"s","context":"entry","channame":"PJSIP/trunk_a-4",'
        b'"accountcode":"5d74672f-9a1a-4bbb-9c3a-736c6cfa5bff","uniqueid":"centre120-1795304982.4","linkedid":'
        b'"centre120-1795304982.4","eventextra":"{\\"extra\\":\\"origin=120;dialled=120\\"}"}'
    )
    assert isinstance(event, CelEvent)
    assert (event.user_event, event.extra, event.call_id) == (
        "CENTRE_ENTERED",
        "origin=120;dialled=120",
        CALL,
    )
    assert event.at == datetime(2026, 11, 21, 23, 49, 42, 734020, UTC)


def written_by_asterisk(**fields: str | float) -> bytes:
    """As res_cdrel_custom writes: a backslash before each quotation mark, nothing else."""

    def value(entry: str | float) -> str:
        return '"' + entry.replace('"', '\\"') + '"' if isinstance(entry, str) else f"{entry:.6f}"

    return ("{" + ",".join(f'"{key}":{value(entry)}' for key, entry in fields.items()) + "}").encode()


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40))
def test_no_name_keeps_a_call_off_the_record(name: str) -> None:
    """Whatever the caller is called, the fields that follow are read as they were written."""
    line = written_by_asterisk(
        eventtype="CHAN_START",
        eventenum="CHAN_START",
        eventtime=1795304982.5,
        name=name,
        uniqueid="a.1",
        exten="120",
    )
    event = parse_cel_line(line)
    assert isinstance(event, CelEvent)
    assert (event.event, event.uniqueid, event.exten) == ("CHAN_START", "a.1", "120")


@pytest.mark.parametrize(
    "name",
    [
        'x","uniqueid":"b.2',
        '\\","uniqueid":"b.2',
        '\\","uniqueid":"b.2","z":"\\',
        '\\"',
        "\\",
        '"}\n{"eventtype":"',
        "\x1f",
    ],
)
def test_no_name_puts_words_into_asterisks_mouth(name: str) -> None:
    line = written_by_asterisk(eventenum="CHAN_START", eventtime=1795304982.5, name=name, uniqueid="a.1")
    event = parse_cel_line(line)
    assert isinstance(event, CelEvent) and event.uniqueid == "a.1"


def test_name_that_is_no_utf8_is_read_with_marks() -> None:
    line = written_by_asterisk(eventenum="ANSWER", eventtime=1.8e9, name="x", uniqueid="a.1")
    event = parse_cel_line(line.replace(b'"x"', b'"\xff\xb0"'))
    assert isinstance(event, CelEvent) and event.name == "\ufffd\ufffd"


@given(st.text() | st.from_regex(r"(%[0-9a-fA-F]{2}|[a-z%])*"))
def test_decoded_name_is_storable(text: str) -> None:
    name = decode_uri(text)
    name.encode("utf-8")
    assert "\0" not in name and len(name) <= 256


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200))
def test_clean_text_keeps_every_good_text(text: str) -> None:
    assert clean_text(text) == text


def test_half_surrogates_and_no_numbers() -> None:
    assert clean_text("a\ud800b") == "a\ufffdb"
    assert clean_json({"a\0": [float("nan"), "\ud83d", {"b": float("inf")}]}) == {
        "a": [None, "\ufffd", {"b": None}]
    }


@pytest.mark.parametrize(
    "entry", [float("nan"), float("inf"), 1e300, -1e300, "", "soon", None, True, [], "99999999999999"]
)
def test_no_time(entry: object) -> None:
    assert parse_time(entry) is None


def test_torn_line_and_the_whole_one_after_it_are_not_one_line() -> None:
    whole = written_by_asterisk(eventtype="ANSWER", eventenum="ANSWER", eventtime=1.8e9, uniqueid="a.1")
    assert parse_cel_line(b'{"eventtype":"HALF' + whole) == Rejected("not JSON")
