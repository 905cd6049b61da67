"""The live view of the room: whose page it is, and at which phone a supervisor may sit."""

from itsdangerous import URLSafeTimedSerializer

from centre120.settings import Settings
from tests.pages.conftest import Browser


def test_only_supervisors_open_the_room(agent: Browser, admin: Browser) -> None:
    for browser in (agent, admin):
        assert browser.get("/room").status_code == 403
        assert browser.get("/room/token", headers={"Accept": "application/json"}).status_code == 403


def test_the_phone_a_supervisor_sits_at_is_in_the_ticket_and_must_exist(
    supervisor: Browser, settings: Settings
) -> None:
    tickets = URLSafeTimedSerializer(settings.secret("token_key"), salt="live")

    def ticket() -> object:
        return tickets.loads(supervisor.get("/room/token").json["token"])  # type: ignore[index]

    assert ticket() == {"extension": "", "role": "supervisor"}
    for wrong in ("299", "", "201&202", "@201"):
        supervisor.post("/room/phone", {"extension": wrong}, "/room")
        assert ticket() == {"extension": "", "role": "supervisor"}
    supervisor.post("/room/phone", {"extension": "202"}, "/room")
    assert ticket() == {"extension": "202", "role": "supervisor"}
    assert 'value="202"' in supervisor.get("/room").text
