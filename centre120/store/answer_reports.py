"""Reports that an answer is wrong: written by desks, decided by supervisors for the entry's owner."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from centre120.answer_reports import WAITING, AnswerReport, after, due_at, in_order
from centre120.store.consultation import change_entry, get_entry
from centre120.store.database import Transaction
from centre120.store.errors import NotFound, Refused
from centre120.store.schema.answers import answer_reports
from centre120.store.schema.consultation import consultation_entries
from centre120.store.schema.directory import departments, officials

MOST_SHOWN = 200


@dataclass(frozen=True)
class ReportShown:
    """A report with its entry and who owns it."""

    report: AnswerReport
    code: str
    title: str
    entry_version: int  # as it is now
    department_ko: str
    department_en: str
    department_number: str
    official: str
    official_number: str


def report_answer(
    tx: Transaction,
    report_id: UUID,
    entry_id: int,
    version: int,
    words: str,
    by: str,
    call_id: UUID | None,
    now: datetime,
    hours: float,
) -> None:
    """A report whose clock starts now; the same one again changes nothing. Raises NotFound without such an entry."""
    get_entry(tx, entry_id)
    row = {
        "report_id": report_id,
        "entry_id": entry_id,
        "version": version,
        "words": words,
        "reported_by": by,
        "reported_at": now,
        "call_id": call_id,
        "due_at": due_at(now, hours),
    }
    tx.execute(insert(answer_reports).values(row).on_conflict_do_nothing())


def list_waiting_reports(tx: Transaction, now: datetime) -> list[ReportShown]:
    """Escalated first, then by what is left of the clock."""
    shown = {one.report.report_id: one for one in _shown(tx, answer_reports.c.status.in_(WAITING))}
    return [shown[one.report_id] for one in in_order([one.report for one in shown.values()], now)]


def list_decided_reports(tx: Transaction) -> list[ReportShown]:
    """The last ones, newest first."""
    found = _shown(tx, answer_reports.c.status.not_in(WAITING))
    return sorted(found, key=lambda one: str(one.report.decided_at), reverse=True)


def list_reports_of_entry(tx: Transaction, entry_id: int) -> list[AnswerReport]:
    """Those that wait for a decision."""
    there = answer_reports.c
    found = _shown(tx, (there.entry_id == entry_id) & there.status.in_(WAITING))
    return sorted((one.report for one in found), key=lambda one: one.reported_at)


def count_waiting(tx: Transaction, now: datetime) -> tuple[int, int]:
    """How many reports wait, and how many of them are escalated."""
    there = answer_reports.c
    late = func.count().filter(there.due_at <= now)
    row = tx.execute(select(func.count(), late).where(there.status.in_(WAITING))).one()
    return int(row[0]), int(row[1])


def inform_owner(tx: Transaction, report_id: UUID, by: str, now: datetime) -> None:
    """On record that the owner was told of the report; the first time counts."""
    there = answer_reports.c
    tx.execute(
        update(answer_reports)
        .where(there.report_id == report_id, there.informed_at.is_(None))
        .values(informed_at=now, informed_by=by)
    )


def decide_report(
    tx: Transaction, report_id: UUID, what: str, reason: str, by: str, now: datetime, hours: float
) -> AnswerReport:
    """`confirm` (the entry becomes disputed, and a new clock runs until it is corrected) or `reject`.

    Raises Refused without a reason for `reject`, and when somebody decided already; NotFound.
    """
    report = _locked(tx, report_id)
    status = after(report.status, what)
    if status is None:
        raise Refused(
            "report-decided", f"This report is {report.status} already.", "Load the page again and look."
        )
    if what == "reject" and not reason:
        raise Refused(
            "reason-empty", "A report is rejected with a reason.", "Say why the answer is right as it is."
        )
    decided = replace(report, status=status, decided_at=now, decided_by=by, decision=reason)
    if what == "confirm":
        decided = replace(decided, due_at=due_at(now, hours))
        entry = get_entry(tx, report.entry_id)
        if not entry.fields.dispute:
            doubt = (reason or report.words or "reported wrong")[:1_000]
            fields = replace(entry.fields, dispute=doubt)
            change_entry(tx, entry.entry_id, entry.version, fields, by, f"reported wrong: {doubt}"[:500], now)
    _write(tx, decided)
    return decided


def close_reports(tx: Transaction, entry_id: int, by: str, now: datetime, reason: str) -> int:
    """The entry is corrected: everything that waits is done. How many there were."""
    waiting = list_reports_of_entry(tx, entry_id)
    for report in waiting:
        if (status := after(report.status, "correct")) is not None:
            _write(tx, replace(report, status=status, decided_at=now, decided_by=by, decision=reason))
    return len(waiting)


def _locked(tx: Transaction, report_id: UUID) -> AnswerReport:
    there = answer_reports.c
    tx.execute(select(there.report_id).where(there.report_id == report_id).with_for_update())
    found = _shown(tx, there.report_id == report_id)
    if not found:
        raise NotFound("report", report_id)
    return found[0].report


def _write(tx: Transaction, report: AnswerReport) -> None:
    kept = ("status", "due_at", "decided_at", "decided_by", "decision")
    tx.execute(
        update(answer_reports)
        .where(answer_reports.c.report_id == report.report_id)
        .values({name: getattr(report, name) for name in kept})
    )


def _shown(tx: Transaction, condition: object) -> list[ReportShown]:
    entries, office, person = consultation_entries.c, departments.c, officials.c
    query = (
        select(
            answer_reports,
            entries.code,
            entries.title,
            entries.version.label("entry_version"),
            *(func.coalesce(office[name], "").label(f"department_{name}") for name in ("name_ko", "name_en")),
            func.coalesce(office.number, "").label("department_number"),
            func.coalesce(person.name + " " + person.title, "").label("official"),
            func.coalesce(person.number, "").label("official_number"),
        )
        .join(consultation_entries, entries.entry_id == answer_reports.c.entry_id)
        .outerjoin(departments, office.department_id == entries.owner_department_id)
        .outerjoin(officials, person.official_id == entries.official_id)
        .where(condition)  # type: ignore[arg-type]
        .order_by(answer_reports.c.reported_at.desc())
        .limit(MOST_SHOWN)
    )
    return [_row(row._asdict()) for row in tx.execute(query)]


def _row(row: dict[str, object]) -> ReportShown:
    report = {name: row[name] for name in AnswerReport.__dataclass_fields__}
    return ReportShown(
        AnswerReport(**report),  # type: ignore[arg-type]
        str(row["code"]),
        str(row["title"]),
        row["entry_version"],  # type: ignore[arg-type]
        str(row["department_name_ko"]),
        str(row["department_name_en"]),
        str(row["department_number"]),
        str(row["official"]).strip(),
        str(row["official_number"]),
    )
