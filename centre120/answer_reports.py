"""Reports that an answer is wrong: what may become of one, and when its clock has run out. No clock, no I/O.

`open` waits for the owner's word; `confirmed` waits for the right answer (the entry is disputed meanwhile); the other two
are the end of it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

STATUSES: Final = ("open", "confirmed", "corrected", "rejected")
WAITING: Final = ("open", "confirmed")
_MAY: Final = {
    ("open", "confirm"): "confirmed",
    ("open", "reject"): "rejected",
    ("confirmed", "reject"): "rejected",
    ("open", "correct"): "corrected",
    ("confirmed", "correct"): "corrected",
}
LONGEST_WORDS: Final = 1_000


@dataclass(frozen=True)
class AnswerReport:
    report_id: UUID
    entry_id: int
    version: int
    reported_by: str  # login
    reported_at: datetime
    words: str  # what is wrong; may be empty: the key alone says that something is
    call_id: UUID | None
    due_at: datetime
    status: str
    informed_at: datetime | None  # the owner was told of the report
    informed_by: str
    decided_at: datetime | None
    decided_by: str
    decision: str


def after(status: str, what: str) -> str | None:
    """The status after `confirm`, `reject` or `correct`; None when that is not possible any more."""
    return _MAY.get((status, what))


def is_escalated(report: AnswerReport, now: datetime) -> bool:
    """Nobody decided in time: it is the supervisors' business now, before everything else on their page."""
    return report.status in WAITING and now >= report.due_at


def due_at(now: datetime, hours: float) -> datetime:
    """When a clock that starts now runs out."""
    return now + timedelta(hours=hours)


def in_order(reports: list[AnswerReport], now: datetime) -> list[AnswerReport]:
    """Escalated ones first, then by the time that is left."""
    return sorted(reports, key=lambda one: (not is_escalated(one, now), one.due_at, str(one.report_id)))
