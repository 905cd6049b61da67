"""More calls than there is room for (F26, F27): new ones hear so, old ones are not hurt."""

import asyncio
import contextlib

from ops.faults.catalogue import fault
from ops.faults.stage import Scene, promised
from phones import tones
from phones.call import Call, CallEnded
from phones.session import State

ROOM = 8


@fault(
    "F26",
    "ten times the usual calls in a second, with room for eight",
    "every INVITE is answered or told that all lines are busy; afterwards as before",
    overrides={"max_citizens": ROOM},
)
async def f26(scene: Scene) -> None:
    await scene.cast("TW")
    calls = [await scene.room.citizen(f"0108888{number:04}") for number in range(30)]

    await asyncio.gather(*(_told(call) for call in calls))
    silent = [
        call for call in calls if not any(window.dbfs > tones.SPEECH_DBFS for _, window in call.media.windows)
    ]
    promised(not silent, f"{len(silent)} of {len(calls)} callers heard nothing")
    promised(scene.citizens["T"].state is State.ANSWERED, "the talk goes on")
    for call in calls:
        if call.state is not State.ENDED:
            await call.hangup()
    await scene.agent("205")
    await scene.nobody_dropped(("T", "W1", "W2"))


async def _told(call: Call) -> None:
    """Until this caller has heard something, or the call has ended."""
    with contextlib.suppress(CallEnded, TimeoutError):
        await call.heard(within=8)


@fault(
    "F27",
    "the limit of lines is reached and stays reached",
    "new calls are refused with the announcement before old ones are hurt",
    overrides={"max_citizens": 3},
)
async def f27(scene: Scene) -> None:
    await scene.cast("TW")
    for number in range(5):
        call = await scene.room.citizen(f"0108888{number:04}")
        reason = await call.ended(30)
        promised("486" in reason, f"refused as busy: {reason}")
        promised(any(window.dbfs > tones.SPEECH_DBFS for _, window in call.media.windows), "and told so")
    promised(scene.centre.health().get("waiting") == 2, "who waited waits on")
    await scene.agent("205")
    await scene.nobody_dropped(("T", "W1", "W2"))
