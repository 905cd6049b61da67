"""Faults of Asterisk itself, and of what it is told to load (F8, F9, F28)."""

import asyncio
import signal
import time

from ops.faults.catalogue import fault
from ops.faults.stage import Scene, promised
from ops.private_room import until
from phones.session import State


@fault(
    "F8",
    "kill -9 of Asterisk",
    "service back within 3 s; every call that was cut is on record with the number to call back",
)
async def f8(scene: Scene) -> None:
    await scene.cast("TWI")
    cut = [call.dialog.local.uri.user for state, call in scene.citizens.items() if state in ("T", "W1", "W2")]

    async def dies() -> None:
        scene.centre.kill("asterisk")
        begun = time.monotonic()
        await asyncio.to_thread(scene.centre.start, "asterisk")  # what the supervisor does
        promised(time.monotonic() - begun < 10, "Asterisk is back within seconds")

    scene.moment = time.monotonic()
    await dies()
    await until(lambda: scene.centre.health().get("ready"), 10, "the worker is back in touch")
    await until(
        lambda: len({r["call_id"] for r in scene.centre.journal("CallCut")}) >= len(cut),
        60,
        "cut calls on record",
    )
    numbers = {r["call_id"]: r["caller_number"] for r in scene.centre.journal("CallQueued")}
    told = {numbers.get(r["call_id"]) for r in scene.centre.journal("CallCut")}
    promised(set(cut) <= told, f"every cut call is on record with its number: {cut} in {told}")
    for call in scene.citizens.values():
        call.end("cut by the fault")
    for phone in scene.phones.values():
        for call in phone.calls:
            if call.state is not State.ENDED:
                call.end("cut by the fault")
    await scene.agent("205")
    await scene.call("R2")
    await scene.nobody_dropped(("R2",))


@fault("F9", "Asterisk frozen for 4 s", "nobody is dropped; talks and waits go on where they were")
async def f9(scene: Scene) -> None:
    await scene.cast("TWOI")

    async def freezes() -> None:
        scene.centre.signal("asterisk", signal.SIGSTOP)
        await asyncio.sleep(4)
        scene.centre.signal("asterisk", signal.SIGCONT)

    await scene.now(freezes)
    await until(lambda: scene.centre.health().get("ready"), 10, "the worker is back in touch")
    await scene.agent("205")
    await scene.nobody_dropped(("T", "O", "W1", "W2", "I", "R"))
    scene.in_order()
    scene.one_ring_each()


@fault("F28", "reload of dialplan, queues and SIP configuration during calls", "no effect on live calls")
async def f28(scene: Scene) -> None:
    await scene.cast()

    async def reloads() -> None:
        for command in ("dialplan reload", "queue reload all", "module reload res_pjsip.so", "module reload"):
            await asyncio.to_thread(scene.centre.cli, command)

    await scene.now(reloads)
    await scene.nobody_dropped()
    scene.in_order()
    scene.nobody_in_silence()
    scene.one_ring_each()
