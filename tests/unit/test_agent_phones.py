"""More agents than Asterisk takes in one request: it refuses more than 128 event sources at a time."""

from typing import Any

from ari_app.agent_phones import AgentPhones, event_sources
from ari_app.connection import Connection
from ari_app.roster import Roster, RosterAgent


def test_137_agents_are_followed_in_requests_that_asterisk_takes() -> None:
    sources = list(event_sources(f"PJSIP/{number}" for number in range(1001, 1138)))
    assert [one.count("endpoint:") for one in sources] == [100, 37]
    assert list(event_sources([])) == []


class Asterisk(Connection):
    """Remembers what it was asked; knows every endpoint."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []

    async def request(self, method: str, uri: str, query: Any = None, body: Any = None) -> Any:
        self.asked.append((method, uri, query))
        return [{"resource": "1001", "state": "online"}] if uri == "endpoints/PJSIP" else None


async def test_following_asks_once_for_each_hundred_and_reports_registrations(tmp_path: Any) -> None:
    asterisk, roster = Asterisk(), Roster(tmp_path / "roster.json")
    for number in range(1001, 1301):
        roster.agents[str(number)] = RosterAgent(str(number), "n", "n", "", frozenset({"ko"}), frozenset())
    seen: list[tuple[str, bool]] = []
    await AgentPhones(asterisk, "centre120-1", roster, 8, lambda *one: seen.append(one)).follow()
    assert len([one for one in asterisk.asked if one[0] == "POST"]) == 3
    assert seen == [("1001", True)]
