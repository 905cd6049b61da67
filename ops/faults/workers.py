"""Faults of the worker: dead, frozen, back again, two that lead, a broken or lying link (F1-F7, F32)."""

import asyncio
import signal
from collections.abc import Callable

from ops.faults.catalogue import fault
from ops.faults.proxy import Proxy
from ops.faults.stage import WORKERS, Scene, leader, promised, revive
from ops.private_room import until
from phones.incoming import IncomingCall
from phones.session import State

EVERYBODY = ("T", "X", "O", "W1", "W2", "I", "R")


async def settle(scene: Scene) -> None:
    """What every fault of a worker promises in the end."""
    await scene.nobody_dropped()
    scene.in_order()
    scene.nobody_in_silence()
    scene.one_ring_each()


async def _revived(scene: Scene) -> None:
    """The supervisor has done its part; then what every fault of a worker promises."""
    await asyncio.to_thread(revive, scene.centre)
    await settle(scene)


def _all_go_on(scene: Scene, how: str) -> None:
    for state in EVERYBODY:
        promised(scene.citizens[state].state is not State.ENDED, f"{state} goes on {how}")


async def _one_worker_behind(scene: Scene, proxy: Proxy) -> None:
    await proxy.put_in_front("ari_app")
    scene.centre.kill("ari_app-2")
    await until(
        lambda: scene.centre.health().get("leader") == 1 and scene.centre.health()["ready"],
        10,
        "through the proxy",
    )


async def _other_leads(scene: Scene, before: str, within: float) -> None:
    number = 2 if before == "ari_app" else 1
    centre = scene.centre
    await until(
        lambda: centre.health().get("leader") == number and centre.health()["ready"],
        within,
        "the standby leads",
    )


def _each(do: Callable[[str], None]) -> None:
    for name in WORKERS:
        do(name)


@fault(
    "F1",
    "kill -9 of the leading worker, a standby alive",
    "the standby owns every call within 1 s; order kept; nobody dropped",
)
async def f1(scene: Scene) -> None:
    await scene.cast()
    before = leader(scene.centre)
    await scene.now(lambda: scene.centre.kill(before))
    await _other_leads(scene, before, 2)
    await _revived(scene)


@fault(
    "F2",
    "SIGSTOP of the leading worker, a standby alive",
    "new calls go to the standby within 500 ms, the rest within 3 s",
)
async def f2(scene: Scene) -> None:
    await scene.cast()
    before = leader(scene.centre)
    await scene.now(lambda: scene.centre.signal(before, signal.SIGSTOP))
    await _other_leads(scene, before, 4)
    await asyncio.to_thread(scene.centre.programs[before].wait, 3)
    await _revived(scene)


@fault(
    "F3",
    "all workers dead for 8 s",
    "new calls in the last resort within 1 s, waiting ones within the lease; talks go on",
)
async def f3(scene: Scene) -> None:
    await scene.cast()
    await scene.now(lambda: _each(scene.centre.kill))
    await asyncio.sleep(8)
    _all_go_on(scene, "without any worker")
    await _revived(scene)


@fault("F4", "all workers frozen for 6 s", "as F3, by the lease")
async def f4(scene: Scene) -> None:
    await scene.cast()
    await scene.now(lambda: _each(lambda name: scene.centre.signal(name, signal.SIGSTOP)))
    await asyncio.sleep(6)
    _all_go_on(scene, "with frozen workers")
    for name in WORKERS:
        scene.centre.signal(name, signal.SIGCONT)
    await asyncio.sleep(1)
    await _revived(scene)


@fault(
    "F5",
    "the only worker dies and is back after a second, then a restart under load",
    "the same state as never failed; no double ring",
)
async def f5(scene: Scene) -> None:
    standby = "ari_app-2" if leader(scene.centre) == "ari_app" else "ari_app"
    scene.centre.kill(standby)
    await scene.cast()
    before = leader(scene.centre)

    async def dies_and_returns() -> None:
        scene.centre.kill(before)
        await asyncio.sleep(1)
        await asyncio.to_thread(scene.centre.start, before)

    await scene.now(dies_and_returns)
    scene.centre.signal(before, signal.SIGTERM)  # `./120 restart ari_app`
    await asyncio.to_thread(scene.centre.programs[before].wait, 5)
    await _revived(scene)


@fault("F6", "two workers believe they lead", "one citizen reaches the agent, the agent's phone rings once")
async def f6(scene: Scene) -> None:
    await scene.agent("201")
    await scene.room.key(scene.phones["201"], "*12")
    await scene.call("W1")
    await scene.call("W2")
    await until(lambda: scene.centre.health().get("waiting") == 2, 5, "both wait")
    await scene.send(("W1", "W2"), "offer", "201")
    await until(lambda: scene.centre.cel("CENTRE_OFFER_RESULT"), 5, "one of the offers is refused")
    rung = [call for call in scene.phones["201"].calls if isinstance(call, IncomingCall)]
    promised(len(rung) <= 1, f"one phone rang once, not {len(rung)} times")
    await scene.agent("205")
    await scene.nobody_dropped(("W1", "W2"))
    scene.one_ring_each()


@fault(
    "F7",
    "a storm of broken ARI connections, ten a second for 10 s",
    "nobody dropped; file descriptors of the worker do not grow",
    own_centre=True,
)
async def f7(scene: Scene) -> None:
    async with Proxy(scene.centre) as proxy:
        await _one_worker_behind(scene, proxy)
        await scene.cast()
        before = scene.centre.open_files("ari_app")
        await scene.now(lambda: proxy.storm(10.0, 10))
        await until(lambda: scene.centre.health().get("ready"), 10, "ready after the storm")
        await settle(scene)
        promised(scene.centre.open_files("ari_app") <= before + 3, "file descriptors are flat")


@fault(
    "F32",
    "every event twice, and neighbours exchanged, between Asterisk and the worker",
    "the same state as without",
    own_centre=True,
)
async def f32(scene: Scene) -> None:
    async with Proxy(scene.centre, doubles=True, chance=scene.chance) as proxy:
        await _one_worker_behind(scene, proxy)
        await scene.cast()
        await scene.now(lambda: None)
        await settle(scene)
        promised(proxy.doubled > 20, f"events were doubled: {proxy.doubled}")
