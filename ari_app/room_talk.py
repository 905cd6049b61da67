"""What supervisors' pages are shown and ask for: the live view of the room, on the worker's state.

A supervisor's stream is known by `@` and the extension of the phone the supervisor sits at: no desk's key begins so.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ari_app import supervision
from ari_app.acd import Acd
from ari_app.live import Desks
from ari_app.state import Action

MARK = "@"


class RoomTalk:
    """`clocks()` gives monotonic seconds and UTC."""

    def __init__(
        self,
        acd: Acd,
        desks: Desks,
        perform: Callable[[list[Action]], None],
        clocks: Callable[[], tuple[float, datetime]],
    ) -> None:
        self._acd = acd
        self._desks = desks
        self._perform = perform
        self._clocks = clocks

    def opened(self, key: str) -> Mapping[str, Any]:
        """A supervisor's page has connected."""
        return supervision.view(self._acd, key.removeprefix(MARK), *self._clocks())

    def push(self) -> None:
        """Once a second, and when somebody asks for help: only to pages that are open."""
        for key in self._desks.supervisors():
            self._desks.push(key, self.opened(key))

    def command(self, key: str, command: Mapping[str, Any]) -> None:
        """A supervisor asks for something."""
        who, acd = key.removeprefix(MARK), self._acd
        match command.get("do"):
            case "watch":
                agent, mode = str(command.get("agent") or ""), str(command.get("mode") or "")
                done = supervision.start(acd, who, agent, mode, str(command.get("purpose") or ""))
            case "mode":
                done = supervision.change(acd, who, str(command.get("mode") or ""))
            case "take-over":
                done = supervision.take_over(acd, who)
            case "watch-end":
                done = supervision.end(acd, who)
            case _:
                done = supervision.Refusal("not-there")
        if isinstance(done, supervision.Refusal):
            self._desks.push(key, {"type": "room-refused", "code": done.code})
        else:
            self._perform(done)
        self.push()
