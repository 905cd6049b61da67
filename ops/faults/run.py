"""Plays faults: one scene each, on a shared stage as long as it stays well, and says what was promised and what came."""

import asyncio
import contextlib
import os
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ops.faults import asterisk, clock, database, disk, limits, phones, questions, sound, workers
from ops.faults.catalogue import Fault, dice
from ops.faults.stage import AGENTS, PROGRAMS, BrokenPromise, Scene, new_centre, revive
from ops.private_centre import Centre

__all__ = ["Outcome", "Stage", "play", "play_all"]
_REGISTERED = (asterisk, clock, database, disk, limits, phones, questions, sound, workers)

PASSED, BROKEN, FAILED, IMPOSSIBLE = "passed", "broken", "failed", "impossible"
PATIENCE_SECONDS = 150.0


@dataclass(frozen=True)
class Outcome:
    """One playing of one fault. `result`: passed; broken (a promise); failed (the play itself); impossible (here)."""

    fault_id: str
    title: str
    number: int
    result: str
    why: str
    seconds: float
    seed: int


def play_all(
    faults: Sequence[Fault], repeat: int, seed: int, say: Callable[[Outcome], None]
) -> list[Outcome]:
    """Every fault `repeat` times; `say` hears each outcome as it comes."""
    stage = Stage()
    outcomes = []
    try:
        for fault in faults:
            for number in range(1, repeat + 1):
                outcome = play(stage, fault, number, seed)
                say(outcome)
                outcomes.append(outcome)
                if outcome.result == IMPOSSIBLE:
                    break
    finally:
        stage.clear()
    return outcomes


class Stage:
    """The centre that faults share; made anew after one that did not leave it well, or needs settings of its own."""

    def __init__(self) -> None:
        self._centre: Centre | None = None

    def take(self, fault: Fault) -> Centre:
        if fault.own_centre or fault.overrides:
            self.clear()
        if self._centre is None:
            self._centre = new_centre(**fault.overrides)
            for name in PROGRAMS:
                self._centre.start(name)
                if name == "postgresql":
                    self._centre.employ(AGENTS)
        else:
            revive(self._centre)
        return self._centre

    def clear(self) -> None:
        if self._centre is not None:
            self._centre.stop()
            self._centre.remove()
            self._centre = None


def play(stage: Stage, fault: Fault, number: int, seed: int) -> Outcome:
    """Play one fault; never raises."""
    begun = time.monotonic()

    def outcome(result: str, why: str = "") -> Outcome:
        seconds = round(time.monotonic() - begun, 1)
        return Outcome(fault.fault_id, fault.title, number, result, why, seconds, seed)

    impossible = fault.possible()
    if impossible:
        return outcome(IMPOSSIBLE, impossible)
    try:
        if fault.small_disk and disk.SMALL_DISK not in os.environ:
            told = disk.play_inside(fault.fault_id, seed + number - 1)
            return outcome(str(told["result"]), str(told["why"]))
        centre = stage.take(fault)
        asyncio.run(_scene(centre, fault, number, seed))
    except BrokenPromise as error:
        stage.clear()
        return outcome(BROKEN, str(error))
    except Exception as error:
        stage.clear()
        where = traceback.extract_tb(error.__traceback__)
        line = next((f"{one.name}:{one.lineno}" for one in reversed(where) if "faults" in one.filename), "")
        return outcome(FAILED, f"{type(error).__name__}: {error} ({line})")
    if fault.own_centre or fault.overrides:
        stage.clear()
    return outcome(PASSED)


async def _scene(centre: Centre, fault: Fault, number: int, seed: int) -> None:
    scene = Scene(centre, dice(seed, fault.fault_id, number))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await fault.play(scene)
            await asyncio.to_thread(revive, centre)
            await scene.end()
            await scene.all_is_well()
            if fault.books:
                await scene.books_balance(fault.events_are_whole)
    except BaseException:
        with contextlib.suppress(Exception):
            await scene.end()
        raise
