"""Phones in pages: what Asterisk is told, when they end by themselves, what the next leader knows."""

from pathlib import Path
from typing import Any

import pytest

from ari_app import page_phone
from ari_app.agent_phones import AgentPhones
from ari_app.connection import AriError, Connection
from ari_app.page_phones import PagePhones
from ari_app.provisioning import objects_for
from ari_app.roster import Roster, RosterAgent

AGENT = RosterAgent("201", "김민지", "Kim Minji", "0" * 32, frozenset({"ko"}), frozenset())


class Asterisk(Connection):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    async def request(self, method: str, uri: str, query: Any = None, body: Any = None) -> Any:
        self.asked.append((method, uri.removeprefix("asterisk/config/dynamic/res_pjsip/")))
        return {"resource": "201", "state": "online"}


@pytest.fixture
def asterisk() -> Asterisk:
    return Asterisk()


@pytest.fixture
def told() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def pages(tmp_path: Path, asterisk: Asterisk, told: list[dict[str, Any]]) -> PagePhones:
    roster = Roster(tmp_path / "roster.json")
    roster.agents["201"] = AGENT
    phones = AgentPhones(asterisk, "centre120-1", roster, 8, lambda *_: None)
    made = PagePhones(
        tmp_path / "page_phones.json",
        phones,
        lambda _, message: told.append(dict(message)),
        busy.__contains__,
    )
    busy.clear()
    return made


busy: set[str] = set()


def test_both_phones_of_an_agent_are_told_the_same_options() -> None:
    page, _ = page_phone.make("201", 0.0)
    own, in_page = objects_for(AGENT, 8)[2][2], objects_for(AGENT, 8, page)[2][2]
    assert own["webrtc"] == "no" and in_page["webrtc"] == "yes"
    # an update keeps what it does not name: what webrtc=yes switches on must be named off again
    switched = {
        "media_encryption",
        "use_avpf",
        "ice_support",
        "rtcp_mux",
        "bundle",
        "media_use_received_transport",
    }
    assert switched <= set(own)
    assert in_page["aors"] == page.aor and own["aors"] == "201"


async def test_a_secret_is_told_once_and_not_kept(
    pages: PagePhones, told: list[dict[str, Any]], tmp_path: Path
) -> None:
    given: list[dict[str, Any]] = []
    await pages.give("201", lambda message: given.append(dict(message)))
    (message,) = given
    assert len(message["secret"]) >= 40 and message["domain"].endswith(".invalid")
    assert message["secret"] not in (tmp_path / "page_phones.json").read_text()
    assert [one for one in told if "secret" in one] == []
    assert pages.session("201") == message["session"]


async def test_the_next_leader_goes_on_with_the_page(
    pages: PagePhones, tmp_path: Path, asterisk: Asterisk
) -> None:
    await pages.give("201", lambda _: None)
    phones = AgentPhones(asterisk, "centre120-2", Roster(tmp_path / "roster.json"), 8, lambda *_: None)
    next_leader = PagePhones(tmp_path / "page_phones.json", phones, lambda *_: None, lambda _: False)
    next_leader.load()
    assert next_leader.session("201") == pages.session("201") is not None


@pytest.mark.parametrize("content", ["", "[", "{}", '[{"extension":"201"}]', "[1]"])
def test_a_file_that_can_not_be_understood_is_no_file(tmp_path: Path, content: str) -> None:
    path = tmp_path / "page_phones.json"
    path.write_text(content)
    assert page_phone.read(path) == {}


async def test_a_page_that_has_gone_gives_the_phone_back_after_a_minute_but_never_in_a_talk(
    pages: PagePhones,
) -> None:
    await pages.give("201", lambda _: None)
    at = 1_000_000_000.0  # long before the shift is over
    start = pages._seen["201"]
    assert pages.over(lambda _: False, start + 59, at) == []
    assert pages.over(lambda _: False, start + 61, at) == ["201"]
    busy.add("201")
    assert pages.over(lambda _: False, start + 600, at) == []
    busy.clear()
    assert pages.over(lambda _: True, start + 700, at) == []
    assert pages.over(lambda _: True, start + 800, at * 10) == ["201"]  # the shift is over


async def test_ended_means_that_asterisk_forgets_address_and_secret(
    pages: PagePhones, asterisk: Asterisk, told: list[dict[str, Any]]
) -> None:
    await pages.give("201", lambda _: None)
    domain = f"{pages.session('201')}.invalid"
    asterisk.asked.clear()
    await pages.end("201", "test")
    assert asterisk.asked[:3] == [("PUT", "auth/201"), ("PUT", "aor/201"), ("PUT", "endpoint/201")]
    assert set(asterisk.asked[3:5]) == {("DELETE", f"aor/201@{domain}"), ("DELETE", "auth/201-page")}
    assert pages.session("201") is None and told[-1] == {"type": "phone", "session": None}


async def test_when_asterisk_refuses_the_page_is_told_in_words(
    pages: PagePhones, asterisk: Asterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: Any, **__: Any) -> Any:
        raise AriError("PUT", "x", 500, "no")

    monkeypatch.setattr(asterisk, "request", refuse)
    given: list[dict[str, Any]] = []
    await pages.give("201", lambda message: given.append(dict(message)))
    assert given[0]["type"] == "refused" and given[0]["text_ko"]
    assert pages.session("201") is None
