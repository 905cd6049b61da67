"""The demo's robots: what each number does, who hears whom, and coming back after a restart."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from centre120.settings import Settings
from phones import incoming, places, tones
from phones.carrier import carrier_phone, policy_for
from phones.heard_file import HeardFile
from phones.incoming import IncomingCall, Policy
from phones.message import Request
from phones.phone import Phone
from phones.robot_agent import RobotAgent, RobotSettings
from phones.robots import agent_states, read_robots
from phones.transactions import ServerTransaction

PORTS = (32_300, 32_399)


@pytest.mark.parametrize(
    ("number", "after", "status"),
    [("0221330001", None, None), ("0221330002", 0.2, 486), ("0221330003", 0.0, 404),
     ("0221330004", 8.0, None), ("0221330005", 1.0, None), ("0221331234", 1.0, None), ("", 1.0, None)],
)  # fmt: skip
def test_the_last_digits_say_what_a_number_does(number: str, after: float | None, status: int | None) -> None:
    policy = policy_for(number)
    assert (policy.after, policy.reject) == (after, status)
    assert policy_for("0221330005").hang_up_after == 2.0


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


async def test_a_department_is_heard_and_writes_down_what_it_hears(tmp_path: Path) -> None:
    path = tmp_path / "state" / "heard.jsonl"
    carrier = carrier_phone("127.0.0.3", 0, speech=None, heard=HeardFile(path), rtp_ports=PORTS)
    async with carrier, Phone("127.0.0.2", tone=tones.CITIZEN) as citizen:
        host, port = carrier.address
        call = await citizen.call(f"sip:0221331234@{host}:{port}", headers=[("X-Call", "abc")])
        await call.answered(3)
        await call.heard(tones.DEPARTMENT, within=3)
        [theirs] = carrier.calls
        await theirs.changed.until(lambda: len(theirs.seconds) > 2, 4, "three seconds of listening")
        await call.hangup()
        await theirs.ended(2)
        await theirs.changed.until(lambda: lines(path)[-1]["event"] == "ended", 2, "the summary")
    assert [line["event"] for line in lines(path)] == ["heard", "ended"]  # said once, not each second
    first, last = lines(path)
    assert (first["who"], first["tones"], first["x_call"]) == ("0221331234", [tones.CITIZEN], "abc")
    assert last["tones"] == [tones.CITIZEN]


class Centre(Phone):
    """As much of a registrar and of *11 as a robot needs."""

    def __init__(self) -> None:
        super().__init__(user="centre", tone=tones.SUPERVISOR, policy=self.decide)
        self.registered_contacts: list[str] = []
        self.dialled: list[str] = []

    def decide(self, call: IncomingCall) -> Policy:
        self.dialled.append(call.dialled_number)
        return incoming.answer(hang_up_after=0.3)

    def _receive(self, transaction: ServerTransaction) -> None:
        request: Request = transaction.request
        if request.method == "REGISTER":
            self.registered_contacts.append(request.headers.get("contact"))
            transaction.respond(200, headers=(("expires", "60"),))
            self.changed.notify()
            return
        super()._receive(transaction)


@pytest.fixture
async def centre() -> AsyncIterator[Centre]:
    async with Centre() as phone:
        yield phone


async def test_a_robot_registers_signs_in_and_signs_in_again_when_the_centre_forgot_it(
    centre: Centre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phones.robot_agent.CHECK_SECONDS", 0.1)
    monkeypatch.setattr("phones.robot_agent.AGAIN_SECONDS", 0.5)
    states: dict[str, str] = {}
    robot = RobotAgent(
        RobotSettings("201", "secret"), centre.address, speech=None,
        heard=HeardFile(tmp_path / "heard.jsonl"), rtp_ports=PORTS, state_of=states.get,
    )  # fmt: skip
    task = asyncio.create_task(robot.run())
    try:
        await centre.changed.until(lambda: centre.dialled == ["*11"], 5, "the first sign-in")
        await robot.phone.changed.until(lambda: robot.phone.registered, 1, "registered")
        states["201"] = "available"
        dialled = len(centre.dialled)
        states["201"] = "logged-out"  # ari_app came back without knowing it
        await centre.changed.until(lambda: len(centre.dialled) > dialled, 5, "the next sign-in")
        states["201"] = "available"

        async with Phone("127.0.0.2", tone=tones.CITIZEN) as citizen:
            host, port = robot.phone.address
            call = await citizen.call(f"sip:201@{host}:{port}")
            await call.answered(4)
            await call.heard(tones.AGENTS[0], within=3)
            second = await citizen.call(f"sip:201@{host}:{port}")
            assert "486" in await second.ended(2)
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=2)
    assert task.done()
    assert not robot.phone.registered


def test_the_file_of_robots_is_read_or_waited_for_or_complained_about(tmp_path: Path) -> None:
    path = tmp_path / "robots.json"
    assert read_robots(path) == []
    path.write_text(
        '{"agents":[{"extension":201,"password":"p","tone":900},{"extension":"202","password":"q"}]}'
    )
    assert read_robots(path) == [RobotSettings("201", "p", 900), RobotSettings("202", "q", tones.AGENTS[1])]
    path.write_text('{"agents":[{"extension":"201"}]}')
    with pytest.raises(ValueError, match="password"):
        read_robots(path)


@pytest.mark.parametrize(
    ("health", "states"),
    [({"agents": {"201": "available"}}, {"201": "available"}), ({"agents": {"201": {"state": "on-call"}}},
     {"201": "on-call"}), ({"agents": {"available": 3}}, {}), ({"agents": []}, {}), ([], {}), (None, {})],
)  # fmt: skip
def test_agent_states_are_taken_from_any_shape_of_health(health: object, states: dict[str, str]) -> None:
    assert agent_states(health) == states


def test_phones_keep_out_of_asterisks_ports() -> None:
    settings = Settings(bind_host="0.0.0.0", rtp_start=20_000, rtp_end=20_099, sip_port=5071)  # noqa: S104
    assert places.sip_server(settings) == ("127.0.0.1", 5071)
    assert places.rtp_ports(settings) == (20_100, 20_199)
