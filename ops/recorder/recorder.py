"""The recorder's loop: read, project, wait; and what it does when PostgreSQL is away.

A batch and the positions it reaches are one transaction. When PostgreSQL is stopped or frozen the batch
is given up, the positions are read again from the database after the reconnect, and the files wait: they
are the record. CEL and CDR are read before the journal: when CEL shows the end of a call, all that
`ari_app` journalled before it is in the same batch.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from centre120.settings import Settings
from centre120.store.batches import Batch, RejectedLine
from centre120.store.database import Database, StoreUnavailable
from centre120.store.projection import project
from centre120.store.roster import find_roster_stamp, publish_roster
from centre120.store.witness_lines import list_positions, record_marks, record_rejected
from ops.recorder.archive import all_sources, archive_read_parts, remove_old_parts, rotate_events
from ops.recorder.parsing import to_batch
from ops.recorder.tail import Line, Source

POLL_SECONDS = 0.1
BATCH_SECONDS = 0.3
"""The least time from one batch to the next, unless we are behind: a call is worked out anew for every batch it appears in, and a
call's lines come within seconds of each other. What comes after a pause is recorded at once."""
LOOK_SECONDS = 1.0
LINES_AT_ONCE = 600
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0

log = structlog.get_logger()


class PositionsMoved(Exception):
    """The database does not stand where we left it: restored from a backup, or it lost a commit when it died."""


@dataclass
class Recorder:
    """One per centre. `step` is the unit: the program calls it for ever, tests as often as they like."""

    settings: Settings
    database: Database
    room: int = LINES_AT_ONCE
    behind: bool = False  # more waits than a batch or two
    positions: dict[str, int] | None = None
    sources: tuple[Source, ...] = ()
    roster_stamp: object = None
    looked: float = 0.0
    asterisk_started_at: datetime | None = None
    beside: Sequence[Callable[[], None]] = ()  # done once a second; must return at once
    zone: ZoneInfo = field(init=False)

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(self.settings.time_zone)
        self.sources = tuple(all_sources(self.settings))

    def run(self, stop: threading.Event | None = None) -> None:
        """For ever, or until `stop`. Raises nothing but SystemExit."""
        pause = FIRST_PAUSE
        while stop is None or not stop.is_set():
            begun = time.monotonic()
            try:
                if not self.step():
                    time.sleep(POLL_SECONDS)
                elif not self.behind:
                    time.sleep(max(0.0, BATCH_SECONDS - (time.monotonic() - begun)))
                if pause > FIRST_PAUSE:
                    log.info("recording-again")
                pause = FIRST_PAUSE
            except StoreUnavailable as error:
                if pause == FIRST_PAUSE:
                    log.warning("store-unavailable", reason=error.text)
                self.start_again()
                time.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            except Exception:
                log.exception("batch-failed", room=self.room)
                self.start_again()
                time.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def start_again(self) -> None:
        """Trust nothing in memory: the database says how far we are."""
        self.positions = None
        for source in self.sources:
            source.forget()

    def step(self) -> bool:
        """Bring in what is new, at most one batch; whether there was anything."""
        if self.positions is None:
            with self.database.transaction() as tx:
                self.positions = list_positions(tx)
        if time.monotonic() - self.looked >= LOOK_SECONDS:
            self.looked = time.monotonic()
            self._publish_roster()
            self._look_for_restart()
            rotate_events(self.settings, self.positions, datetime.now(UTC))
            archive_read_parts(self.settings, self.positions)
            remove_old_parts(self.settings, self.positions, time.time())
            for work in self.beside:
                work()
        lines = self._read(self.positions)
        self.behind = len(lines) > self.room // 4
        if not lines:
            return False
        batch = to_batch(lines)
        try:
            with self.database.transaction() as tx:
                if list_positions(tx) != self.positions:
                    raise PositionsMoved
                project(tx, batch, zone=self.zone, asterisk_started_at=asterisk_start(self.settings))
        except StoreUnavailable:
            raise
        except PositionsMoved:
            log.warning(
                "positions-moved", reason="the database is older than it was; reading again from there"
            )
            self.start_again()
            return True
        except Exception as error:
            self._narrow(lines, batch, error)
            return True
        self.room = min(self.room * 2, LINES_AT_ONCE)
        self.positions |= {mark.file_id: mark.position for mark in batch.marks}
        return True

    def _read(self, positions: dict[str, int]) -> list[tuple[str, Line]]:
        lines: list[tuple[str, Line]] = []
        kinds = len({source.kind for source in self.sources})
        share = max(1, self.room // kinds)  # far behind, no witness runs ahead of the others
        left = dict.fromkeys((source.kind for source in self.sources), share)
        for source in self.sources:
            room = min(left[source.kind], self.room - len(lines))
            found = [(source.kind, line) for line in source.read(positions, room)]
            left[source.kind] -= len(found)
            lines += found
        return lines

    def _narrow(self, lines: list[tuple[str, Line]], batch: Batch, error: Exception) -> None:
        """A batch that PostgreSQL refuses is tried in smaller parts, and the one line to blame is put aside:
        one bad line must not stop the record of all other calls."""
        log.error("batch-refused", lines=len(lines), error=f"{type(error).__name__}: {error}"[:500])
        if len(lines) > 1:
            self.room = max(1, len(lines) // 8)
            for source in self.sources:
                source.forget()
            return
        kind, line = lines[0]
        reason = f"could not be projected: {type(error).__name__}"
        with self.database.transaction() as tx:
            record_rejected(tx, [RejectedLine(kind, str(line.path), line.position, line.content, reason)])
            record_marks(tx, batch.marks)
        assert self.positions is not None  # noqa: S101 - step() read them
        self.positions.update({mark.file_id: mark.position for mark in batch.marks})

    def _look_for_restart(self) -> None:
        """Calls that a killed Asterisk took with it are accounted for even if nobody calls afterwards."""
        started_at = asterisk_start(self.settings)
        if started_at != self.asterisk_started_at:
            with self.database.transaction() as tx:
                project(tx, Batch(), zone=self.zone, asterisk_started_at=started_at)
            self.asterisk_started_at = started_at

    def _publish_roster(self) -> None:
        """ari_app lives by the roster file: whoever changes an agent, however, it is written again."""
        with self.database.transaction() as tx:
            stamp = find_roster_stamp(tx)
        if stamp != self.roster_stamp or not self.settings.roster_file.exists():
            publish_roster(self.database, self.settings.roster_file, datetime.now(UTC))
            self.roster_stamp = stamp


def asterisk_start(settings: Settings) -> datetime | None:
    """When the running Asterisk made its control socket; None when there is none to see."""
    for path in (settings.run_dir, settings.asterisk_dir / "run"):
        try:
            return datetime.fromtimestamp(Path(path / "asterisk.ctl").stat().st_mtime, UTC)
        except OSError:
            continue
    return None
