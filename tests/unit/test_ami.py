"""panoramisk's known faults, each guarded in ari_app/ami.py: a small honest manager server stands in for Asterisk."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ari_app import ami
from ari_app.ami import Ami, AmiError, checked


class Manager:
    """Answers like Asterisk's manager; `slow` keeps an answer back, `cut` sends it byte by byte."""

    def __init__(self) -> None:
        self.actions: list[dict[str, str]] = []
        self.answer = "Response: Success\r\nMessage: done"
        self.silent = False
        self.cut = False
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        fields: dict[str, str] = {}
        while line := await reader.readline():
            text = line.decode().strip()
            if text:
                name, _, value = text.partition(":")
                fields[name] = value.strip()
                continue
            self.actions.append(fields)
            login = fields.get("Action") == "Login"
            if login or not self.silent:
                answer = "Response: Success\r\nMessage: Authentication accepted" if login else self.answer
                block = f"{answer}\r\nActionID: {fields.get('ActionID')}\r\n\r\n".encode()
                for piece in [block[i : i + 1] for i in range(len(block))] if self.cut else [block]:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)
            fields = {}


@pytest.fixture
async def manager() -> AsyncIterator[Manager]:
    manager = Manager()
    server = await asyncio.start_server(manager.serve, "127.0.0.1", 0)
    manager.port = server.sockets[0].getsockname()[1]
    yield manager
    server.close()


@pytest.fixture
async def client(manager: Manager) -> AsyncIterator[Ami]:
    client = Ami(manager.port, "secret")
    yield client
    client.close()


@given(st.text(), st.sampled_from(["\r", "\n", "\0", "\r\nAction: Originate"]))
def test_a_line_end_in_a_value_never_reaches_the_socket(text: str, injected: str) -> None:
    with pytest.raises(ValueError, match="injected header"):
        checked({"Value": text + injected})


async def test_it_connects_when_there_is_something_to_do(manager: Manager, client: Ami) -> None:
    assert manager.actions == []
    await client.action("Setvar", Channel="PJSIP/1", Variable="X", Value="1")
    assert [action["Action"] for action in manager.actions] == ["Login", "Setvar"]


async def test_added_interface_to_queue_is_one_answer(manager: Manager, client: Ami) -> None:
    manager.answer = "Response: Success\r\nMessage: Added interface to queue"
    await asyncio.wait_for(client.action("QueueAdd", Queue="everybody", Interface="PJSIP/201"), 1.5)


async def test_a_letter_cut_in_two_is_read_whole(manager: Manager, client: Ami) -> None:
    manager.answer, manager.cut = "Response: Error\r\nMessage: 상담원이 없습니다", True
    with pytest.raises(AmiError, match="상담원이 없습니다"):
        await client.action("QueueRemove", Queue="everybody", Interface="PJSIP/201")


async def test_no_answer_is_an_error_after_the_deadline_and_is_never_sent_again(
    manager: Manager, client: Ami, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ami, "DEADLINE_SECONDS", 0.3)
    manager.silent = True
    with pytest.raises(AmiError, match="no answer"):
        await client.action("Redirect", Channel="PJSIP/1")
    client.close()
    manager.silent = False
    await client.action("Setvar", Channel="PJSIP/1", Variable="X", Value="1")
    assert [action["Action"] for action in manager.actions].count("Redirect") == 1
