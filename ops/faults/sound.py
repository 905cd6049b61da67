"""Faults of sound alone: the call stands, and one side cannot be heard (F22)."""

import time

from ops.faults.catalogue import fault
from ops.faults.stage import Scene, promised
from ops.private_room import Desk, tone_of, until

DETECTED_SECONDS = 5.0


@fault(
    "F22",
    "no sound comes from the citizen any more; the call itself stands",
    "the agent is told within 5 s and promises a call-back with one key; sound that comes again is told too",
)
async def f22(scene: Scene) -> None:
    call = await scene.talk("T", "201")
    before = len(scene.centre.journal("CallbackPromised"))
    async with Desk(scene.centre, "201") as desk:

        def shown() -> dict[str, object]:
            return next((one["call"] for one in reversed(desk.messages) if one.get("call")), {})

        def told() -> object:
            return shown().get("not_heard")

        await until(lambda: desk.phase() == "talking", 5, "the desk shows the talk")
        promised(not told(), "who is heard is not reported")
        scene.moment = time.monotonic()
        call.media.sending = False
        await until(lambda: told() == "citizen", DETECTED_SECONDS, "the agent is told that no sound comes")
        await desk.do("promise-call-back")
        await until(lambda: shown().get("call_back_promised"), 5, "the call-back is promised")
        await desk.do("promise-call-back")
        call.media.sending = True
        await until(lambda: not told(), DETECTED_SECONDS, "the agent is told that the citizen is heard again")
        await call.heard(tone_of("201"), within=5)
        await until(lambda: scene.centre.journal("SoundBack"), 5, "the end of the silence on record")
        promised(bool(scene.centre.journal("SoundLost")), "the silence is on record")
    promised(
        len(scene.centre.journal("CallbackPromised")) == before + 1,
        "one call-back, however often the key is pressed",
    )
