"""A robot in the place of an agent: registers, signs in with *11, answers, speaks, hangs up after a minute
at most."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from phones import tones
from phones.call import CallEnded
from phones.heard_file import HeardFile
from phones.incoming import IncomingCall, Policy, answer, reject
from phones.phone import Phone
from phones.session import State
from phones.sources import Source
from phones.transport import Address
from phones.user_agent import RegisterRefused

SIGN_IN_KEY = "*11"  # idempotent; *12 signs out
ANSWER_AFTER, TALK_AT_MOST = 1.0, 60.0
CHECK_SECONDS = 2.0
AGAIN_SECONDS = 10.0  # between two sign-ins of a robot whose state says that the first did not help
WANTS_SIGN_IN = ("logged-out", "not-available")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RobotSettings:
    """One line of `<home>/state/robots.json`."""

    extension: str
    password: str
    tone: int = tones.AGENTS[0]


class RobotAgent:
    """`state_of` tells what the centre thinks of this agent; None: nobody can say."""

    def __init__(
        self,
        robot: RobotSettings,
        registrar: Address,
        *,
        speech: Path | None,
        heard: HeardFile,
        rtp_ports: tuple[int, int],
        state_of: Callable[[str], str | None],
    ) -> None:
        self._robot, self._registrar, self._state_of = robot, registrar, state_of
        self._heard = heard
        self.signed_in = False
        self.phone = Phone(
            registrar[0],
            user=robot.extension,
            source=Source(tone=robot.tone, recording=speech),
            policy=self._policy,
            on_call=self._listen,
            rtp_ports=rtp_ports,
        )

    def _policy(self, call: IncomingCall) -> Policy:
        # Signed in means available at once: the first offer may ring while *11 still speaks.
        others = [c for c in self.phone.calls if isinstance(c, IncomingCall) and c is not call]
        if any(c.state is not State.ENDED for c in others):
            return reject(486)
        return answer(ANSWER_AFTER, hang_up_after=TALK_AT_MOST)

    async def _listen(self, call: IncomingCall) -> None:
        await self._heard.follow(self._robot.extension, call)

    async def run(self) -> None:
        """For ever: registered and signed in, whatever restarts meanwhile."""
        async with self.phone:
            try:
                await self._serve()
            finally:
                with contextlib.suppress(TimeoutError, RegisterRefused):
                    await asyncio.wait_for(self.phone.unregister(), 0.5)

    async def _serve(self) -> None:
        await self._register()
        asked_at = -AGAIN_SECONDS
        was_unknown = True  # the centre just came (back): nobody there knows us
        while True:
            state = self._state_of(self._robot.extension)
            now = asyncio.get_running_loop().time()
            returned = was_unknown and state is not None and self.signed_in
            if state in WANTS_SIGN_IN or returned:
                self.signed_in = state == "available"
            if not self.signed_in and not self.phone.busy and now - asked_at >= AGAIN_SECONDS:
                asked_at = now
                self.signed_in = await self._sign_in()
            was_unknown = state is None
            await asyncio.sleep(CHECK_SECONDS)

    async def _register(self) -> None:
        while True:
            try:
                await self.phone.register(self._robot.extension, self._robot.password, self._registrar, 120)
                log.info("robot-registered", agent=self._robot.extension)
                return
            except RegisterRefused as error:
                log.warning("robot-not-registered", agent=self._robot.extension, why=str(error))
                await asyncio.sleep(CHECK_SECONDS)

    async def _sign_in(self) -> bool:
        """Dials the key and listens to what it says; True once it was answered."""
        call = await self.phone.call(f"sip:{SIGN_IN_KEY}@{self._registrar[0]}:{self._registrar[1]}")
        try:
            await call.answered(5)
            with contextlib.suppress(TimeoutError, CallEnded):
                await call.heard(within=3)
                await call.ended(5)
            log.info("robot-signed-in", agent=self._robot.extension)
            return True
        except (TimeoutError, CallEnded) as error:
            log.warning("robot-not-signed-in", agent=self._robot.extension, why=str(error))
            return False
        finally:
            await call.hangup()
