"""The wall clock steps under the worker (F23). The machine's own clock is left alone: the worker is given one that steps."""

import asyncio

from ops.faults.catalogue import fault
from ops.faults.stage import Scene, promised
from ops.private_room import until


@fault(
    "F23",
    "the wall clock steps an hour on, then two back, under waiting and talking calls",
    "waits come from the monotonic clock: none negative, none of an hour; order kept",
    own_centre=True,
    books=False,  # Asterisk's clock is the machine's, which is not stepped: their times must differ
)
async def f23(scene: Scene) -> None:
    centre = scene.centre
    step = centre.home / "state" / "clock-step"
    step.write_text("0")
    for name in ("ari_app-2", "ari_app"):
        centre.kill(name)
    await asyncio.to_thread(
        centre.start, "ari_app", {"CENTRE120_CLOCK_STEP": str(step)}, "ops.faults.stepped_worker"
    )
    await scene.cast("TW")
    await scene.now(lambda: step.write_text("3600"))
    await asyncio.sleep(2)
    step.write_text("-3600")
    await asyncio.sleep(1)
    await scene.agent("205")
    await scene.nobody_dropped(("T", "W1", "W2", "R"))
    scene.in_order()
    await until(lambda: len(centre.journal("CallAnswered")) >= 3, 5, "answers on record")
    for kind, field in (("CallAnswered", "waited_seconds"), ("TalkEnded", "talked_seconds")):
        for record in centre.journal(kind):
            promised(0 <= record[field] < 120, f"{kind}: {field} is {record[field]}")
    step.write_text("0")
