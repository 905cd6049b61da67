"""Which faults there are, what each promises, and which cannot be made here. The functions register themselves."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from ops.faults.stage import Scene

Play = Callable[[Scene], Awaitable[None]]


@dataclass(frozen=True)
class Fault:
    """One line of the matrix. `overrides` are settings of a centre of its own; without, the stage is shared."""

    fault_id: str
    title: str
    promise: str
    play: Play
    overrides: dict[str, Any] = field(default_factory=dict)
    own_centre: bool = False
    books: bool = True  # whether the three witnesses must agree; not when one of them was given a wrong clock
    events_are_whole: bool = (
        True  # whether Asterisk could write its events; else journal and `calls` must agree
    )
    small_disk: bool = False  # played inside a namespace with a disk that can be filled
    possible: Callable[[], str] = lambda: ""
    """Why it cannot be injected on this machine; empty when it can."""


FAULTS: list[Fault] = []

NOT_BUILT = {
    "F19": "a ghost agent is found by the desk's heartbeat: comes with the phone in the page",
    "F29": "upgrade with the schema under load: `./120 restart` of a program under load is F5; a schema change is not played",
    "F30": "backup and restore to a bare machine are not built yet",
}
"""Lines of the matrix that nothing here plays, and why. They are listed, never passed."""


def fault(fault_id: str, title: str, promise: str, **more: Any) -> Callable[[Play], Play]:
    """Put a play into the catalogue."""

    def register(play: Play) -> Play:
        FAULTS.append(Fault(fault_id, title, promise, play, **more))
        return play

    return register


def chosen(ids: tuple[str, ...]) -> list[Fault]:
    """The faults of these ids (all when none is given), in the order of the matrix."""
    wanted = {one.upper() for one in ids}
    listed = [one for one in FAULTS if not wanted or one.fault_id in wanted]
    return sorted(listed, key=lambda one: int(one.fault_id[1:]))


def dice(seed: int, fault_id: str, number: int) -> random.Random:
    """The same seed makes the same moments."""
    return random.Random(f"{seed}-{fault_id}-{number}")  # noqa: S311 - not a secret
