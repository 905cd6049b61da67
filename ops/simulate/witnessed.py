"""What became of each call, from two witnesses: its citizen's phone, and what the dialplan wrote of it. No I/O.

Waits are measured by two who know nothing of each other: the queue is entered when Asterisk writes CENTRE_QUEUED into CEL, the
agent answers when the agent's phone sends its 200.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from centre120 import erlang, names
from centre120.witnesses import extra_fields
from ops.simulate.people import Visit

WITHIN_SECONDS = 15.0


@dataclass(frozen=True)
class Witnessed:
    """What the dialplan itself wrote of one call, by caller's number."""

    queued_at: float | None = None
    turned_away: bool = False


@dataclass(frozen=True)
class Waits:
    """Seconds; `answered` those who met an agent, `abandoned` those who gave up in the queue."""

    answered: list[float] = field(default_factory=list)
    abandoned: list[float] = field(default_factory=list)

    def service_level(self, within: float, short: float) -> float:
        """Answered within T / (answered + abandoned - short abandons); 1.0 when nobody came."""
        offered = len(self.answered) + sum(waited >= short for waited in self.abandoned)
        return sum(waited <= within for waited in self.answered) / offered if offered else 1.0


def witnessed(cel: Sequence[Mapping[str, Any]]) -> dict[str, Witnessed]:
    """From Asterisk's own records."""
    numbers: dict[str, str] = {}
    queued: dict[str, float] = {}
    turned: set[str] = set()
    for record in cel:
        account, kind = record["accountcode"], record["eventtype"]
        if kind == names.CEL_ENTERED:
            numbers[account] = extra_fields(extra_text(record)).get("number", "")
        elif kind == names.CEL_QUEUED:
            queued.setdefault(account, float(record["eventtime"]))
        elif kind == names.CEL_PROMPT and extra_text(record) == names.CTX_ALL_LINES_BUSY:
            turned.add(account)
    return {number: Witnessed(queued.get(account), account in turned) for account, number in numbers.items()}


def extra_text(record: Mapping[str, Any]) -> str:
    """The text of a CELGenUserEvent, which Asterisk wraps in JSON of its own."""
    extra = record["eventextra"]
    try:
        return str(json.loads(extra)["extra"])
    except (TypeError, ValueError, KeyError):
        return str(extra)


def fate(visit: Visit, seen: Witnessed) -> str:
    """What a citizen's call came to, in one word; `lost` is the forbidden one."""
    if visit.met_at is not None:
        return "answered"
    if seen.turned_away and visit.citizen_leg.received > 0:
        return "all lines busy"
    if visit.cut_short:
        return "still waiting"
    if visit.gave_up:
        return "abandoned" if seen.queued_at is not None else "abandoned in the menu"
    return "lost"


def waits_of(visits: Sequence[Visit], fates: Mapping[str, str], seen: Mapping[str, Witnessed]) -> Waits:
    waits = Waits()
    for visit in visits:
        known = seen.get(visit.plan.number)
        queued_at = known.queued_at if known else None
        if queued_at is None:
            continue
        if visit.met_at is not None:
            waits.answered.append(max(0.0, visit.met_at - queued_at))
        elif fates[visit.plan.number] == "abandoned" and visit.ended_at is not None:
            waits.abandoned.append(max(0.0, visit.ended_at - queued_at))
    return waits


def spread(values: Sequence[float]) -> dict[str, float]:
    ranks = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    found = {name: round(erlang.nearest_rank(values, share), 3) for name, share in ranks.items()}
    return found | {"mean": round(sum(values) / len(values), 3) if values else 0.0}


def share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0
