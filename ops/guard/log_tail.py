"""Follows Asterisk's security log through its rotations, and keeps Asterisk's logs from filling the disk.

A flood writes faster than anybody reads: of more than `BACKLOG_BYTES` that are waiting only the newest are read. The rest
of the flood says the same.
"""

import os
from pathlib import Path

BACKLOG_BYTES = 4_000_000
ROTATE_BYTES = 20_000_000
KEPT = 5
LOGS = ("security.log", "messages.log")


class LogTail:
    """Whole new lines of one file, at each `read`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._inode = 0
        self._position = 0

    def read(self) -> list[str]:
        """New lines since the last time; none when there is no file."""
        try:
            with self.path.open("rb") as file:
                status = os.fstat(file.fileno())
                if status.st_ino != self._inode or status.st_size < self._position:
                    self._inode, self._position = status.st_ino, 0
                start = max(self._position, status.st_size - BACKLOG_BYTES)
                file.seek(start)
                block = file.read(BACKLOG_BYTES)
        except OSError:
            return []
        whole = block[: block.rfind(b"\n") + 1]
        self._position = start + len(whole)
        return whole.decode("utf-8", "replace").split("\n")[:-1]


def too_large(folder: Path) -> bool:
    """Whether a log of Asterisk's has outgrown its size."""
    return any(_size(folder / name) > ROTATE_BYTES for name in LOGS)


def remove_old(folder: Path) -> list[str]:
    """Of each rotated log the newest `KEPT` stay. Returns the names removed."""
    removed = []
    for name in LOGS:
        rotated = sorted(folder.glob(f"{name}.*"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in rotated[KEPT:]:
            path.unlink(missing_ok=True)
            removed.append(path.name)
    return removed


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
