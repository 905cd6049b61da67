"""sounds/prompts.csv: every kind of mistake gets a message with its line, and the good lines go on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centre120.prompts import parse_prompts, prompt_ids

HEAD = b"id,language,text,origin\n"
GOOD = "hello,ko,안녕하세요,\n".encode()


@pytest.mark.parametrize(
    ("line", "found", "step"),
    [
        (b"hello,en,Hello", "it has 3 columns", "Four are needed"),
        (b"hello,en,Hello, you,", "it has 5 columns", '"..."'),
        (b'hello,en,"Hello,', "quotes do not match", '""'),
        (b"hello,fr,Bonjour,", "the language is 'fr'", "ko, en, zh, ja, vi, mn"),
        (b"Hello!,en,Hello,", "the id is 'Hello!'", "small letters"),
        (b"../x,en,Hello,", "the id is '../x'", "small letters"),
        (b",en,Hello,", "the id is ''", "small letters"),
        (b"hello,en,  ,", "the text of 'hello' is empty", "Write what"),
        (b"hello,en,...,", "the text of 'hello' is empty", "Write what"),
        (b"hello,en,Hello,radio", "the origin is 'radio'", "recording, gtts, espeak-ng"),
        (b"hello,en,Hel\x07lo,", "U+0007", "Remove it"),
        ("hello,en,Hel\u202elo,".encode(), "U+202E", "Remove it"),
        (b"hello,en,Hel\xfflo,", "byte 13 (0xff) is not UTF-8", "UTF-8"),
        ("hello,ko,다시,".encode(), "stands in line 2 already", "the first counts"),
        (b"position-3,en,Third,", "spelled by the program", "sounds/recordings/en/position-3.wav"),
        (b"hello,en," + b"a" * 501 + b",", "the text has 501 letters", "500"),
    ],
)
def test_a_bad_line_is_named_and_the_good_ones_count(line: bytes, found: str, step: str) -> None:
    listed = parse_prompts(HEAD + GOOD + line + "\nbye,ko,안녕히,\n".encode())
    assert [problem.line for problem in listed.problems] == [3]
    assert found in listed.problems[0].found
    assert step in listed.problems[0].next_step
    assert listed.prompts[("hello", "ko")].text == "안녕하세요"
    assert ("bye", "ko") in listed.prompts


def test_a_prompt_without_korean_is_named_and_kept() -> None:
    listed = parse_prompts(HEAD + b"\nhello,en,Hello,\n")
    assert str(listed.problems[0]).startswith("sounds/prompts.csv, line 3: 'hello' has no Korean row.")
    assert ("hello", "en") in listed.prompts


def test_a_wrong_heading_is_named() -> None:
    assert "first line must be" in parse_prompts(b"id;language\n" + GOOD).problems[0].next_step


def test_windows_line_ends_a_byte_order_mark_and_decomposed_korean_are_no_mistakes() -> None:
    text = "\ufeffid,language,text,origin\r\nhello,ko,\u1112\u1161\u11ab,\r\n"
    listed = parse_prompts(text.encode())
    assert listed.problems == ()
    assert listed.prompts[("hello", "ko")].text == "한"


def test_ids_hold_the_generated_ones() -> None:
    ids = prompt_ids((HEAD + GOOD).decode())
    assert {"hello", "position-1", "position-99", "minutes-60", "digit-0"} <= set(ids)


def test_english_stands_in_then_korean_and_a_row_of_its_own_first() -> None:
    rows = "menu,ko,영어,\nmenu,en,English,\nmenu-mn,ko,몽골어,\nmenu-mn,en,Mongolian,\n"
    listed = parse_prompts(HEAD + rows.encode() + GOOD)
    assert listed.stand_ins("menu", "mn") == (("menu-mn", "en"), ("menu", "en"), ("menu", "ko"))
    assert listed.stand_ins("menu", "zh") == (("menu", "en"), ("menu", "ko"))
    assert listed.stand_ins("hello", "mn") == (("hello", "ko"),)
    assert [key for key in listed.playable() if key[0] == "menu-mn"] == [("menu-mn", "ko"), ("menu-mn", "en")]


@given(st.binary(max_size=200))
def test_no_bytes_stop_the_parser(data: bytes) -> None:
    listed = parse_prompts(HEAD + data + b"\n" + GOOD)
    assert ("hello", "ko") in listed.prompts
    for prompt in listed.prompts.values():
        assert prompt.text.isprintable()
        assert prompt.id.replace("-", "a").isalnum()
