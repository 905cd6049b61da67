"""Faults of PostgreSQL: stopped, frozen, killed in the middle (F10-F12). The phone side must not notice."""

import asyncio
import os
import signal
import time

from ops.faults.catalogue import fault
from ops.faults.stage import Scene, promised, revive

ANSWER_SECONDS = 6.0


async def _answered_meanwhile(scene: Scene) -> None:
    """A new call reaches a person as on any day."""
    await scene.agent("205")
    begun = time.monotonic()
    await scene.call("N")
    await scene.nobody_dropped(("N",))
    promised(time.monotonic() - begun < ANSWER_SECONDS + 3, "a new call meets a person as on any day")


async def _everybody(scene: Scene) -> None:
    await scene.nobody_dropped()
    scene.in_order()
    scene.nobody_in_silence()
    scene.one_ring_each()


@fault("F10", "PostgreSQL stopped for 6 s", "the call path is unchanged; nothing lost, nothing doubled")
async def f10(scene: Scene) -> None:
    await scene.cast()

    async def stops() -> None:
        scene.centre.signal("postgresql", signal.SIGINT)
        await asyncio.to_thread(scene.centre.programs["postgresql"].wait, 10)
        await asyncio.sleep(6)

    await scene.now(stops)
    await _answered_meanwhile(scene)
    await asyncio.to_thread(revive, scene.centre)
    await _everybody(scene)


@fault("F11", "PostgreSQL frozen for 6 s", "as F10")
async def f11(scene: Scene) -> None:
    await scene.cast()
    await scene.now(lambda: _signal_all(scene, signal.SIGSTOP))
    await _answered_meanwhile(scene)
    await asyncio.sleep(3)
    _signal_all(scene, signal.SIGCONT)
    await _everybody(scene)


def _signal_all(scene: Scene, number: signal.Signals) -> None:
    """PostgreSQL is one process for each connection besides the first: all of its group."""
    os.killpg(scene.centre.programs["postgresql"].pid, number)


@fault("F12", "PostgreSQL killed in the middle of transactions, five times", "every record is there once")
async def f12(scene: Scene) -> None:
    await scene.cast()

    async def dies() -> None:
        for _ in range(5):
            _signal_all(scene, signal.SIGKILL)
            scene.centre.programs.pop("postgresql").wait(5)
            await asyncio.to_thread(revive, scene.centre)
            await asyncio.sleep(scene.chance.uniform(0.1, 0.5))

    await scene.now(dies)
    await _everybody(scene)
