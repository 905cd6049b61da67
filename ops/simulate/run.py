"""One live simulation: a private centre, its people, samples of the machine, and the books at the end."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from centre120.arrivals import PlannedCall, agents_languages
from ops.private_centre import Centre
from ops.simulate.books import Balance, balance
from ops.simulate.machine import Machine, Sample
from ops.simulate.people import People, Visit
from ops.simulate.room import private_centre
from ops.simulate.rtp_link import RtpLink

SAMPLE_SECONDS = 2.0
DEEP_EVERY = 5  # channels and bridges are asked of Asterisk's console in every fifth sample
SETTLE_SECONDS = 20.0
OVER_SECONDS = 45.0
"""RFC 3261's 32 s for a BYE that is never answered, and some for the audio's accounts."""
PROBE_SECONDS = 12


@dataclass(frozen=True)
class Order:
    """What to run. All seconds are of the wall clock."""

    calls: Sequence[PlannedCall]
    agents: int
    seconds: float  # calls are placed for so long
    counted_from: float  # before, the room fills
    answer_seconds: float
    wrap_up_seconds: int
    max_citizens: int
    max_wait_seconds: int = 600
    database_url: str = ""  # an empty database instead of a PostgreSQL of its own
    probes: bool = False  # after the last call, one a second: when is the centre itself again?


@dataclass
class Run:
    """What happened, raw."""

    order: Order
    languages: dict[str, list[str]]
    began_at: float = 0.0  # wall clock; calls count from here
    seconds: float = 0.0  # in which calls were really placed
    visits: list[Visit] = field(default_factory=list)
    probes: list[Visit] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    audio: dict[str, Any] = field(default_factory=dict)
    journal: list[dict[str, Any]] = field(default_factory=list)
    cel: list[dict[str, Any]] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    books: Balance = field(default_factory=lambda: Balance(0, {}, True))
    interrupted: bool = False


def run(order: Order, say: Callable[[str], None], show: Callable[[str], None]) -> Run:
    """Do it. `say` is told each step, `show` the state of things about once a second."""
    languages = agents_languages(order.agents)
    done = Run(order, languages)
    with private_centre(
        languages,
        say,
        order.wrap_up_seconds,
        order.max_citizens,
        order.max_wait_seconds,
        order.database_url,
    ) as (centre, passwords):
        asyncio.run(_live(centre, passwords, order, done, say, show))
        deadline = time.monotonic() + 10
        while (leaks := centre.leaks()) and time.monotonic() < deadline:
            time.sleep(0.2)
        done.leaks = leaks
        say("books")
        done.books = balance(centre.settings, done.began_at)
        done.journal, done.cel = centre.journal(), centre.cel()
    return done


async def _live(
    centre: Centre, passwords: dict[str, str], order: Order, done: Run,
    say: Callable[[str], None], show: Callable[[str], None],
) -> None:  # fmt: skip
    link = RtpLink("127.0.0.2", "127.0.0.1")
    await link.start()
    people = People(("127.0.0.1", centre.settings.sip_port), link, order.answer_seconds)
    try:
        await people.hire(passwords)
        say(f"{len(passwords)} agents registered and signed in")
        pids = {name: program.pid for name, program in centre.programs.items()}
        machine = Machine({**pids, "simulation": os.getpid(), "simulation's audio": link.pid})
        stop = _stop_signals()
        watching = asyncio.create_task(_watch(machine, centre, people, order, show))
        done.began_at, started = time.time(), time.monotonic()
        try:
            done.visits = await _place(people, order, started, stop)
            done.seconds = time.monotonic() - started
            done.interrupted = stop.is_set()
            if order.probes and not stop.is_set():
                done.probes = await _probe(people, stop)
            if not stop.is_set():
                await _settled(people)
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
        machine.sample()
        done.samples = machine.samples
        say("everybody hangs up")
        done.audio = await link.report()
        people.end_everything()
        with contextlib.suppress(TimeoutError):  # whose BYE nobody answers is no reason to lose all figures
            await asyncio.wait_for(_all_over(people), OVER_SECONDS)
        await people.go_home()
    finally:
        await link.close()


def _stop_signals() -> asyncio.Event:
    """Set by Ctrl-C and SIGTERM: no more calls, the figures so far."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _place(people: People, order: Order, started: float, stop: asyncio.Event) -> list[Visit]:
    """Every call at its moment. The visits fill in as they go on."""
    placed: list[str] = []
    for call in order.calls:
        await _pause(stop, started + call.at - time.monotonic())
        if stop.is_set():
            break
        people.begin(call)
        placed.append(call.number)
    await _pause(stop, started + order.seconds - time.monotonic())
    await asyncio.sleep(0)
    return [people.visits[number] for number in placed if number in people.visits]


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    if seconds > 0 and not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)


async def _probe(people: People, stop: asyncio.Event) -> list[Visit]:
    """One citizen a second who only listens whether anybody is there."""
    probes = [
        PlannedCall(
            number=f"0109{index:07d}", at=0.0, talk_seconds=1.0, patience_seconds=3.0, keys="", counted=False
        )
        for index in range(PROBE_SECONDS)
    ]
    for call in probes:
        people.begin(call)
        await _pause(stop, 1.0)
    await _pause(stop, 4.0)
    return [people.visits[call.number] for call in probes if call.number in people.visits]


async def _settled(people: People) -> None:
    """Whoever still waits gets a chance; who talks need not finish."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline:
        counts = people.counts()
        if not counts["waiting"] and not counts["calling"]:
            return
        await asyncio.sleep(0.1)


async def _all_over(people: People) -> None:
    while people.counts()["over"] < len(people.visits):  # noqa: ASYNC110 - many calls, one look
        await asyncio.sleep(0.05)


async def _watch(
    machine: Machine, centre: Centre, people: People, order: Order, show: Callable[[str], None]
) -> None:
    started, number = time.monotonic(), 0
    while True:
        more = {}
        if number % DEEP_EVERY == 0:
            more = await asyncio.to_thread(_deep, centre)
        counts = people.counts()
        sample = machine.sample({**more, "talks": float(counts["talking"])})
        number += 1
        seconds = time.monotonic() - started
        show(
            f"{seconds:4.0f} of {order.seconds:.0f} s: {len(people.visits)} calls, {counts['waiting']} in menu and queue,"
            f" {counts['talking']} talking, {counts['over']} over; machine {sample.busy_share:.0%}"
        )
        await asyncio.sleep(SAMPLE_SECONDS)


def _deep(centre: Centre) -> dict[str, float]:
    """Channels and bridges. A console that does not answer in time is no sample."""
    try:
        bridges = centre.cli("bridge show all").splitlines()[1:]
        return {
            "channels": float(centre.channels()),
            "bridges": float(sum(1 for line in bridges if line.strip())),
        }
    except (OSError, ValueError, TimeoutError):
        return {}
