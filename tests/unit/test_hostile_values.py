"""S8-S11: no value, whatever it holds, becomes anything but a value: AGI, AMI, ARI, CEL user events, caller's number and name.

Eight properties, each tried with eight pairs of texts from every example: hypothesis takes a thousandth of a second for one,
whatever it holds, so that a hundred thousand cases (1,600 examples in CI: HYPOTHESIS_CASES=ci) fit into a minute; `./120 check`
tries six thousand. Texts are made from bytes and a list of what breaks protocols: quick to make, and nastier than chance.
"""

import json
import os
import re
from collections.abc import Callable
from urllib.parse import quote as percent_encoded

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agi.protocol import command, parse_environment
from ari_app.ami import checked
from centre120.asterisk_json import read_asterisk_line
from centre120.caller_id import caller_name, caller_number
from centre120.clean_text import CALLER_NAME_LIMIT, decode_uri
from centre120.logs import mask_numbers
from centre120.rejected import Rejected
from centre120.security_event import parse_security_line
from centre120.witnesses import CelEvent, extra_fields, parse_cel_line

NASTY = (
    *('"', "\\", "'", "`", ",", ";", "|", "&", "=", ":", "%", "${", "$[", "$(", "}", "]", "\r", "\n", "\r\n", "\0", "\t"),
    *("\x7f", "\x85", "\u2028", "\u202e", "\u200b", "\ufeff", "\ufffd", "\ud800", "가", "😀", "%0d%0a", "%00", "%22"),
    "\nagi_network_script: evil\n",
    *("agi_", "HANGUP", "EXEC System", "Action: Originate", '","eventtype":"', '"}', "CENTRE_ENTERED", ";number="),
    *("--", "/*", "${SHELL(id)}", "<b>", "+82", "0", "1", "010", "a", " ", "𝟙", "١", "²"),
)  # fmt: skip


def hostile(raw: bytes) -> str:
    """Three bytes of four stand for something of the list, the others for a letter of Latin-1."""
    return "".join(NASTY[byte % len(NASTY)] if byte < 192 else chr(byte) for byte in raw)


def pairs(raw: bytes) -> list[tuple[str, str]]:
    """Eight pairs of texts: the whole, halves, every other letter, backwards, doubled, with an end that protocols fear."""
    half = len(raw) // 2
    kinds = (raw, raw[:half], raw[half:], raw[::2], raw[1::2], raw[::-1], raw * 2, raw + b"\x0d\x0e")
    texts = [hostile(kind) for kind in kinds]
    return list(zip(texts, [*texts[1:], texts[0]], strict=True))


EXAMPLE = st.binary(max_size=64)
EXAMPLES = 1_600 if os.environ.get("HYPOTHESIS_CASES") == "ci" else 100


def each(check: Callable[[str, str], None]) -> Callable[[], None]:
    """A test of that name which asks `check` for all pairs of an example."""

    @settings(max_examples=EXAMPLES, deadline=None)
    @given(EXAMPLE)
    def run(raw: bytes) -> None:
        for first, second in pairs(raw):
            check(first, second)

    run.__name__ = check.__name__
    run.__doc__ = check.__doc__
    return run  # type: ignore[return-value]


def words(line: bytes) -> list[str]:
    """An AGI line split as Asterisk's parse_args does (res_agi.c): quotes group, a backslash takes the next letter as it is."""
    found: list[str] = []
    current: list[str] | None = None
    quoted = escaped = False
    for letter in line.decode("utf-8", "replace").removesuffix("\n"):
        if escaped:
            current = [*(current or []), letter]
            escaped = False
        elif letter == "\\":
            escaped = True
            current = current or []
        elif letter == '"':
            quoted = not quoted
            current = current if current is not None else []
        elif letter in " \t" and not quoted:
            if current is not None:
                found.append("".join(current))
            current = None
        else:
            current = current if current is not None else []
            current.append(letter)
    return [*found, *(["".join(current)] if current is not None else [])]


@each
def test_s9_an_agi_command_is_one_line_that_reads_back_as_the_same_values(name: str, value: str) -> None:
    line = command("SET VARIABLE", name, value)
    assert line.count(b"\n") == 1 and line.endswith(b"\n") and b"\r" not in line and b"\0" not in line
    clean = [
        re.sub(r"[\x00-\x1f\x7f]", " ", text).encode("utf-8", "replace").decode() for text in (name, value)
    ]
    assert words(line) == ["SET", "VARIABLE", *clean]


@each
def test_s9_a_callers_text_in_agis_environment_changes_no_other_line(number: str, name: str) -> None:
    block = (
        "agi_network_script: welcome\n"
        f"agi_callerid: {number}\nagi_calleridname: {name}\nagi_accountcode: id\nagi_arg_1: \n"
    ).encode("utf-8", "replace")
    read = parse_environment(block)
    assert read["agi_network_script"] == "welcome"
    assert set(read) >= {"agi_network_script", "agi_callerid"}
    assert all(re.fullmatch(r"agi_[a-z0-9_]+", key) for key in read)


@each
def test_s10_an_ami_field_is_refused_or_is_exactly_one_line(name: str, value: str) -> None:
    try:
        fields = checked({name: value})
    except ValueError:
        assert re.search(r"[\r\n\0]", name + value)
        return
    wire = "".join(f"{key}: {text}\r\n" for key, text in fields.items()).encode("utf-8", "replace")
    assert wire.count(b"\r\n") == 1 and wire.count(b"\n") == 1 and wire.count(b"\r") == 1


@each
def test_s8_a_value_in_ari_json_is_the_same_value_on_the_other_side(value: str, _: str) -> None:
    message = {"type": "RESTRequest", "query_strings": [{"name": "value", "value": value}]}
    try:
        wire = orjson.dumps(message)
    except orjson.JSONEncodeError:  # half of a surrogate pair is no text: nothing is sent
        assert re.search("[\ud800-\udfff]", value)
        return
    assert json.loads(wire) == message
    assert not re.search(rb"[\x00-\x1f]", wire)


@each
def test_s7_name_and_number_in_a_cel_user_event_stay_in_their_fields(number: str, name: str) -> None:
    """As dialplan/20-entry.conf writes it: both in URIENCODE, the whole in a JSON line of Asterisk's."""
    sent = [text.encode("utf-8", "replace") for text in (number, name)]
    extra = (
        f"origin=120;trunk=trunk_a;number={percent_encoded(sent[0], '')};name={percent_encoded(sent[1], '')}"
    )
    line = json.dumps(
        {"eventtype": "CENTRE_ENTERED", "eventenum": "USER_DEFINED", "userdeftype": "CENTRE_ENTERED", "eventtime": 1795304982.5,
         "eventextra": json.dumps({"extra": extra})}
    )  # fmt: skip
    event = parse_cel_line(line.encode())
    assert isinstance(event, CelEvent) and event.user_event == "CENTRE_ENTERED"
    fields = extra_fields(event.extra)
    assert list(fields) == ["origin", "trunk", "number", "name"]
    assert (
        decode_uri(fields["name"])
        == name.encode("utf-8", "replace").decode().replace("\0", "")[:CALLER_NAME_LIMIT]
    )


@each
def test_s11_a_number_that_is_kept_is_digits_and_a_name_fits_into_postgresql(text: str, _: str) -> None:
    number = caller_number(text)
    assert number is None or (number == text and re.fullmatch(r"\+?[0-9]{1,20}", number))
    name = caller_name(text)
    name.encode("utf-8")  # no half of a surrogate pair
    assert "\0" not in name and len(name) <= CALLER_NAME_LIMIT


@each
def test_s7_a_line_of_asterisks_that_holds_anything_is_read_or_rejected(text: str, _: str) -> None:
    """Asterisk puts a backslash before a quotation mark and escapes nothing else (centre120/asterisk_json.py)."""
    written = text.replace('"', '\\"').replace("\n", " ")
    line = f'{{"eventtype":"HANGUP","eventenum":"HANGUP","peer":"{written}","eventtime":1795304982.5}}'
    read = read_asterisk_line(line.encode("utf-8", "replace"))
    if isinstance(read, Rejected):
        return
    assert read["eventtype"] == "HANGUP" and set(read) <= {"eventtype", "eventenum", "peer", "eventtime"}


@each
def test_s2_security_log_and_our_own_logs_take_no_line_from_a_caller(text: str, _: str) -> None:
    line = (
        'SecurityEvent="ChallengeSent",EventTV="2026-11-22T02:40:44.176+0000",Severity="Informational",Service="PJSIP",'
        f'EventVersion="1",AccountID="201",SessionID="{text}",LocalAddress="IPV4/UDP/127.0.0.1/5060",'
        'RemoteAddress="IPV4/UDP/203.0.113.9/39429",Challenge=""'
    )
    event = parse_security_line(line)
    assert event is not None and event.address == "203.0.113.9"
    masked = mask_numbers(None, "", {"event": text, "name": "01012345678"})
    written = json.dumps(masked)
    assert "\n" not in written and masked["name"] == "010****5678"


@pytest.mark.parametrize("value", ["", "plain", 'a"b\\c', "x\r\ny", " spaces ", "가\ud800", "\\", '"'])
def test_the_reader_of_agi_lines_reads_as_asterisk_does(value: str) -> None:
    clean = re.sub(r"[\x00-\x1f\x7f]", " ", value).encode("utf-8", "replace").decode()
    assert words(command("VERBOSE", value)) == ["VERBOSE", clean]
