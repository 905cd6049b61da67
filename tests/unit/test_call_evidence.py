"""`./120 call`: what the witnesses' lines become, and what they must not be taken for."""

import json
from pathlib import Path
from typing import Any

from ops.call_evidence import CallEvidence, received_counts, user_extra
from ops.call_files import JsonLines, parse_line

BEGAN = 1_000_000.0


def cel(kind: str, at: float, **fields: str) -> dict[str, Any]:
    user = kind.startswith("CENTRE_")
    return {
        "eventtype": kind,
        "eventenum": "USER_DEFINED" if user else kind,
        "userdeftype": kind if user else "",
        "eventtime": BEGAN + at,
        "channame": "PJSIP/trunk_a-00000001",
        "linkedid": "7.1",
        "accountcode": "",
        "eventextra": "",
        **fields,
    }


ENTERED = '{"extra":"origin=120;dialled=120;outside=0;trunk=trunk_a;number=%s;name=x%%3By"}'


def followed() -> CallEvidence:
    evidence = CallEvidence("01000001234", BEGAN)
    evidence.take_cel(cel("CHAN_START", 0.01))
    evidence.take_cel(cel("CENTRE_ENTERED", 0.05, accountcode="call-1", eventextra=ENTERED % "01000001234"))
    return evidence


def test_a_call_is_found_by_trunk_number_and_time_only() -> None:
    evidence = CallEvidence("+82212345678", BEGAN)
    ours = ENTERED % "%2B82212345678"
    strangers = [
        cel("CHAN_START", -60, linkedid="1.1"),  # an earlier call of the same number
        cel("CENTRE_ENTERED", -59, linkedid="1.1", eventextra=ours),
        cel("CHAN_START", 0.01, linkedid="2.1"),
        cel("CENTRE_ENTERED", 0.02, linkedid="2.1", eventextra=ENTERED % "0299"),
        cel("CHAN_START", 0.01, linkedid="3.1", channame="PJSIP/201-00000009"),
        cel("CENTRE_ENTERED", 0.02, linkedid="3.1", eventextra=ours),
        cel("CHAN_START", 0.03),
    ]
    assert [step for event in strangers for step in evidence.take_cel(event)] == []
    steps = evidence.take_cel(cel("CENTRE_ENTERED", 0.05, accountcode="call-1", eventextra=ours))
    assert [(step.what, round(step.at, 2)) for step in steps] == [("arrived", 0.03), ("entered", 0.05)]
    assert evidence.call_id == "call-1"
    evidence.take_cel(cel("ANSWER", 0.06))
    assert evidence.answered_by is None  # the trunk's own channel is no agent


def test_prompts_keys_and_language_are_told_with_their_words() -> None:
    evidence = followed()
    told = [
        evidence.take_cel(cel("CENTRE_PROMPT", 1, eventextra='{"extra":"menu"}'))[0].as_json(),
        evidence.take_cel(cel("CENTRE_MENU_KEY", 2, eventextra='{"extra":"9"}'))[0].as_json(),
        evidence.take_cel(cel("CENTRE_LANGUAGE_CHOSEN", 3, eventextra="en"))[0].as_json(),
    ]
    assert told == [
        {"at": 1.0, "what": "prompt", "prompt": "menu"},
        {"at": 2.0, "what": "menu-key", "key": "9"},
        {"at": 3.0, "what": "language-chosen", "language": "en"},
    ]
    assert evidence.language == "en"
    assert evidence.take_cel(cel("CENTRE_PROMPT", 1, linkedid="8.1")) == []


def test_an_agent_answers_once_whoever_tells_it_first() -> None:
    evidence = followed()
    [step] = evidence.take_cel(cel("ANSWER", 6.5, channame="PJSIP/201-0000000a"))
    assert step.as_json() == {
        "at": 6.5, "what": "answered-by-agent", "agent": "201", "channel": "PJSIP/201-0000000a"
    }  # fmt: skip
    record = {"kind": "CallAnswered", "call_id": "call-1", "agent": "202", "waited_seconds": 3}
    assert evidence.take_journal(record, BEGAN + 7) == []
    assert (evidence.answered_by, evidence.answered_after) == ("201", 6.5)


def test_a_department_on_a_trunk_is_no_agent() -> None:
    evidence = followed()
    evidence.take_cel(cel("ANSWER", 6, channame="PJSIP/trunk_b-0000000a"))
    assert evidence.answered_by is None


def test_the_journal_gives_case_number_and_language_of_our_call_alone() -> None:
    evidence = followed()
    queued = {"kind": "CallQueued", "call_id": "call-2", "case_number": "1", "language": "mn"}
    assert evidence.take_journal(queued, BEGAN) == []
    [step] = evidence.take_journal({**queued, "call_id": "call-1"}, BEGAN + 2)
    assert (step.what, evidence.case_number, evidence.language) == ("waiting", "1", "mn")


def test_the_far_end_counts_only_for_who_answered_and_since() -> None:
    evidence = followed()
    line = {"who": "201", "at": BEGAN + 8, "tones": [600]}
    assert evidence.heard_at_far_end(line, 600) is None
    evidence.take_cel(cel("ANSWER", 6, channame="PJSIP/201-0000000a"))
    assert evidence.heard_at_far_end(line, 600) is True
    assert evidence.heard_at_far_end({**line, "tones": [740]}, 600) is False
    assert evidence.heard_at_far_end({**line, "who": "202"}, 600) is None
    assert evidence.heard_at_far_end({**line, "at": BEGAN + 2}, 600) is None
    assert evidence.heard_at_far_end({**line, "tones": "600"}, 600) is False


def test_lines_of_any_shape_do_not_disturb() -> None:
    evidence = followed()
    for line in (
        {},
        {"eventenum": None, "linkedid": "7.1"},
        {"eventtime": "x", "channame": 5, "linkedid": "7.1"},
    ):
        assert evidence.take_cel(line) == []
        assert evidence.take_journal(line, 0) == []
    assert user_extra(None) == ""
    assert user_extra("[1]") == "[1]"


def test_a_line_that_is_no_object_is_nothing() -> None:
    assert parse_line(b'{"a":1}') == {"a": 1}
    assert parse_line(b"[1]") is None
    assert parse_line(b'{"name":"\xff"}') is None
    assert parse_line(b"{nonsense") is None


def test_a_growing_file_gives_each_line_once_and_never_half_a_line(tmp_path: Path) -> None:
    path = tmp_path / "cel.json"
    path.write_text('{"old":1}\n')
    lines = JsonLines(path)
    with path.open("a") as file:
        file.write('{"a":1}\nnonsense\n{"b":')
    assert list(lines.new()) == [{"a": 1}]
    with path.open("a") as file:
        file.write("2}\n")
    assert list(lines.new()) == [{"b": 2}]
    path.write_text(json.dumps({"begun": "anew"}) + "\n")
    assert list(lines.new()) == [{"begun": "anew"}]
    assert list(JsonLines(tmp_path / "absent").new()) == []


def test_a_file_that_is_rotated_between_two_looks_loses_no_line(tmp_path: Path) -> None:
    path = tmp_path / "cel.json"
    path.write_text('{"old":1}\n')
    lines = JsonLines(path)
    with path.open("a") as file:
        file.write('{"a":1}\n')
    path.rename(tmp_path / "cel.json.1")
    assert list(lines.new()) == [{"a": 1}]
    with (tmp_path / "cel.json.1").open("a") as file:
        file.write('{"b":2}\n')  # was on its way when the file was renamed
    path.write_text('{"c":3}\n')
    assert list(lines.new()) == [{"b": 2}, {"c": 3}]


def test_packet_counts_are_read_with_and_without_a_bridge() -> None:
    text = """
 BridgeId ChannelId ........ UpTime.. Codec.   Count    Lost Pct  Jitter   Count    Lost Pct  Jitter RTT....
 ===========================================================================================================
 fb893af1 201-0000002e       00:00:01 alaw       22       0    0   0.000     21       0    0   0.000   0.000
          trunk_a-0000002d   00:00:01 alaw       21       0    0   0.000     22       0    0   0.000   0.000
Objects found: 2
"""
    assert received_counts(text) == {"201-0000002e": 22, "trunk_a-0000002d": 21}
