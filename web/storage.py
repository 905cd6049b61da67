"""How pages reach the store: one transaction per question, and no queue of threads in front of a database that hangs."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import structlog
from flask import Flask, current_app, request
from flask_login import current_user

from centre120.settings import Settings
from centre120.store.access import record_access as store_record_access
from centre120.store.database import Database, StoreUnavailable, Transaction
from centre120.store.sealed import Sealer, sealer_of

log = structlog.get_logger("web")

REST_SECONDS = 3.0
"""After PostgreSQL was away nobody asks for so long: with it frozen, each question would hold a thread for seconds."""


@dataclass
class Storage:
    """The process's database, and whether it was there lately."""

    settings: Settings
    database: Database
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _rest_until: float = 0.0
    _cause: StoreUnavailable | None = None

    @contextmanager
    def asked(self) -> Iterator[Database]:
        """The database, for store functions that open their own transactions. Raises StoreUnavailable."""
        with self._lock:
            if self._cause is not None and time.monotonic() < self._rest_until:
                raise self._cause
        try:
            yield self.database
        except StoreUnavailable as error:
            with self._lock:
                self._cause, self._rest_until = error, time.monotonic() + REST_SECONDS
            raise
        with self._lock:
            self._cause = None


def attach(app: Flask, settings: Settings, database: Database) -> None:
    """Give the application its store."""
    app.extensions["centre120"] = Storage(settings, database)


def storage() -> Storage:
    """The application's."""
    found = current_app.extensions["centre120"]
    assert isinstance(found, Storage)  # noqa: S101 - attach() put it there
    return found


@contextmanager
def transaction() -> Iterator[Transaction]:
    """One transaction. Raises StoreUnavailable, at once when PostgreSQL was away a moment ago."""
    with storage().asked() as database, database.transaction() as tx:
        yield tx


def sealer() -> Sealer | None:
    """What seals resident registration numbers; None, and an error in the log, without its key: they are only masked."""
    try:
        return sealer_of(storage().settings.secret("record_keys"))
    except (OSError, ValueError) as error:
        log.error(
            "no key to seal with", error=str(error), next_step="run ./120 up, or mend secrets/record_keys"
        )
        return None


def now() -> datetime:
    """The web's only clock."""
    return datetime.now(UTC)


def today() -> date:
    """The day in the centre's zone."""
    return now().astimezone(ZoneInfo(storage().settings.time_zone)).date()


def record_access(tx: Transaction, *, whose: str | None, what: str, purpose: str) -> None:
    """This request shows `what` of `whose` to the person logged in: on record, or not shown at all."""
    store_record_access(
        tx,
        who=current_user.login,
        address=request.remote_addr,
        whose=whose,
        what=what,
        purpose=purpose,
        now=now(),
    )
