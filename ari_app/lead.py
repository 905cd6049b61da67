"""Who leads: of the workers of one centre one decides, the others stand by and look after it.

The lead is a lock that the kernel gives back when its holder dies, in whatever way. A holder that is frozen keeps it: so the
leader also writes a beat into shared memory, and a standby that has watched the same beat for `FROZEN_SECONDS`
of its own looking ends the frozen process (SIGKILL works on a stopped one), which frees the lock and lets the supervisor
start it anew. Two leaders are impossible; no clock of two machines is compared; the leader's beat costs no system call.
"""

import fcntl
import mmap
import os
import signal
import struct
from pathlib import Path

import structlog

log = structlog.get_logger("lead")

BEAT_SECONDS = 0.1
SILENT_SECONDS = 0.25
"""A standby asks for a new call itself when the leader's beat is this old: within the 500 ms that StasisBroadcast waits."""
FROZEN_SECONDS = 1.5
"""Half a lease: calls that wait are taken over before their lease runs out."""
_LOOKS = 8
"""So many looks must have seen the same beat: a machine that slept wakes with an old beat and no looks."""

_BEAT = struct.Struct("=QQ")  # number of the leader, count of beats
_LOCK = struct.Struct("hhqqi4x")  # struct flock of Linux on 64 bits: type, whence, start, length, pid


class Lead:
    """The lead as worker `number` sees it. Not thread-safe; `now` is monotonic seconds of this process."""

    def __init__(self, directory: Path, number: int) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.number = number
        self.held = False
        self._lock = os.open(directory / "lead.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        beat = os.open(directory / "lead.beat", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if os.fstat(beat).st_size < _BEAT.size:
            os.ftruncate(beat, _BEAT.size)
        self._memory = mmap.mmap(beat, _BEAT.size)
        os.close(beat)
        self._count = 0
        self._seen = 0
        self._changed = 0.0
        self._looks = 0

    def take(self, now: float) -> bool:
        """Take the lead if nobody holds it."""
        if self.held:
            return True
        try:
            fcntl.lockf(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._look(now)
            return False
        self.held = True
        _, self._count = _BEAT.unpack_from(self._memory)
        self.beat()
        return True

    def beat(self) -> None:
        """The leader lives."""
        self._count += 1
        _BEAT.pack_into(self._memory, 0, self.number, self._count)

    def _look(self, now: float) -> None:
        _, count = _BEAT.unpack_from(self._memory)
        if count != self._seen or not self._changed:
            self._seen, self._changed, self._looks = count, now, 0
        self._looks += 1

    def silent_seconds(self, now: float) -> float:
        """How long this standby has seen no beat; 0.0 for the leader itself."""
        if self.held:
            return 0.0
        _, count = _BEAT.unpack_from(self._memory)
        return 0.0 if count != self._seen else now - self._changed

    def leader(self) -> int:
        """The number of who led last; 0 when nobody ever did."""
        return int(_BEAT.unpack_from(self._memory)[0])

    def frozen(self, now: float) -> bool:
        """Whether the holder of the lead lives and does not beat."""
        return not self.held and self._looks >= _LOOKS and self.silent_seconds(now) >= FROZEN_SECONDS

    def end_frozen(self) -> int:
        """Kill the process that holds the lead; returns its pid, 0 when it was gone or is not ours to kill."""
        pid = self._holder()
        if pid <= 0 or not _is_worker(pid):
            return 0
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError as error:
            log.error("the frozen leader could not be ended", pid=pid, error=str(error))
            return 0
        self._looks = 0
        return pid

    def _holder(self) -> int:
        wanted = _LOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        answer = fcntl.fcntl(self._lock, fcntl.F_GETLK, wanted)
        kind, _, _, _, pid = _LOCK.unpack(answer)
        return 0 if kind == fcntl.F_UNLCK else int(pid)

    def close(self) -> None:
        """Give the lead back and forget it."""
        os.close(self._lock)
        self._memory.close()
        self.held = False


def _is_worker(pid: int) -> bool:
    """The kernel names the lock's holder; that it runs `ari_app` is checked all the same before anything is killed."""
    try:
        return b"ari_app" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
