"""An ACD with a clock of its own, and the events of its citizens and phones: for tests without Asterisk."""

from datetime import UTC, datetime, timedelta
from typing import Any

from ari_app import transfers
from ari_app.acd import Acd
from ari_app.events import Channel, Party
from ari_app.state import (
    Action,
    Agent,
    AgentState,
    Call,
    Record,
)
from centre120.queue_policy import Policy

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
TARGET = transfers.Target("0270001234", "수도사업소", 1)


class Centre:
    """An ACD with its clock: each step is a second later unless said otherwise."""

    def __init__(self, *extensions: str, wrap_up: int = 20) -> None:
        self.now = 1000.0
        numbers = iter(range(1, 1000))
        self.acd = Acd(Policy(), 15, wrap_up, lambda at: f"case-{next(numbers)}")
        self.acd.set_roster(
            [Agent(one, f"agent {one}", frozenset({"ko"}), frozenset()) for one in extensions],
            self.now,
            self.at,
        )
        for one in extensions:
            self.acd.agents[one].registered = True
            self.acd.change_state(self.acd.agents[one], AgentState.AVAILABLE, "", self.now, self.at)

    @property
    def at(self) -> datetime:
        return START + timedelta(seconds=self.now)

    def later(self, seconds: float = 1.0) -> "Centre":
        self.now += seconds
        return self

    def citizen(self, call_id: str = "c1", language: str = "ko", number: str = "01012345678") -> list[Action]:
        args = ("new", call_id, "120", "120", "0", "trunk_a", language)
        return self.acd.entered(channel(f"ch-{call_id}", "PJSIP/trunk_a-1", number), args, self.now, self.at)

    def rings(self, extension: str = "201") -> None:
        self.acd.leg_seen(self.leg_of(extension))

    def answers(self, extension: str = "201") -> list[Action]:
        return self.acd.leg_up(self.leg_of(extension), self.now, self.at)

    def hangs_up(self, extension: str = "201") -> list[Action]:
        return self.acd.leg_gone(self.leg_of(extension), self.now, self.at)

    def leg_of(self, extension: str) -> Channel:
        return leg(extension, account=self.acd.agents[extension].call_id or "c1")

    def back(self, status: str, extension: str = "201", call_id: str = "c1") -> list[Action]:
        return self.acd.entered(
            channel(f"ch-{call_id}", "PJSIP/trunk_a-1"),
            ("back", call_id, status, extension),
            self.now,
            self.at,
        )

    def talking(self) -> Call:
        self.citizen()
        self.rings()
        self.answers()
        return self.acd.calls["c1"]

    def state(self, extension: str = "201") -> AgentState:
        return self.acd.agents[extension].state


def channel(channel_id: str, name: str, number: str = "01012345678", account: str = "") -> Channel:
    return Channel(channel_id, name, "Up", Party("", number), account, "ko")


def leg(extension: str, number: int = 1, account: str = "c1") -> Channel:
    """A leg of an agent's phone; Dial gave it the account of the call."""
    return channel(f"leg-{extension}-{number}", f"PJSIP/{extension}-{number:08x}", account=account)


def of(actions: list[Action], kind: type) -> list[Any]:
    return [action for action in actions if isinstance(action, kind)]


def records(actions: list[Action]) -> list[str]:
    return [record.kind for record in of(actions, Record)]
