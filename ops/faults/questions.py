"""Faults of what is asked during the menu and of speech (F15, F16)."""

import asyncio
import contextlib
import os
import signal
import socket
import time
from pathlib import Path

from ops.faults.catalogue import fault
from ops.faults.stage import DEPARTMENT, Scene, promised, revive
from ops.private_room import Desk, tone_of
from phones import incoming, tones


async def _menu_goes_on(scene: Scene, state: str) -> None:
    begun = time.monotonic()
    call = await scene.call(state, press="")
    await call.answered(3)
    await call.heard(within=4)
    promised(time.monotonic() - begun < 4, "the greeting comes within 4 s, without the program")
    await call.press("0")


@fault(
    "F15",
    "FastAGI dead, then a black hole, then frozen, then dead in the middle",
    "the default branch within 3 s each time",
)
async def f15(scene: Scene) -> None:
    await scene.agent("205")
    await scene.agent("206")
    centre = scene.centre
    centre.kill("agi")
    await _menu_goes_on(scene, "dead")
    with socket.socket() as hole:  # accepts by the kernel alone, and never answers
        hole.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        hole.bind(("127.0.0.1", centre.settings.agi_port))
        hole.listen(8)
        await _menu_goes_on(scene, "hole")
        await scene.nobody_dropped(("dead", "hole"))
    await asyncio.to_thread(centre.start, "agi")
    centre.signal("agi", signal.SIGSTOP)
    await _menu_goes_on(scene, "frozen")
    centre.signal("agi", signal.SIGCONT)
    await scene.nobody_dropped(("frozen",))
    centre.signal("agi", signal.SIGSTOP)
    call = await scene.call("middle", press="")
    await call.answered(3)
    await asyncio.sleep(scene.chance.uniform(0.1, 1.0))
    centre.kill("agi")
    await call.heard(within=4)
    await call.press("0")
    await scene.nobody_dropped(("middle",))
    await asyncio.to_thread(revive, centre)


@fault(
    "F16",
    "speech synthesis killed whenever it begins",
    "the department is rung and the citizen handed over all the same",
)
async def f16(scene: Scene) -> None:
    await scene.room.carrier(incoming.answer(0.5))
    carrier = scene.room.phones[-1]
    await scene.talk("T", "201")
    async with Desk(scene.centre, "201") as desk:
        killing = asyncio.create_task(_kill_voices(str(scene.centre.home)))
        try:
            target = desk.target(DEPARTMENT)
            await desk.do("attended-transfer", target=target, summary="수도 요금 문의입니다")
            department = await carrier.incoming_call(10)
            await department.heard(tone_of("201"), within=10)
            await desk.do("complete-transfer")
            await scene.citizens["T"].heard(tones.DEPARTMENT, within=8)
        finally:
            killing.cancel()
            await asyncio.gather(killing, return_exceptions=True)


async def _kill_voices(home: str) -> None:
    """Whatever speaks for this centre is killed as it begins."""
    while True:
        _kill_once(home.encode())
        await asyncio.sleep(0.02)


def _kill_once(home: bytes) -> None:
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            command = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
            if b"ops.prompts.speak" in command and home in command:
                os.kill(int(entry.name), signal.SIGKILL)
