"""What may become of a report that an answer is wrong, and when its clock has run out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from centre120.answer_reports import STATUSES, WAITING, AnswerReport, after, due_at, in_order, is_escalated

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def report(number: int, hours: float, status: str = "open") -> AnswerReport:
    due = NOW + timedelta(hours=hours)
    return AnswerReport(UUID(int=number), 7, 1, "201", NOW, "", None, due, status, None, "", None, "", "")


@pytest.mark.parametrize("status", STATUSES)
def test_what_is_decided_stays_decided(status: str) -> None:
    allowed = {what: after(status, what) for what in ("confirm", "reject", "correct", "burn")}
    assert allowed == {
        "open": {"confirm": "confirmed", "reject": "rejected", "correct": "corrected", "burn": None},
        "confirmed": {"confirm": None, "reject": "rejected", "correct": "corrected", "burn": None},
    }.get(status, dict.fromkeys(allowed))


def test_clock_runs_for_what_waits_only() -> None:
    late = report(1, 0)
    assert is_escalated(late, NOW) and not is_escalated(late, NOW - timedelta(seconds=1))
    assert [is_escalated(replace(late, status=status), NOW) for status in STATUSES] == [
        status in WAITING for status in STATUSES
    ]
    assert due_at(NOW, 1.5) == NOW + timedelta(minutes=90)


def test_escalated_reports_come_first_then_by_what_is_left() -> None:
    reports = [report(1, 5), report(2, -1), report(3, 1), report(4, -9, "confirmed")]
    assert [one.report_id.int for one in in_order(reports, NOW)] == [4, 2, 3, 1]
