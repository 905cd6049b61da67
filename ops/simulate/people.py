"""The people of a simulation: citizens who call, wait, talk or lose patience, and agents who answer. Real SIP, real audio.

Who hangs up, after how much talk and how much patience, was drawn beforehand (centre120/arrivals.py); here it happens.
"""

import asyncio
import contextlib
import functools
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from centre120.arrivals import PlannedCall
from ops.simulate.rtp_link import AGENTS, CITIZENS, RtpLink, SharedStream, StreamAccount
from ops.simulate.voices import PARTIES
from phones.call import Call, CallEnded
from phones.incoming import NEVER_ANSWER, IncomingCall
from phones.media import MediaStream
from phones.phone import Phone
from phones.session import State
from phones.transport import Address

CITIZEN_PARTIES = range(1000, PARTIES)
"""Agents are the parties below; citizens take turns with these."""
FIRST_KEY_AFTER = 0.8
NEXT_KEY_AFTER = 1.0
DEFAULT_TALK_SECONDS = 5.0


@dataclass
class Visit:
    """What became of one planned call, as its citizen and its agent saw it. Moments are wall-clock seconds."""

    plan: PlannedCall
    party: int
    sent_at: float = 0.0
    sent_monotonic: float = 0.0
    answered_at: float | None = None  # by the centre
    met_at: float | None = None  # by the agent
    ended_at: float | None = None
    agent: str | None = None
    status: int | None = None
    reason: str = ""
    gave_up: bool = False
    cut_short: bool = False  # the run ended first
    error: str = ""
    citizen_leg: StreamAccount = field(default_factory=StreamAccount)
    agent_leg: StreamAccount = field(default_factory=StreamAccount)

    @property
    def phase(self) -> str:
        if self.ended_at is not None:
            return "over"
        if self.met_at is not None:
            return "talking"
        return "calling" if self.answered_at is None else "waiting"


class People:
    """Everybody, and the book in which an agent finds whom it talks to."""

    def __init__(self, sip: Address, link: RtpLink, answer_seconds: float) -> None:
        self._sip, self._link, self._answer_seconds = sip, link, answer_seconds
        self.visits: dict[str, Visit] = {}
        self._met: dict[str, asyncio.Event] = {}
        self._calls_under_way: set[asyncio.Task[Visit]] = set()
        self._agent_legs: set[asyncio.Task[None]] = set()
        self._agents: dict[str, Phone] = {}
        self._parties: dict[str, int] = {}
        self._closing = asyncio.Event()
        self._citizens = Phone(
            "127.0.0.2", user="citizens", media=self._voice(CITIZENS, lambda: self._next_party)
        )
        self._next_party = CITIZEN_PARTIES.start

    def _voice(self, side: int, party: Callable[[], int]) -> Callable[[Callable[[], None]], MediaStream]:
        return lambda on_change: SharedStream(self._link, side, party(), on_change)

    # --- agents -----------------------------------------------------------------------------------------------
    async def hire(self, passwords: dict[str, str]) -> None:
        """Every agent registers and signs in with *11; raises TimeoutError or RegisterRefused when one can not."""
        await self._citizens.start()
        for index, extension in enumerate(passwords):
            self._parties[extension] = index
            phone = Phone(
                "127.0.0.1",
                user=extension,
                policy=NEVER_ANSWER,
                on_call=self._attend,
                media=self._voice(AGENTS, functools.partial(int, index)),
            )
            self._agents[extension] = phone
        turn = asyncio.Semaphore(8)

        async def begin(extension: str, phone: Phone) -> None:
            async with turn:
                await phone.start()
                await phone.register(extension, passwords[extension], self._sip, 600)
                call = await phone.call(f"sip:*11@{self._sip[0]}:{self._sip[1]}")
                await call.answered(10)
                await call.ended(20)

        await asyncio.gather(*(begin(extension, phone) for extension, phone in self._agents.items()))

    async def _attend(self, call: IncomingCall) -> None:
        """One offer at an agent's phone: answered after the delay, talked, ended by whom the plan says."""
        task = asyncio.current_task()
        if task is not None:
            self._agent_legs.add(task)
        try:
            await self._talk(call)
        finally:
            if task is not None:
                self._agent_legs.discard(task)

    async def _talk(self, call: IncomingCall) -> None:
        await asyncio.sleep(self._answer_seconds)
        await call.answer()
        if call.state is not State.ANSWERED:
            return  # the citizen gave up while it rang
        visit = self.visits.get(call.remote_number)
        talk, agent_ends = DEFAULT_TALK_SECONDS, True
        if visit is not None and visit.met_at is None:
            visit.met_at, visit.agent = time.time(), self._extension_of(call)
            self._met[call.remote_number].set()
            talk, agent_ends = visit.plan.talk_seconds, not visit.plan.citizen_hangs_up
        with contextlib.suppress(TimeoutError):
            # the citizen's own hang-up ends it; an agent never stays longer than that for ever
            await call.ended(talk if agent_ends else talk + 30)
        await call.hangup()
        if visit is not None and isinstance(call.media, SharedStream):
            visit.agent_leg = await call.media.account()

    def _extension_of(self, call: IncomingCall) -> str:
        return call.dialog.local.uri.user

    # --- citizens ---------------------------------------------------------------------------------------------
    def begin(self, plan: PlannedCall) -> None:
        """Place that call; `visits` tells what becomes of it."""
        task = asyncio.create_task(self.visit(plan))
        self._calls_under_way.add(task)  # a reference, or the collector takes the task
        task.add_done_callback(self._calls_under_way.discard)

    async def visit(self, plan: PlannedCall, dial: str = "120") -> Visit:
        """One citizen's whole call. Never raises for what a call may become."""
        self._next_party += 1
        if self._next_party >= CITIZEN_PARTIES.stop:
            self._next_party = CITIZEN_PARTIES.start
        visit = self.visits[plan.number] = Visit(
            plan, self._next_party, sent_at=time.time(), sent_monotonic=time.monotonic()
        )
        self._met[plan.number] = asyncio.Event()
        try:
            call = await self._citizens.call(
                f"sip:{dial}@{self._sip[0]}:{self._sip[1]}", from_number=plan.number
            )
            try:
                await self._stay(call, visit)
            except (CallEnded, TimeoutError) as error:
                visit.error = str(error)
            await call.hangup()
            visit.ended_at, visit.status = time.time(), call.status
            visit.reason = call.reason
            if isinstance(call.media, SharedStream):
                visit.citizen_leg = await call.media.account()
        except (OSError, TimeoutError, ValueError) as error:
            visit.error, visit.ended_at = str(error), time.time()
        return visit

    async def _stay(self, call: Call, visit: Visit) -> None:
        plan = visit.plan
        await call.answered(40)
        visit.answered_at = time.time()
        patience = plan.patience_seconds
        waiting = asyncio.create_task(self._met[plan.number].wait())
        closing = asyncio.create_task(self._closing.wait())
        ended = asyncio.create_task(call.ended(86_400))
        try:
            for number, key in enumerate(plan.keys):
                await asyncio.sleep(NEXT_KEY_AFTER if number else FIRST_KEY_AFTER)
                call.media.press(key)
            await asyncio.wait(
                {waiting, closing, ended}, timeout=patience, return_when=asyncio.FIRST_COMPLETED
            )
            if visit.met_at is None:
                visit.gave_up = call.state is State.ANSWERED and not self._closing.is_set()
                visit.cut_short = call.state is State.ANSWERED and self._closing.is_set()
                return
            # met_at is the agent's answer; the plan's talk runs from there on for both
            talk = plan.talk_seconds if plan.citizen_hangs_up else plan.talk_seconds + 30
            await asyncio.wait({closing, ended}, timeout=talk, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (waiting, closing, ended):
                task.cancel()

    # --- the end ----------------------------------------------------------------------------------------------
    def counts(self) -> dict[str, int]:
        """How many stand where."""
        found = {"calling": 0, "waiting": 0, "talking": 0, "over": 0}
        for visit in self.visits.values():
            found[visit.phase] += 1
        return found

    def end_everything(self) -> None:
        """Whoever still waits or talks hangs up now."""
        self._closing.set()

    async def go_home(self) -> None:
        """Agents' last legs end, phones close."""
        if self._agent_legs:
            await asyncio.wait(self._agent_legs, timeout=5)
        for phone in self._agents.values():
            await phone.close()
        await self._citizens.close()
