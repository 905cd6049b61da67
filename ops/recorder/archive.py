"""Journals that were rotated: read to their end, they go into the archive; old enough, they are removed.

The archive is read as well, so that a database restored from a backup gets back what it lacks.
"""

import contextlib
from collections.abc import Mapping
from pathlib import Path

import structlog

from centre120.settings import Settings
from ops.recorder.tail import Source, identity

DAY_SECONDS = 86_400
log = structlog.get_logger()


def archive_dir(settings: Settings) -> Path:
    return settings.journal_dir / "archive"


def archive_read_parts(settings: Settings, positions: Mapping[str, int]) -> list[Path]:
    """Move each rotated part that `positions` (committed ones) show to be read whole; where they are now."""
    moved = []
    for path, (_, size, _) in Source("journal", settings.journal_dir, "*.jsonl.*").files():
        with contextlib.suppress(OSError):
            if path.stat().st_nlink > 1:
                continue  # the moment of a rotation: it is still the current part as well
            with path.open("rb") as file:
                first = file.readline()
            if positions.get(identity(first), 0) < size:
                continue
            archive_dir(settings).mkdir(exist_ok=True)
            moved.append(path.rename(archive_dir(settings) / path.name))
    return moved


def remove_old_parts(settings: Settings, now: float) -> list[Path]:
    """Delete archived parts that nobody has written to for `journal_keep_days`; `now` in seconds since 1970."""
    removed = []
    for path, (_, _, changed_ns) in Source("journal", archive_dir(settings), "*.jsonl.*").files():
        if now - changed_ns / 1e9 > settings.journal_keep_days * DAY_SECONDS:
            with contextlib.suppress(OSError):
                path.unlink()
                removed.append(path)
                log.info("journal-part-removed", path=str(path), keep_days=settings.journal_keep_days)
    return removed
