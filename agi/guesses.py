"""Who keyed wrong tracking codes lately, so that nobody finds a case by trying. In memory: a restart forgives."""

from collections import defaultdict, deque

from centre120.tracking import (
    MISSES_PER_CALL,
    MISSES_PER_CALLER,
    MISSES_PER_CENTRE,
    WINDOW_SECONDS,
    may_ask,
)

_EVERYBODY = ""


class Guesses:
    """Misses by call, by caller and of all together; `now` is monotonic seconds."""

    def __init__(self) -> None:
        self._missed: dict[str, deque[float]] = defaultdict(deque)

    def may_ask(self, call_id: str, caller: str | None, now: float) -> bool:
        """Whether this call may try another code."""
        self._forget(now)
        limits = {f"call {call_id}": MISSES_PER_CALL, _EVERYBODY: MISSES_PER_CENTRE}
        if caller:
            limits[f"caller {caller}"] = MISSES_PER_CALLER
        return all(may_ask(tuple(self._missed.get(key, ())), now, most) for key, most in limits.items())

    def record_miss(self, call_id: str, caller: str | None, now: float) -> None:
        """A code that no case has, or that cannot be right."""
        for key in (f"call {call_id}", f"caller {caller}" if caller else None, _EVERYBODY):
            if key is not None:
                self._missed[key].append(now)

    def _forget(self, now: float) -> None:
        """What is older than the window; at most MISSES_PER_CENTRE are younger, so this is short."""
        for key, times in list(self._missed.items()):
            while times and now - times[0] >= WINDOW_SECONDS:
                times.popleft()
            if not times:
                del self._missed[key]
