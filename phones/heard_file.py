"""What the robots hear, one JSON line per fact: the far end's proof that a citizen's voice arrived.

`<home>/state/robots-heard.jsonl` holds `{"at": epoch, "who": "201", "event": "heard", "tones": [600], ...}`
as soon as a party is heard, and `"event": "ended"` with the whole call's tones. `ops/call.py` reads it.
"""

import json
import time
from collections.abc import Sequence
from pathlib import Path

from phones.incoming import IncomingCall
from phones.session import State

LIMIT_BYTES = 1_000_000
LONGEST_CALL_SECONDS = 86_400.0


class HeardFile:
    def __init__(self, path: Path) -> None:
        self._path = path

    def write(
        self, who: str, call: IncomingCall, event: str, tones: Sequence[int], dbfs: float | None
    ) -> None:
        line = {
            "at": round(time.time(), 3),
            "who": who,
            "event": event,
            "tones": sorted(tones),
            "dbfs": None if dbfs is None else round(dbfs, 1),
            "sip_call_id": call.call_id,
            "x_call": call.invite.headers.get("x-call") or None,
            "packets": call.media.packets_received,
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # A demo may run for weeks; only the last minutes are ever asked for.
        fresh = self._path.exists() and self._path.stat().st_size > LIMIT_BYTES
        with self._path.open("w" if fresh else "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    async def follow(self, who: str, call: IncomingCall) -> None:
        """Writes what this call hears until it ends."""
        known: set[int] = set()
        read = 0
        audible = False
        while await self._another_second(call, read):
            for second in call.seconds[read:]:
                if second.tones - known or (second.audible and not audible):
                    known |= second.tones
                    audible = audible or second.audible
                    self.write(who, call, "heard", sorted(second.tones), second.dbfs)
            read = len(call.seconds)
        if call.media.packets_received:
            self.write(who, call, "ended", sorted(call.tones_heard), None)

    @staticmethod
    async def _another_second(call: IncomingCall, read: int) -> bool:
        """False when the call is over and all of it was read."""

        def news() -> bool:
            return len(call.seconds) > read or call.state is State.ENDED

        await call.changed.until(news, LONGEST_CALL_SECONDS, "a second of the call")
        return len(call.seconds) > read
