"""Program `watch`: asks every program that runs whether it answers, says who does not, and ends what may be ended.

Its own death hurts nobody: the supervisor starts it anew, and it knows nothing that cannot be asked again. What it finds
stands in `state/watch.json`, which `./120 status` and `./120 doctor` show; an old file says that the watch itself is frozen.
"""

import json
import os
import signal
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from centre120.settings import Settings
from centre120.watch_policy import Step, decide, rule_of
from ops import supervise
from ops.watch.probes import is_stopped, questions

log = structlog.get_logger("watch")

EVERY_SECONDS = 1.0
GRACE_SECONDS = 15.0
"""A program that has just been started is given this long before it must answer."""
STALE_SECONDS = 10.0


@dataclass
class Watched:
    """One program. Times are monotonic seconds."""

    pid: int
    seen: float  # first with this pid
    answered: float
    has_answered: bool = False
    alarmed: bool = False


class Watch:
    """Asks in turn; `running` gives name -> pid of what the supervisor says runs."""

    def __init__(
        self,
        settings: Settings,
        running: Callable[[], Mapping[str, int]] | None = None,
        asked: Mapping[str, Callable[[], bool]] | None = None,
        end: Callable[[int], None] | None = None,
    ) -> None:
        self._path = settings.state_dir / "watch.json"
        self._running = running or (lambda: supervised(settings))
        self._asked = questions(settings) if asked is None else asked
        self._end = end or end_group
        self._known: dict[str, Watched] = {}
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="ask")

    def run(self, stop: Callable[[], bool]) -> None:
        """Until `stop()`; one round a second."""
        while not stop():
            begun = time.monotonic()
            try:
                self.round()
            except Exception:
                log.exception("a round of the watch failed")
            time.sleep(max(0.05, EVERY_SECONDS - (time.monotonic() - begun)))

    def round(self) -> dict[str, float]:
        """Ask everybody once; seconds of silence by program."""
        running = dict(self._running())
        running.pop("watch", None)
        answers = dict(zip(running, self._pool.map(self._answers, running.items()), strict=True))
        now = time.monotonic()
        self._known = {name: one for name, one in self._known.items() if running.get(name) == one.pid}
        silences = {}
        for name, pid in running.items():
            one = self._known.setdefault(name, Watched(pid, now, now))
            if answers[name]:
                if one.alarmed:
                    log.warning("answers again", program_watched=name)
                one.answered, one.has_answered, one.alarmed = now, True, False
            begun = one.answered if one.has_answered else one.seen + GRACE_SECONDS
            silences[name] = max(0.0, now - begun)
            self._act(name, one, silences[name])
        self._write(silences)
        return silences

    def _answers(self, item: tuple[str, int]) -> bool:
        name, pid = item
        if is_stopped(pid):
            return False
        question = self._asked.get(name)
        return question is None or question()

    def _act(self, name: str, one: Watched, silent: float) -> None:
        step = decide(name, silent, one.alarmed)
        if step is Step.ALARM:
            one.alarmed = True
            rule = rule_of(name)
            plan = f"ended after {rule.end_seconds:.0f} s" if rule.end_seconds else "left to a person"
            log.error(
                "does not answer",
                program_watched=name,
                silent_seconds=round(silent, 1),
                plan=plan,
                why=rule.why,
            )
        elif step is Step.END:
            log.error("does not answer and is ended", program_watched=name, silent_seconds=round(silent, 1))
            self._end(one.pid)
            self._known.pop(name, None)

    def _write(self, silences: Mapping[str, float]) -> None:
        told = {
            "at": datetime.now(UTC).isoformat(),
            "silent_seconds": {name: round(seconds, 1) for name, seconds in silences.items() if seconds},
        }
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(told), encoding="utf-8")
        fresh.replace(self._path)


def supervised(settings: Settings) -> dict[str, int]:
    """What the supervisor says runs."""
    states = supervise.states(settings)
    return {name: one.pid for name, one in states.items() if one.state == "running" and one.pid}


def end_group(pid: int) -> None:
    """Kill a program and its children: the supervisor gave each a process group of its own."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except OSError as error:
        log.error("could not be ended", pid=pid, error=str(error))


def silent_programs(state_dir: Path, now: datetime) -> dict[str, float] | None:
    """Who does not answer, by the watch's last word; None when that is too old or was never said."""
    try:
        told = json.loads((state_dir / "watch.json").read_text(encoding="utf-8"))
        age = (now - datetime.fromisoformat(told["at"])).total_seconds()
        silent = {str(name): float(seconds) for name, seconds in told["silent_seconds"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return silent if age < STALE_SECONDS else None
