"""The books of a simulation: every INVITE of a trunk is one row of `calls` with a final outcome.

One function, so that another balance can take its place.
"""

import json
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from centre120 import names
from centre120.settings import Settings
from centre120.store.calls import list_outcomes
from centre120.store.database import Database

CATCH_UP_SECONDS = 30.0
"""The recorder reads its files once a second and more when it is behind."""


@dataclass(frozen=True)
class Balance:
    """What the two witnesses say. `differences` names channel and complaint."""

    invites: int
    outcomes: dict[str, int]
    differences: tuple[str, ...]

    @property
    def balanced(self) -> bool:
        return not self.differences


def balance(settings: Settings, since: float) -> Balance:
    """CEL's INVITEs against the table, once the recorder has caught up. `since`: wall-clock seconds."""
    invites = _invites(settings, since)
    deadline = time.monotonic() + CATCH_UP_SECONDS
    database = Database(settings.sqlalchemy_url)
    try:
        while True:
            with database.transaction() as tx:
                rows = list_outcomes(tx, datetime.fromtimestamp(since, UTC))
            found = _compare(invites, [(row.channel_id or "", row.outcome) for row in rows])
            if found.balanced or time.monotonic() > deadline:
                return found
            time.sleep(0.5)
    finally:
        database.close()


def _compare(invites: set[str], rows: list[tuple[str, str]]) -> Balance:
    channels = Counter(channel for channel, _ in rows)
    complaints = [f"{channel}: an INVITE without a row" for channel in sorted(invites - set(channels))]
    complaints += [f"{channel}: a row without an INVITE" for channel in sorted(set(channels) - invites)]
    complaints += [f"{channel}: {count} rows" for channel, count in channels.items() if count > 1]
    complaints += [f"{channel}: {outcome}" for channel, outcome in rows if outcome == "in-progress"]
    return Balance(len(invites), dict(Counter(outcome for _, outcome in rows)), tuple(complaints))


def _invites(settings: Settings, since: float) -> set[str]:
    """Channels that a trunk's INVITE made."""
    prefixes = tuple(f"PJSIP/{trunk}-" for trunk in names.TRUNKS)
    found = set()
    with settings.cel_file.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            if '"CHAN_START"' not in line or not line.endswith("}\n"):
                continue
            record = json.loads(line)
            inbound = record["context"] == names.CTX_INBOUND and record["channame"].startswith(prefixes)
            if inbound and record["eventtime"] >= since:
                found.add(str(record["uniqueid"]))
    return found
