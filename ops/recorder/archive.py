"""Files that grow for ever are kept in parts: read to their end, parts go into an archive; old enough, they are removed.

Journals are rotated by their writers, Asterisk's CEL and CDR files here, by a rename: this Asterisk opens the file by its
name for each record (O_APPEND, one write, close), so that it needs no reload, and a record that was on its way goes into
the renamed file. The archive is read as well: that late record, and what a database restored from a backup lacks.
"""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from centre120.rejected import LONGEST_LINE
from centre120.settings import Settings
from ops.recorder.tail import Source, identity

DAY_SECONDS = 86_400
log = structlog.get_logger()


@dataclass(frozen=True)
class Kept:
    """A kind of files that is kept in parts."""

    kind: str  # journal, cel, cdr
    directory: Path
    files: str  # pattern of all of them
    parts: str  # pattern of those that nobody begins to write to any more
    keep_days: int
    current: Path | None = None  # what is rotated here

    @property
    def archive(self) -> Path:
        return self.directory / "archive"

    @property
    def sources(self) -> tuple[Source, Source]:
        """The older files first."""
        return Source(self.kind, self.archive, self.files), Source(self.kind, self.directory, self.files)


def kept_files(settings: Settings) -> tuple[Kept, ...]:
    """All of them; CEL and CDR first, as the recorder wants it."""
    cel, cdr, days = settings.cel_file, settings.cdr_file, settings.events_keep_days
    journals = settings.journal_dir
    return (
        Kept("cel", cel.parent, f"{cel.name}*", f"{cel.name}.*", days, cel),
        Kept("cdr", cdr.parent, f"{cdr.name}*", f"{cdr.name}.*", days, cdr),
        Kept("journal", journals, "*.jsonl*", "*.jsonl.*", settings.journal_keep_days),
    )


def archive_dir(settings: Settings) -> Path:
    """Of the journals."""
    return settings.journal_dir / "archive"


def rotate_events(settings: Settings, positions: Mapping[str, int], now: datetime) -> list[Path]:
    """Rename each of Asterisk's files that is larger than `events_part_mb` and read as far as can be asked; the new names.

    A busy file is seldom read to its very last byte: what came since the last batch stays in the part and is read there.
    """
    rotated, full = [], int(settings.events_part_mb * (1 << 20))
    for kept in kept_files(settings):
        with contextlib.suppress(OSError):
            if kept.current is None or kept.current.stat().st_size <= full:
                continue
            position = _position(kept.current, positions)
            if position is None or position <= full:
                continue  # the recorder is behind: a part more would not help it
            part = kept.current.with_name(f"{kept.current.name}.{now.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}")
            if part.exists():
                continue
            rotated.append(kept.current.rename(part))
            log.info("events-rotated", path=str(part))
    return rotated


def archive_read_parts(settings: Settings, positions: Mapping[str, int]) -> list[Path]:
    """Move each rotated part that `positions` (committed ones) show to be read whole; where they are now."""
    moved = []
    for kept in kept_files(settings):
        for path, (_, size, _) in Source(kept.kind, kept.directory, kept.parts).files():
            with contextlib.suppress(OSError):
                if path.stat().st_nlink > 1:
                    continue  # the moment of a journal's rotation: it is still the current part as well
                position = _position(path, positions)
                if position is None or position < size or (kept.archive / path.name).exists():
                    continue
                kept.archive.mkdir(exist_ok=True)
                moved.append(path.rename(kept.archive / path.name))
    return moved


def remove_old_parts(settings: Settings, positions: Mapping[str, int], now: float) -> list[Path]:
    """Delete archived parts that are read and that nobody has written to for so many days; `now` in seconds since 1970."""
    removed = []
    for kept in kept_files(settings):
        for path, (_, size, changed_ns) in Source(kept.kind, kept.archive, kept.files).files():
            if now - changed_ns / 1e9 <= kept.keep_days * DAY_SECONDS:
                continue
            with contextlib.suppress(OSError):
                if (_position(path, positions) or 0) < size:
                    continue  # a restored database has to read it first
                path.unlink()
                removed.append(path)
                log.info("part-removed", path=str(path), keep_days=kept.keep_days)
    return removed


def all_sources(settings: Settings) -> Iterable[Source]:
    """Every file of every witness, current, rotated and archived."""
    return [source for kept in kept_files(settings) for source in kept.sources]


def _position(path: Path, positions: Mapping[str, int]) -> int | None:
    """How far this file is read, None when it has no whole line."""
    with path.open("rb") as file:
        first = file.readline(LONGEST_LINE)
    if not first.endswith(b"\n") and len(first) < LONGEST_LINE:
        return None
    return positions.get(identity(first), 0)
