"""Resident registration numbers that versions before 0010 stored whole: in texts, their history, summaries of hand-overs."""

from datetime import datetime

from sqlalchemy import select, update

from centre120.resident_numbers import mask_resident_numbers
from centre120.store.database import Transaction
from centre120.store.schema.calls import call_events, transfers
from centre120.store.schema.cases import case_calls, case_changes, cases
from centre120.store.sealed import Sealer, mask_and_seal

BY = "upgrade"


def seal_old_numbers(
    tx: Transaction, after: int, sealer: Sealer, now: datetime, limit: int
) -> tuple[int | None, int]:
    """The next `limit` cases behind `after`: (the last one's id, or None when none is left; how many were changed)."""
    query = select(cases.c.case_id, cases.c.text, cases.c.summary).where(cases.c.case_id > after)
    rows = tx.execute(query.order_by(cases.c.case_id).limit(limit).with_for_update()).all()
    changed = 0
    for row in rows:
        there = {"text": row.text, "summary": row.summary}
        masked = {
            name: mask_and_seal(tx, row.case_id, name, text, BY, now, sealer) for name, text in there.items()
        }
        if masked != there:
            tx.execute(update(cases).where(cases.c.case_id == row.case_id).values(masked))
        copies = _mask_history(tx, row.case_id) + _mask_hand_overs(tx, row.case_id)
        changed += int(masked != there or copies > 0)
    return (rows[-1].case_id if rows else None), changed


def _mask_history(tx: Transaction, case_id: int) -> int:
    """Copies only: nothing is sealed from here."""
    there, count = case_changes.c, 0
    query = select(there.change_id, there.before, there.after).where(there.case_id == case_id)
    for row in tx.execute(query.where(there.field.in_(("text", "summary")))):
        stored = {"before": row.before, "after": row.after}
        masked = {name: text and mask_resident_numbers(text) for name, text in stored.items()}
        if masked != stored:
            tx.execute(update(case_changes).where(there.change_id == row.change_id).values(masked))
            count += 1
    return count


def _mask_hand_overs(tx: Transaction, case_id: int) -> int:
    """The summary as it was handed over, in `transfers` and in the journal's record beside it."""
    of_case = select(case_calls.c.call_id).where(case_calls.c.case_id == case_id)
    count = 0
    said = select(transfers.c.transfer_id, transfers.c.summary).where(transfers.c.call_id.in_(of_case))
    for row in tx.execute(said.where(transfers.c.summary != "")):
        text = mask_resident_numbers(row.summary)
        if text != row.summary:
            wanted = transfers.c.transfer_id == row.transfer_id
            tx.execute(update(transfers).where(wanted).values(summary=text))
            count += 1
    started = call_events.c.call_id.in_(of_case), call_events.c.kind == "TransferStarted"
    for event in tx.execute(select(call_events.c.event_id, call_events.c.details).where(*started)):
        summary = str(event.details.get("summary") or "")
        text = mask_resident_numbers(summary)
        if text != summary:
            wanted = call_events.c.event_id == event.event_id
            tx.execute(update(call_events).where(wanted).values(details={**event.details, "summary": text}))
            count += 1
    return count
