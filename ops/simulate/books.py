"""The books of a simulation: `./120 books` for the calls of the run, as the report needs them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from centre120.books import Books
from centre120.settings import Settings
from ops import books

PATIENCE_SECONDS = 30.0
"""For the recorder: after a flash crowd it has some thousand lines to read."""


@dataclass(frozen=True)
class Balance:
    """INVITEs of the trunks, what `calls` says of them, and in words what does not agree."""

    invites: int
    outcomes: dict[str, int]
    balanced: bool
    differences: tuple[str, ...] = ()


def balance(settings: Settings, since: float) -> Balance:
    """Everything since that moment (wall-clock seconds)."""
    return told(
        books.balance(settings, datetime.fromtimestamp(since, UTC), patience_seconds=PATIENCE_SECONDS)
    )


def told(made: Books) -> Balance:
    """The same in fewer words."""
    differences = [
        f"{one.call_id or one.channel_id}: {one.kind} in {one.witness}: {one.text}"
        for one in made.discrepancies
    ]
    differences += [f"{call_id}: not judged, its records are still to be read" for call_id in made.not_judged]
    if made.unread_records:
        differences.append(f"{made.unread_records} records were not read within {PATIENCE_SECONDS:g} s")
    if made.invites != made.accounted:
        differences.append(f"{made.invites} INVITEs, {made.accounted} of them accounted for")
    return Balance(made.invites, dict(made.endings), made.balanced, tuple(differences))
