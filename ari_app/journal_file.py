"""The journal's file on disk: whole blocks or nothing, room held in advance, a new part in one step.

Room: `fallocate` with KEEP_SIZE reserves blocks behind the end of the file. Nobody else can take them, not even a
recording that fills the disk, and the size that readers see stays what was written. Linux's ext4, xfs, btrfs and tmpfs
can do it; elsewhere there is no reserve, and that is said.
"""

import contextlib
import ctypes
import errno
import fcntl
import os
from pathlib import Path
from typing import Final

import structlog

log = structlog.get_logger("journal")

_KEEP_SIZE: Final = 1  # FALLOC_FL_KEEP_SIZE of linux/falloc.h


class JournalFile:
    """Open for one writer, which is the only one to change it. Every method but `close` may raise OSError."""

    def __init__(self, path: Path, reserve_bytes: int) -> None:
        self.path = path
        self._reserve = reserve_bytes
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
        self.size = os.fstat(self._file).st_size
        self._reserved_until = 0
        self._torn = False
        _lock(self._file, path)

    def write(self, block: bytes) -> None:
        """All of `block` on disk, or nothing of it."""
        if self._torn:
            block = b"\n" + block
        try:
            view = memoryview(block)
            while view:
                view = view[os.write(self._file, view) :]
            os.fdatasync(self._file)
        except OSError:
            self._take_back()
            raise
        self._torn = False
        self.size += len(block)

    def _take_back(self) -> None:
        """Half a block must not stay: it would be read as a torn line, and then come again."""
        try:
            if os.fstat(self._file).st_size > self.size:
                os.ftruncate(self._file, self.size)
                self._reserved_until = 0
        except OSError:
            self._torn = True

    def hold_room(self) -> bool:
        """Keep at least half of the reserve ahead of the end; False when the disk has not that much any more."""
        if not self._reserve or self._reserved_until - self.size >= self._reserve // 2:
            return True
        refused = _allocate(self._file, self.size, self._reserve)
        if refused == errno.ENOSPC:
            return False
        self._reserved_until = self.size + self._reserve
        if refused:
            log.warning(
                "no room can be held for the journal here; a full disk stops it at once",
                path=str(self.path),
                error=os.strerror(refused),
            )
            self._reserve = 0
        return True

    def empty(self) -> None:
        """Take everything back."""
        os.ftruncate(self._file, 0)
        self.size = self._reserved_until = 0

    def begin_part(self, head: bytes, rotated: Path) -> None:
        """`head` becomes the whole file, what was there is kept as `rotated`; after a crash at any moment
        `path` is the one or the other."""
        fresh = self.path.with_name(f"{self.path.name}.tmp")
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
        part = JournalFile(fresh, self._reserve)
        try:
            if not part.hold_room():
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(fresh))
            part.write(head)
            os.link(self.path, rotated)
            fresh.replace(self.path)
        except OSError:
            part.close()
            for left in (fresh, rotated):
                with contextlib.suppress(OSError):
                    left.unlink()
            raise
        _sync_directory(self.path.parent)
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, self.size)  # gives the reserve of the old part back
        os.close(self._file)
        self._file, self.size = part._file, part.size
        self._reserved_until, self._torn = part._reserved_until, False

    def close(self) -> None:
        """Gives the reserve and the lock back."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, os.fstat(self._file).st_size)
        os.close(self._file)


def clear_leftovers(path: Path) -> None:
    """After a crash in the middle of a rotation: a new part that never became one, and a second name of the current one."""
    path.with_name(f"{path.name}.tmp").unlink(missing_ok=True)
    if not path.exists():
        return
    ours = path.stat()
    for other in path.parent.glob(f"{path.name}.*-*"):
        if other.stat().st_ino == ours.st_ino:
            other.unlink()


def _lock(file: int, path: Path) -> None:
    """Held while we live: the books see by it whether a worker runs. Two workers under one number are an error, but no reason
    to leave a citizen unanswered."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        log.error(
            "another process writes this journal; is a second worker with this number running?",
            path=str(path),
        )


def _allocate(file: int, offset: int, length: int) -> int:
    """errno; 0 when the blocks are ours."""
    try:
        fallocate = ctypes.CDLL(None, use_errno=True).fallocate64
    except (OSError, AttributeError):
        return errno.ENOSYS
    fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    return 0 if fallocate(file, _KEEP_SIZE, offset, length) == 0 else ctypes.get_errno()


def _sync_directory(directory: Path) -> None:
    file = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
