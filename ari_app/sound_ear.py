"""Asks Asterisk every `LOOK_SECONDS` how much sound came from each leg, as long as somebody talks.

By the console's own socket: one question for all calls (0.6 ms), where ARI would take one for each leg and an AMI session makes
every call dearer (ari_app/ami.py). Nothing waits for the answer; without one nothing is judged.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

from ari_app import sound_loss
from ari_app.acd import Acd
from ari_app.state import Action
from centre120 import sound_watch
from centre120.sound_watch import Ear

log = structlog.get_logger("sound")

LOOK_SECONDS = 1.0
DEADLINE_SECONDS = 2.0
LONGEST_ANSWER = 1 << 20  # bytes; a line is 110, and there are at most a few thousand legs
QUESTION = b"cli quit after pjsip show channelstats\0"


async def ask(control: Path) -> str:
    """The table of all legs. OSError or TimeoutError when Asterisk is not there or does not answer."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        reader, writer = await asyncio.open_unix_connection(str(control))
        try:
            writer.write(QUESTION)
            text = bytearray()
            while len(text) < LONGEST_ANSWER and (more := await reader.read(65536)):
                text += more
            return text.decode("utf-8", "replace")
        finally:
            writer.close()


class SoundEar:
    """`seconds` without sound until an agent is told; 0: nobody looks."""

    def __init__(
        self,
        control: Path,
        acd: Acd,
        seconds: float,
        now: Callable[[], float],
        perform: Callable[[list[Action]], None],
    ) -> None:
        self._control, self._acd, self._seconds = control, acd, seconds
        self._now, self._perform = now, perform
        self._ears: dict[str, Ear] = {}

    async def listen(self, leads: Callable[[], bool]) -> None:
        """For ever; only a leader looks."""
        while self._seconds > 0:
            await asyncio.sleep(LOOK_SECONDS)
            if leads():
                await self._look()

    async def _look(self) -> None:
        if not sound_loss.talks(self._acd):
            self._ears.clear()
            return
        try:
            received = sound_watch.parse(await ask(self._control))
        except (OSError, TimeoutError) as error:
            log.warning("nobody knows whether talks are heard", error=repr(error))
            self._ears.clear()
            return
        now = self._now()
        legs = [leg for _, *both in sound_loss.talks(self._acd) for leg in both]
        self._ears = sound_watch.listen(self._ears, received, legs, now)
        self._perform(sound_loss.judged(self._acd, self._ears, now, self._seconds))
