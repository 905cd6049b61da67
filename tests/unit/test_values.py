"""Small values: case numbers, caller numbers and names, ARI's events, the numbers we answer, masked logs, roster files."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ari_app import events
from ari_app.case_numbers import CaseNumbers
from ari_app.provisioning import objects_for
from ari_app.roster import parse_roster
from centre120 import cases, numbers
from centre120.caller_id import caller_name, caller_number
from centre120.clean_text import CALLER_NAME_LIMIT
from centre120.logs import mask_numbers, masked

DAY = date(2026, 11, 21)


@given(st.integers(0, 9), st.integers(1, 99_999))
def test_a_case_number_reads_back_and_one_wrong_key_is_caught(writer: int, counter: int) -> None:
    number = cases.case_number(DAY, writer, counter)
    assert len(number) == 13 and cases.parse_case_number(cases.shown(number)) == number
    for place in range(13):
        wrong = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
        assert cases.parse_case_number(wrong) is None


@pytest.mark.parametrize("text", ["", "12", "26112110000130", "2611211000o13", "\u0661" * 13])
def test_what_can_be_no_case_number(text: str) -> None:
    assert cases.parse_case_number(text) is None


def test_a_counter_beyond_a_day_is_refused() -> None:
    with pytest.raises(ValueError, match="99999"):
        cases.case_number(DAY, 1, 100_000)


@pytest.mark.parametrize(
    ("text", "number"),
    [("01012345678", "01012345678"), ("+821012345678", "+821012345678"), ("anonymous", None), ("", None), ("0" * 60, None),
     ("1;rm", None), ("\u0661\u0662\u0663", None)],
)  # fmt: skip
def test_caller_number(text: str, number: str | None) -> None:
    assert caller_number(text) == number


@given(st.text())
def test_a_name_is_kept_exactly_or_cut_and_can_always_be_stored(text: str) -> None:
    name = caller_name(text)
    assert "\0" not in name and len(name) <= CALLER_NAME_LIMIT
    name.encode("utf-8")


def test_quoted_pairs_are_undone() -> None:
    assert caller_name('김 \\"길동\\" \\\\') == '김 "길동" \\'


def test_numbers_we_answer() -> None:
    assert numbers.meaning("031120") == ("120", True)
    assert numbers.meaning("120") == ("120", False)
    assert numbers.meaning("119") is None


def test_logs_mask_numbers_and_keep_identities() -> None:
    event = {"event": "call from 01012345678", "call_id": "01012345678", "agent": "201"}
    assert mask_numbers(None, "info", event) == {
        "event": "call from 010****5678",
        "call_id": "01012345678",
        "agent": "201",
    }
    assert masked("123") == "***"


@given(
    st.dictionaries(
        st.text(),
        st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.lists(inner), max_leaves=3),
    )
)
def test_no_event_of_any_shape_breaks_the_parser(raw: dict[str, object]) -> None:
    assert events.parse_event(json.dumps({**raw, "type": "SomethingNew"}).encode()) is None


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b'{"type":"StasisStart"}', b'{"type":"Dial","peer":"x"}', b"\xff{}"]
)
def test_what_is_no_event_is_refused_and_nothing_worse(text: bytes) -> None:
    with pytest.raises(ValueError):
        events.parse_event(text)


def test_events_become_values() -> None:
    channel = {
        "id": "1",
        "name": "PJSIP/201-0000001a",
        "state": "Up",
        "caller": {"number": "010", "name": "x"},
        "accountcode": "c",
    }

    def parsed(**event: object) -> events.Event | None:
        return events.parse_event(json.dumps(event).encode())

    event = parsed(type="StasisStart", channel=channel, args=["new", "c"])
    assert (
        isinstance(event, events.Entered) and event.args == ("new", "c") and event.channel.endpoint == "201"
    )
    assert isinstance(parsed(type="ChannelDestroyed", channel=channel, cause=16), events.Destroyed)
    assert isinstance(parsed(type="ApplicationReplaced"), events.Replaced)
    (leg,) = events.channels_of(json.dumps([channel]))
    assert leg.number == "010" and leg.account == "c"
    dialled = parsed(type="Dial", peer=channel, dialstatus="ANSWER")
    assert isinstance(dialled, events.Dialled) and dialled.peer.endpoint == "201" and dialled.caller is None
    assert events.Channel(name="Local/201@x").endpoint == ""


def entry(**changed: object) -> str:
    agent = {
        "extension": "201",
        "name": "김민지",
        "ha1": "0" * 32,
        "languages": ["ko"],
        "active": True,
    } | changed
    return json.dumps({"agents": [agent]})


def test_roster_file() -> None:
    assert parse_roster(entry())["201"].languages == {"ko"}
    assert parse_roster(entry(active=False)) == {}
    for broken in (entry(extension="201&PJSIP/x"), entry(extension="\u0661")):
        with pytest.raises(ValueError, match="not digits"):
            parse_roster(broken)


def test_an_agent_is_pushed_with_ha1_only_and_may_not_transfer_from_the_phone() -> None:
    (agent,) = parse_roster(entry()).values()
    told = {kind: fields for kind, _, fields in objects_for(agent, 8)}
    assert told["auth"]["password_digest"] == "MD5:" + "0" * 32 and "password" not in told["auth"]
    assert told["endpoint"]["allow_transfer"] == "no" and told["endpoint"]["context"] == "agent"
    assert told["endpoint"]["rtp_timeout"] == "8"


@pytest.mark.parametrize("name", ['Han" <911>', "Han\r\nBcc: x", "  Han\t", ""])
def test_an_agents_name_can_not_break_out_of_the_caller_id(name: str) -> None:
    (agent,) = parse_roster(entry(name_latin=name)).values()
    text = objects_for(agent, 8)[2][2]["callerid"]
    assert text.endswith(f" <{agent.extension}>") and text.count("<") == text.count(">") == 1
    assert text.isprintable() and '"' not in text


def test_a_worker_goes_on_counting_behind_its_journal_and_anew_each_day_of_its_zone() -> None:
    seoul = ZoneInfo("Asia/Seoul")
    evening = datetime(2026, 11, 21, 14, 59, tzinfo=UTC)  # 23:59 in Seoul
    own = {"case_number": cases.case_number(date(2026, 11, 21), 1, 41)}
    others = {"case_number": cases.case_number(date(2026, 11, 21), 2, 99)}
    yesterdays = {"case_number": cases.case_number(date(2026, 11, 20), 1, 77)}
    numbers = CaseNumbers(1, seoul, [yesterdays, own, {"kind": "JournalOpened"}, others], evening)
    assert numbers.next(evening) == cases.case_number(date(2026, 11, 21), 1, 42)
    assert numbers.next(evening + timedelta(minutes=1)) == cases.case_number(date(2026, 11, 22), 1, 1)
