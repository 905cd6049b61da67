"""One call as its phone sees it: what was heard, waiting for facts with deadlines, pressing keys."""

import time
from collections.abc import Callable
from pathlib import Path

from phones import tones
from phones.session import Session, State
from phones.sources import Source, write_wav

STEADY_WINDOWS = 2  # windows of 200 ms that must agree before something counts as heard


class CallEnded(Exception):
    """The call was over before what was waited for happened."""

    def __init__(self, what: str, status: int | None, reason: str) -> None:
        super().__init__(f"{what}: the call ended first ({status or ''} {reason})".replace("( ", "("))
        self.status, self.reason = status, reason


class Call(Session):
    # --- what is known --------------------------------------------------------------------------------
    @property
    def call_id(self) -> str:
        """The SIP Call-ID."""
        return self.dialog.call_id

    @property
    def remote_number(self) -> str:
        return self.dialog.remote.uri.user

    @property
    def seconds(self) -> list[tones.Second]:
        """The hearing log: one line a second."""
        return self.media.seconds

    @property
    def keys(self) -> str:
        """The keys the other side pressed so far."""
        return self.media.keys

    @property
    def packets_sent(self) -> int:
        return self.media.packets_sent

    @property
    def tones_heard(self) -> set[int]:
        """Every known tone that some second of the call held."""
        return set().union(*(second.tones for second in self.seconds))

    # --- waiting --------------------------------------------------------------------------------------
    async def ringing(self, within: float) -> None:
        await self._until(lambda: self.state in (State.RINGING, State.ANSWERED), within, "ringing")

    async def answered(self, within: float) -> None:
        await self._until(lambda: self.state is State.ANSWERED, within, "answered")

    async def ended(self, within: float) -> str:
        """The reason it ended for."""
        await self.changed.until(lambda: self.state is State.ENDED, within, f"{self}: ended")
        return self.reason

    async def heard(self, tone: int | None = None, *, within: float) -> float:
        """Seconds until this tone (None: anything audible) was steadily heard, from now on."""
        asked = time.monotonic()

        def count() -> bool:
            fresh = [window for at, window in self.media.windows if at > asked]
            hits = [w for w in fresh if (tone in w.tones if tone else w.dbfs > tones.SPEECH_DBFS)]
            return len(hits) >= STEADY_WINDOWS

        await self._until(count, within, f"heard {tones.party(tone) if tone else 'anything'}")
        return time.monotonic() - asked

    async def not_heard(self, tone: int | None = None, *, lasting: float = 0.6, within: float) -> None:
        """Until this tone (None: any sound) has been absent for `lasting` seconds of windows, from now on."""
        asked, need = time.monotonic(), max(1, round(lasting / 0.2))

        def absent() -> bool:
            fresh = [w for at, w in self.media.windows if at > asked][-need:]
            hits = [w for w in fresh if (tone in w.tones if tone else w.dbfs > tones.SPEECH_DBFS)]
            return len(fresh) == need and not hits

        await self._until(absent, within, f"no longer heard {tones.party(tone) if tone else 'anything'}")

    async def pressed(self, keys: str, within: float) -> None:
        """Until the other side has pressed these keys, one after the other."""
        await self._until(lambda: keys in self.keys, within, f"keys {keys} received")

    async def _until(self, fact: Callable[[], bool], within: float, what: str) -> None:
        await self.changed.until(lambda: fact() or self.state is State.ENDED, within, f"{self}: {what}")
        if not fact():
            raise CallEnded(f"{self}: {what}", self.status, self.reason)

    # --- doing ----------------------------------------------------------------------------------------
    async def press(self, keys: str, within: float = 10.0) -> None:
        """Presses keys (RFC 4733) and returns when the last one is up."""
        self.media.press(keys)
        self.note(f"pressed {keys}")
        await self._until(lambda: not self.media.pressing, within, f"keys {keys} sent")

    def say(self, source: Source) -> None:
        self.media.say(source)

    async def hold(self) -> bool:
        """Puts the other side on hold with a re-INVITE (RFC 3264 section 8.4); True when accepted."""
        return await self._reinvite("sendonly")

    async def resume(self) -> bool:
        return await self._reinvite("sendrecv")

    def record(self) -> None:
        """Keeps all that is received from now on; `save_recording` writes it."""
        self.media.recording = bytearray()

    def save_recording(self, path: Path) -> None:
        write_wav(path, bytes(self.media.recording or b""), self.media.codec)
