"""FastAGI: the protocol as values (fuzzed), and the server against a broken, slow or hostile peer."""

import asyncio
import contextlib
import random
import re

import pytest
from asterisk.agi import AGIAppError, AGIHangup
from hypothesis import given
from hypothesis import strategies as st

from agi import server as serving
from agi.protocol import command, parse_environment, parse_reply, quote
from agi.session import Session

ENVIRONMENT = b"agi_network: yes\nagi_network_script: welcome\nagi_callerid: 01012345678\nagi_accountcode: abc\nagi_arg_1: 7\n\n"


@given(st.lists(st.text(max_size=60), max_size=4))
def test_a_command_is_always_exactly_one_line_whatever_the_arguments(arguments: list[str]) -> None:
    line = command("SET VARIABLE", *arguments)
    assert line.count(b"\n") == 1 and line.endswith(b"\n") and b"\r" not in line and b"\0" not in line


@given(
    st.text(
        alphabet=st.characters(min_codepoint=32, exclude_characters="\x7f", exclude_categories=("Cs",)),
        max_size=80,
    )
)
def test_a_quoted_argument_reads_back_as_itself(argument: str) -> None:
    inside = quote(argument)[1:-1]
    read, escaped = "", False
    for character in inside:
        if escaped or character != "\\":
            assert escaped or character != '"', "an unescaped quote ends the argument"
            read, escaped = read + character, False
        else:
            escaped = True
    assert read == argument


@pytest.mark.parametrize("verb", ["set variable", "EXEC\n", "EXEC;", ""])
def test_a_verb_that_is_no_verb_is_refused(verb: str) -> None:
    with pytest.raises(ValueError, match="no AGI command"):
        command(verb)


def test_a_name_with_a_line_end_can_not_replace_an_environment_line() -> None:
    block = b"agi_network_script: welcome\nagi_calleridname: x\nagi_network_script: evil\nEXEC System\n\n"
    environment = parse_environment(block)
    assert environment["agi_network_script"] == "welcome"
    assert set(environment) == {"agi_network_script", "agi_calleridname"}


def reference(block: bytes) -> dict[str, str]:
    """The environment read the slow way, line by line."""
    found: dict[str, str] = {}
    for line in block.split(b"\n"):
        name, colon, value = line.partition(b":")
        if colon and re.fullmatch(rb"agi_[a-z0-9_]+", name):
            found.setdefault(name.decode(), value.strip().decode("utf-8", "replace"))
    return found


LINES = st.one_of(
    st.binary(max_size=30),
    st.sampled_from(
        [
            b"agi_callerid: 1",
            b"agi_callerid: 2",
            b"agi_x:",
            b" agi_x: 3",
            b"agi_network_script: welcome",
            b"agi_x",
        ]
    ),
)


@given(st.lists(LINES, max_size=12))
def test_fields_looked_up_when_asked_are_those_of_reading_line_by_line(parts: list[bytes]) -> None:
    block = b"\n".join(parts)
    environment, wanted = parse_environment(block), reference(block)
    assert dict(environment) == wanted and len(environment) == len(wanted)
    assert environment.get("agi_nothing") is None and environment.get("x\nagi_callerid") is None


def test_bytes_that_are_no_utf8_become_replacement_characters() -> None:
    assert parse_environment(b"agi_calleridname: \xff\xfeKim\n\n")["agi_calleridname"].endswith("Kim")


def test_replies() -> None:
    reply = parse_reply(b"200 result=1 (en)\n")
    assert reply is not None and (reply.code, reply.result, reply.value) == (200, "1", "en")
    assert parse_reply(b"520-Invalid command syntax.  Proper usage follows:\n") is None
    with pytest.raises(AGIHangup):
        parse_reply(b"HANGUP\n")
    with pytest.raises(AGIHangup):
        parse_reply(b"511 Command Not Permitted on a dead channel or intercept routine\n")
    with pytest.raises(AGIAppError):
        parse_reply(b"garbage\n")


@given(st.binary(max_size=200))
def test_no_bytes_break_the_parsers(block: bytes) -> None:
    parse_environment(block)
    with contextlib.suppress(AGIHangup, AGIAppError):
        parse_reply(block)


async def ask(
    script: serving.Script, peer: bytes, answers: bytes = b"200 result=1\n", piece: int = 10_000
) -> bytes:
    """What the server says to a peer that sends `peer` in pieces and answers every command with `answers`."""
    listening = await serving.Server({"welcome": script}).start("127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    said = b""
    with contextlib.suppress(ConnectionError):  # let go with something of ours unread
        for start in range(0, len(peer), piece):
            writer.write(peer[start : start + piece])
            await writer.drain()
        while line := await asyncio.wait_for(reader.readline(), 5):
            said += line
            writer.write(answers)
    writer.close()
    listening.close()
    return said


async def greet(session: Session) -> None:
    await session.set_variable("CENTRE_LANGUAGE", 'e"n')
    await session.done()


@pytest.mark.parametrize("piece", [10_000, 10, 1])
async def test_the_conversation_does_not_depend_on_how_bytes_are_cut(piece: int) -> None:
    said = await ask(greet, ENVIRONMENT, piece=piece)
    assert said == b'SET VARIABLE "CENTRE_LANGUAGE" "e\\"n"\nSET VARIABLE "CENTRE_AGI_DONE" "1"\n'


async def test_a_failing_script_never_says_it_is_done() -> None:
    async def fails(session: Session) -> None:
        raise RuntimeError("on purpose")

    assert b"CENTRE_AGI_DONE" not in await ask(fails, ENVIRONMENT)


async def test_a_hanging_script_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "SCRIPT_SECONDS", 0.1)

    async def hangs(session: Session) -> None:
        await asyncio.Event().wait()

    assert await ask(hangs, ENVIRONMENT) == b""


async def test_a_peer_that_says_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "ENVIRONMENT_SECONDS", 0.1)
    assert await ask(greet, b"agi_network: yes\n") == b""


def test_in_the_event_loop_it_is_run_in_the_conversation_is_the_same() -> None:
    said: list[bytes] = []

    async def converse() -> None:
        said.append(await ask(greet, ENVIRONMENT, piece=7))

    serving.run(converse())
    assert said == [b'SET VARIABLE "CENTRE_LANGUAGE" "e\\"n"\nSET VARIABLE "CENTRE_AGI_DONE" "1"\n']


async def test_a_hang_up_that_comes_before_the_question_ends_it() -> None:
    said = await ask(greet, ENVIRONMENT + b"HANGUP\n")
    assert said == b'SET VARIABLE "CENTRE_LANGUAGE" "e\\"n"\n'


@pytest.mark.parametrize("answer", [b"200 result=1", b"x"], ids=["never ends", "no reply"])
async def test_a_peer_that_floods_is_let_go_and_the_script_is_not_done(answer: bytes) -> None:
    assert b"CENTRE_AGI_DONE" not in await ask(greet, ENVIRONMENT, answers=answer * 70_000)


async def test_an_environment_without_end_is_let_go() -> None:
    assert await ask(greet, b"agi_calleridname: " + b"x" * 200_000) == b""


async def test_what_is_read_from_asterisk_is_what_the_script_gets() -> None:
    got: list[str | None] = []

    async def reads(session: Session) -> None:
        got.append(await session.get_variable("A"))
        await session.done()

    await ask(reads, ENVIRONMENT, answers=b"200 result=1 (a (b) c)\n")
    await ask(reads, ENVIRONMENT, answers=b"200 result=0\n")
    usage = b"520-Invalid command syntax.\nUsage: GET VARIABLE\n520 End of proper usage.\n"
    said = await ask(reads, ENVIRONMENT, answers=usage)
    assert got == ["a (b) c", None] and b"CENTRE_AGI_DONE" not in said


async def test_no_connection_stays_behind() -> None:
    server = serving.Server({"welcome": greet})
    listening = await server.start("127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    for sent in (ENVIRONMENT, b"", b"half", ENVIRONMENT + b"HANGUP\n"):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    async with asyncio.timeout(5):
        while server._open:  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.01)
    listening.close()


async def test_hang_up_in_the_middle_is_a_normal_ending() -> None:
    assert await ask(greet, ENVIRONMENT, answers=b"HANGUP\n") == b'SET VARIABLE "CENTRE_LANGUAGE" "e\\"n"\n'


async def test_unknown_scripts_and_noise_are_let_go() -> None:
    noise = random.Random(1).randbytes(5000).replace(b"\n\n", b"") + b"\n\n"
    assert await ask(greet, ENVIRONMENT.replace(b"welcome", b"../../etc/passwd")) == b""
    assert await ask(greet, noise) == b""
