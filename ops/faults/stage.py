"""The stage of a fault: a private centre with everything on, and real calls standing in every state when the fault comes.

States, as in the matrix: R ringing in, I in the menu, W waiting, O offered, T talking, X being handed over, C wrap-up.
Agents come one by one, each for one call, so that it is known who stands where: 201 talks, 202 hands over, 203 wraps up,
204's phone rings; 205 and 206 come afterwards and take who waits.
"""

import asyncio
import contextlib
import itertools
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import aiohttp

from ops.books import balance
from ops.private_centre import Centre
from ops.private_room import AT_ONCE, Desk, Room, tone_of, until
from phones import incoming, tones
from phones.call import Call, CallEnded
from phones.session import State

WORKERS = ("ari_app", "ari_app-2")
PROGRAMS = ("postgresql", "asterisk", "agi", *WORKERS, "recorder")
AGENTS = {str(extension): ["ko"] for extension in range(201, 207)}
AGENT_TONES = frozenset(tone_of(extension) for extension in AGENTS)
SILENCE_SECONDS = 5
SET_UP_SECONDS = 12
"""For the scene to stand before the fault comes: no promise is measured by it."""
DEPARTMENT = "0270001234"


def new_centre(**overrides: Any) -> Centre:
    """A private centre with its own PostgreSQL; short waits, so that a run takes seconds."""
    settings = {"ring_seconds": 6, "department_ring_seconds": 6, "wrap_up_seconds": 2, **overrides}
    return Centre(AGENTS, own_database=True, **settings)


class BrokenPromise(AssertionError):
    """What was promised did not happen."""


def promised(fact: object, what: str) -> None:
    """Fails the run, saying what was promised."""
    if not fact:
        raise BrokenPromise(what)


class Scene:
    """Calls in every state. `citizens` by state; `moment` is when the fault came (monotonic)."""

    _numbers = itertools.count(int(time.time()) % 1000 * 10_000)

    def __init__(self, centre: Centre, chance: random.Random) -> None:
        self.centre = centre
        self.chance = chance
        self.room = Room(centre)
        self.begun = datetime.now(UTC)
        self.citizens: dict[str, Call] = {}
        self.desks: dict[str, Desk] = {}
        self.phones: dict[str, Any] = {}
        self.met: dict[str, float] = {}  # state -> when the citizen heard a person (monotonic)
        self.moment = 0.0
        self._open = contextlib.AsyncExitStack()

    # --- before ---------------------------------------------------------------------------------------------

    async def call(self, state: str, press: str = "0") -> Call:
        """A citizen from the trunk, through the menu when `press` is given."""
        call = await self.room.citizen(f"010{next(self._numbers) % 100_000_000:08}")
        self.citizens[state] = call
        if press:
            await call.answered(SET_UP_SECONDS)
            await call.heard(within=SET_UP_SECONDS)
            await call.press(press)
        return call

    async def agent(self, extension: str, policy: incoming.Policy = AT_ONCE) -> None:
        self.phones[extension] = await self.room.agent(extension, policy)
        signed_in = ("available", "offered", "on-call")  # who waits is offered at once
        await until(
            lambda: self.centre.agent_state(extension) in signed_in, SET_UP_SECONDS, f"{extension} signed in"
        )

    async def talk(self, state: str, extension: str) -> Call:
        await self.agent(extension)
        call = await self.call(state)
        await call.heard(tone_of(extension), within=SET_UP_SECONDS)
        return call

    async def cast(self, states: str = "TXCOWI") -> None:
        """Bring a call into each of these states."""
        if "X" in states:
            await self.room.carrier(incoming.answer(3.0))
            await self.talk("X", "202")
            self.desks["202"] = await self._open.enter_async_context(Desk(self.centre, "202"))
        if "T" in states:
            await self.talk("T", "201")
        if "C" in states:
            await self.talk("C", "203")
        if "O" in states:
            await self.agent("204", incoming.answer(4.0))
            await self.call("O")
            await until(
                lambda: self.centre.agent_state("204") == "offered", SET_UP_SECONDS, "204's phone rings"
            )
        if "C" in states:  # as late as can be: wrap-up is short; 203 takes whoever waits, as in life
            await self.citizens["C"].hangup()
        if "W" in states:
            await self.call("W1")
            await self.call("W2")
        if "X" in states:
            desk = self.desks["202"]
            await until(lambda: desk.phase() == "talking", SET_UP_SECONDS, "202's desk shows the talk")
            await desk.do("blind-transfer", target=desk.target(DEPARTMENT))
        if "I" in states:
            call = await self.call("I", press="")
            await call.answered(SET_UP_SECONDS)

    async def now(self, fault: Callable[[], Any]) -> None:
        """The fault, at a random moment; a call rings in around it."""
        await asyncio.sleep(self.chance.uniform(0.0, 0.4))
        arriving = asyncio.create_task(self._arrive(self.chance.uniform(0.0, 0.2)))
        await asyncio.sleep(self.chance.uniform(0.0, 0.2))
        self.moment = time.monotonic()
        result = fault()
        if asyncio.iscoroutine(result):
            await result
        await arriving

    async def _arrive(self, after: float) -> None:
        await asyncio.sleep(after)
        await self.call("R", press="")

    async def send(self, states: Sequence[str], context: str, extension: str) -> None:
        """Send the waiting citizens of these states somewhere, as a worker gone mad would: not by any worker of ours."""
        numbers = {self.citizens[state].dialog.local.uri.user for state in states}
        channels = [
            r["channel_id"] for r in self.centre.journal("CallQueued") if r["caller_number"] in numbers
        ]
        key = f"centre120:{self.centre.settings.secret('ari_password')}"
        where = {"context": context, "extension": extension, "priority": "1", "api_key": key}
        url = f"http://127.0.0.1:{self.centre.settings.ari_port}/ari/channels"
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(session.post(f"{url}/{one}/continue", params=where) for one in channels))

    # --- after ----------------------------------------------------------------------------------------------

    async def nobody_dropped(self, states: Sequence[str] = ("T", "X", "O", "W1", "W2", "I", "R")) -> None:
        """Each citizen of these states still has a call, and meets a person in the end. Frees agents so that all can."""
        for state in states:
            call = self.citizens.get(state)
            if call is not None:
                promised(call.state is not State.ENDED, f"{state}: the call goes on; ended: {call.reason}")
        for state in ("I", "R"):
            if state in states and state in self.citizens:
                await self._to_the_queue(state)
        if "T" in states and "T" in self.citizens:
            await self._hears(self.citizens["T"], {tone_of("201")}, "T", 6)
        if "X" in states and "X" in self.citizens:
            await self._hears(self.citizens["X"], {tones.DEPARTMENT, *AGENT_TONES}, "X", 20)
        for state in ("O", "W1", "W2", "I", "R"):
            if state in states and state in self.citizens:
                await self._hears(self.citizens[state], AGENT_TONES, state, 40)
                await self.citizens[state].hangup()

    async def _to_the_queue(self, state: str) -> None:
        call = self.citizens[state]
        await call.answered(8)
        with contextlib.suppress(TimeoutError, AssertionError):
            await call.heard(within=6)
        await call.press("0")

    async def _hears(self, call: Call, wanted: set[int] | frozenset[int], state: str, within: float) -> None:
        begun = time.monotonic()

        def heard() -> bool:
            if call.state is State.ENDED:
                raise BrokenPromise(f"{state}: ended by {call.reason} while it waited for a person")
            met = next(
                (at for at, window in call.media.windows if at > begun and window.tones & wanted), None
            )
            if met is not None:
                self.met[state] = self._first(call, wanted, met)
            return met is not None

        try:
            await until(heard, within, "")
        except AssertionError as error:
            if isinstance(error, BrokenPromise):
                raise
            raise BrokenPromise(f"{state}: no person within {within:.0f} s") from None

    def _first(self, call: Call, wanted: set[int] | frozenset[int], known: float) -> float:
        earlier = (at for at, window in call.media.windows if at > self.moment and window.tones & wanted)
        return min((known, *earlier))

    def in_order(self) -> None:
        """Who waited longer met a person first."""
        if "W1" in self.met and "W2" in self.met:
            promised(self.met["W1"] <= self.met["W2"] + 0.5, "the first in line was served after the second")

    def nobody_in_silence(self, longest: int = SILENCE_SECONDS) -> None:
        """No citizen heard nothing for so many whole seconds on end, once the call was answered."""
        for state, call in self.citizens.items():
            silent = max(
                (
                    len(list(group))
                    for audible, group in itertools.groupby(call.seconds, lambda second: second.audible)
                    if not audible
                ),
                default=0,
            )
            promised(silent <= longest, f"{state}: {silent} s of silence, promised at most {longest}")

    def one_ring_each(self) -> None:
        """No agent's phone had two calls at a time."""
        for extension, phone in self.phones.items():
            spans = sorted(
                (call.log[0][0], call.log[-1][0])
                for call in phone.calls
                if isinstance(call, incoming.IncomingCall) and call.log
            )
            for (_, end), (start, _) in itertools.pairwise(spans):
                promised(start >= end - 0.3, f"{extension}: a second call rang while the first was on")

    async def all_is_well(self, within: float = 15) -> None:
        """The leader is ready, nobody waits, no agent is held by a call that is not there."""

        def well() -> bool:
            health = self.centre.health()
            busy = {"offered", "on-call"} & set(health.get("agents", {}).values())
            return bool(health.get("ready")) and health.get("waiting") == 0 and not busy

        try:
            await until(well, within, "")
        except AssertionError:
            raise BrokenPromise(f"the centre is not as before: {self.centre.health()}") from None

    async def end(self) -> None:
        """Everybody hangs up; nothing is left in Asterisk."""
        for call in self.citizens.values():
            if call.state is not State.ENDED:
                with contextlib.suppress(CallEnded, TimeoutError, OSError):
                    await call.hangup()
        for extension, phone in self.phones.items():
            with contextlib.suppress(CallEnded, TimeoutError, OSError, AssertionError):
                await self.room.key(phone, "*12")
            phone.calls = [call for call in phone.calls if call.state is not State.ENDED]
            del extension
        await self._open.aclose()
        await self.room.close()
        try:
            await until(lambda: not self.centre.leaks(), 12, "")
        except AssertionError:
            raise BrokenPromise(f"left in Asterisk: {self.centre.leaks()}") from None

    async def books_balance(self, events_are_whole: bool = True, patience: float = 12.0) -> None:
        """Three witnesses agree on every call of this scene; two, when Asterisk could not write its events."""
        made = await asyncio.to_thread(balance, self.centre.settings, self.begun, patience_seconds=patience)
        found = "; ".join(one.text for one in made.discrepancies) or (
            f"{made.invites} INVITEs, {made.accounted} accounted for, {made.unread_records} records unread, "
            f"{len(made.not_judged)} not judged"
        )
        if not events_are_whole:
            known = [one for one in made.discrepancies if "Asterisk's events" not in one.text]
            promised(not known and not made.unread_records, f"books: {found}")
            return
        promised(made.balanced, f"books: {found}")


@contextlib.asynccontextmanager
async def scene(centre: Centre, chance: random.Random) -> AsyncIterator[Scene]:
    """A scene that is cleared in any case."""
    made = Scene(centre, chance)
    try:
        yield made
    except BaseException:
        with contextlib.suppress(Exception):
            await made.end()
        raise


def revive(centre: Centre, *names: str) -> None:
    """What the supervisor does: start again what is not running; go on with what was stopped."""
    for name in names or PROGRAMS:
        program = centre.programs.get(name)
        if program is None or program.poll() is not None:
            centre.programs.pop(name, None)
            centre.start(name)


def leader(centre: Centre) -> str:
    """The program that leads."""
    return "ari_app" if centre.health().get("leader") == 1 else "ari_app-2"
