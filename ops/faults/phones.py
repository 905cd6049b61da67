"""Faults of phones, trunks and the network between (F17, F18, F20, F21, F24, F25, F31)."""

import asyncio
import time

from ops.faults.catalogue import fault
from ops.faults.relay import Relay
from ops.faults.stage import AGENT_TONES, DEPARTMENT, Scene, promised
from ops.private_room import Desk, tone_of, until
from phones import incoming, tones
from phones.incoming import IncomingCall
from phones.phone import Phone
from phones.session import State


def vanish(phone: Phone) -> None:
    """The cable is pulled: nothing is sent any more, not even a goodbye; what comes finds nobody."""
    for call in phone.calls:
        call.media.close()
    if phone.transactions.transport is not None:
        phone.transactions.transport.close()


@fault(
    "F17",
    "an agent's phone is gone while it rings, and another's in the middle of a talk",
    "the next agent within the ring time; the citizen in the talk back at the head of the line with an apology",
)
async def f17(scene: Scene) -> None:
    await scene.agent("204", incoming.NEVER_ANSWER)
    await scene.call("O")
    await until(lambda: scene.centre.agent_state("204") == "offered", 5, "204's phone rings")
    await scene.agent("205")
    vanish(scene.phones["204"])
    await scene.nobody_dropped(("O",))
    promised(scene.centre.agent_state("204") == "not-available", "who did not answer gets no more calls")
    await scene.talk("T", "201")
    vanish(scene.phones["201"])
    scene.moment = time.monotonic()
    await until(lambda: scene.centre.agent_state("205") == "available", 8, "205 is free")
    await scene._hears(scene.citizens["T"], {tone_of("205")}, "T", 20)
    prompts = [str(record["eventextra"]) for record in scene.centre.cel("CENTRE_PROMPT")]
    promised(any("agent-lost" in one for one in prompts), "the citizen hears an apology")
    for name in ("204", "201"):
        scene.phones.pop(name)


@fault("F18", "an agent's phone registers twice", "one ring: the stale contact is expelled")
async def f18(scene: Scene) -> None:
    await scene.agent("204")
    stale = scene.phones["204"]
    fresh = await scene.room.agent("204", sign_in=False)
    scene.phones["204"] = fresh
    await scene.call("O")
    await scene.nobody_dropped(("O",))
    promised(
        not [call for call in stale.calls if isinstance(call, IncomingCall)], "the stale phone is silent"
    )
    promised(
        len([call for call in fresh.calls if isinstance(call, IncomingCall)]) == 1, "the other rang once"
    )


@fault(
    "F20",
    "the first trunk goes down; then both",
    "hand-overs go by the second trunk; without any, the citizen is back with the agent",
)
async def f20(scene: Scene) -> None:
    second = await scene.room.carrier(incoming.answer(0.3), host="127.0.0.3")
    await scene.talk("T", "201")
    async with Desk(scene.centre, "201") as desk:
        await until(lambda: desk.phase() == "talking", 3, "the desk shows the talk")
        await desk.do("blind-transfer", target=desk.target(DEPARTMENT))
        await scene.citizens["T"].heard(tones.DEPARTMENT, within=15)
    await scene.citizens["T"].hangup()
    await second.close()
    scene.room.phones.remove(second)
    await until(lambda: scene.centre.agent_state("201") == "available", 8, "201 is free")
    call = await scene.call("X")
    await call.heard(tone_of("201"), within=8)
    async with Desk(scene.centre, "201") as desk:
        await until(lambda: desk.phase() == "talking", 3, "the desk shows the talk")
        await desk.do("blind-transfer", target=desk.target(DEPARTMENT))
        await until(lambda: scene.centre.journal("CallReturned"), 60, "nobody there: back to the agent")
        await scene._hears(call, AGENT_TONES, "X", 20)


@fault("F21", "a trunk flaps, six times", "agents' states do not change; calls go on")
async def f21(scene: Scene) -> None:
    await scene.cast("TW")
    before = {name: scene.centre.agent_state(name) for name in scene.phones}

    async def flaps() -> None:
        for _ in range(6):
            carrier = await scene.room.carrier(incoming.answer(0.3), steady=False)
            await carrier.close()
            scene.room.phones.remove(carrier)
            await asyncio.to_thread(scene.centre.cli, "pjsip qualify trunk_a")

    await scene.now(flaps)
    promised(
        before == {name: scene.centre.agent_state(name) for name in before}, "agents' states are as before"
    )
    await scene.agent("205")
    await scene.nobody_dropped(("T", "W1", "W2"))


@fault(
    "F24",
    "a network that loses every fifth SIP packet and doubles every third",
    "one call, one record; it is answered",
)
async def f24(scene: Scene) -> None:
    await scene.agent("205")
    async with Relay(scene.centre, scene.chance) as relay:
        for number in range(4):
            state = f"R{number}"
            caller = f"0107777{scene.chance.randrange(10000):04}"
            call = await scene.room.citizen(caller, by=relay.address)
            scene.citizens[state] = call
            await call.answered(15)
            await call.heard(within=8)
            await call.press("0")
            await scene._hears(call, AGENT_TONES, state, 30)
            await call.hangup()
            await until(lambda: scene.centre.agent_state("205") == "available", 15, "205 is free again")
        promised(relay.lost and relay.doubled, "packets were lost and doubled")
    channels = {call.dialog.local.uri.user for call in scene.citizens.values()}
    queued = [r for r in scene.centre.journal("CallQueued") if r["caller_number"] in channels]
    promised(len(queued) == len(channels), f"one record a call: {len(queued)} of {len(channels)}")


@fault(
    "F25",
    "each side hangs up at each step of a hand-over",
    "nobody is alone in silence for more than 5 s; nothing is left",
)
async def f25(scene: Scene) -> None:
    carrier = await scene.room.carrier(incoming.answer(1.5))
    steps = [
        (kind, when, who)
        for kind in ("blind", "attended")
        for when in ("ringing", "talking")
        for who in ("citizen", "agent", "department")
        if not (kind == "blind" and who == "agent") and not (when == "ringing" and who == "department")
    ]
    scene.chance.shuffle(steps)
    await scene.agent("201")
    for number, (kind, when, who) in enumerate(steps):
        await until(lambda: scene.centre.agent_state("201") == "available", 20, "201 is free")
        call = await scene.call(f"X{number}")
        leg = await scene.phones["201"].incoming_call(8)
        await call.heard(tone_of("201"), within=8)
        async with Desk(scene.centre, "201") as desk:
            await until(lambda: desk.phase() == "talking", 3, "the desk shows the talk")
            await desk.do(f"{kind}-transfer", target=desk.target(DEPARTMENT), summary="")
            department = await carrier.incoming_call(12)
            if when == "talking":
                await department.answered(6)
                await asyncio.sleep(scene.chance.uniform(0.1, 0.8))
            party = {"citizen": call, "agent": leg, "department": department}[who]
            await party.hangup()
            await _nobody_alone(call, leg, department)
        for one in (call, leg, department):
            if one.state is not State.ENDED:
                await one.hangup()


async def _nobody_alone(*parties: object) -> None:
    """Each call that is still up hears somebody or something within 5 s."""
    for party in parties:
        assert hasattr(party, "state") and hasattr(party, "heard")  # noqa: S101 - for the types
        if party.state is not State.ANSWERED:
            continue
        try:
            await party.heard(within=5)
        except Exception:
            promised(str(party.state) == str(State.ENDED), f"{party} is not alone in silence")


@fault(
    "F31",
    "the citizen hangs up in the same 10 ms as the agent answers, six times",
    "counted once; the agent is free within a second",
)
async def f31(scene: Scene) -> None:
    await scene.agent("204", incoming.NEVER_ANSWER)
    phone = scene.phones["204"]
    for number in range(6):
        await until(lambda: scene.centre.agent_state("204") == "available", 15, "204 is free")
        call = await scene.call(f"O{number}")
        leg = await phone.incoming_call(8)
        await leg.ringing(3)
        await asyncio.sleep(scene.chance.uniform(0.1, 0.6))
        gap = scene.chance.uniform(-0.010, 0.010)

        async def after(seconds: float, do: object) -> None:
            await asyncio.sleep(seconds)
            await do()  # type: ignore[operator]

        await asyncio.gather(after(max(0.0, gap), call.hangup), after(max(0.0, -gap), leg.answer))
        await until(
            lambda: scene.centre.agent_state("204") in ("available", "wrap-up"), 2, "204 is free at once"
        )
