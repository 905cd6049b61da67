"""What wallboards are sent and when, on the worker's state: one text for all of them, within a beat of a change."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ari_app import board
from ari_app.acd import Acd
from ari_app.live import Desks

AGAIN_SECONDS = 1.0
"""Without a change too: waiting times grow by themselves."""


class BoardTalk:
    """`clocks()` gives monotonic seconds and UTC."""

    def __init__(self, acd: Acd, desks: Desks, clocks: Callable[[], tuple[float, datetime]]) -> None:
        self._acd, self._desks, self._clocks = acd, desks, clocks
        self._next = 0.0
        self._counts: tuple[Any, Any] = ({}, [])

    def opened(self) -> Mapping[str, Any]:
        """A wallboard has connected."""
        return board.view(self._acd, *self._clocks())

    def push(self) -> None:
        """Ask every beat: nothing is made while no board is open."""
        if not self._desks.open_for(board.KEY):
            return
        now, at = self._clocks()
        seen = board.view(self._acd, now, at)
        counts = seen["agents"], [one["count"] for one in seen["waiting"].values()]
        if counts != self._counts or now >= self._next:
            self._counts, self._next = counts, now + AGAIN_SECONDS
            self._desks.push(board.KEY, seen)
