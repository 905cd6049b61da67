"""When and by whom a call ended, and what that makes of it. No clock, no I/O."""

from collections.abc import Sequence
from datetime import datetime

from centre120 import names
from centre120.call_evidence import HangUp, citizen_hang_up, user_events
from centre120.call_readings import all_records, first_record, said
from centre120.witnesses import CelEvent, JournalRecord


def find_end(
    cel: Sequence[CelEvent],
    own: Sequence[JournalRecord],
    channel: str,
    restarted_at: datetime | None,
    first: datetime,
) -> HangUp | None:
    seen = citizen_hang_up(cel, channel)
    abandoned = first_record(own, "CallAbandoned")
    if seen is not None:
        by = seen.by or ("citizen" if abandoned else None)
        return HangUp(seen.at, by, seen.cause)
    refused = user_events(cel, names.CEL_REFUSED)
    if refused:
        return HangUp(refused[-1].at, "system", None)
    if abandoned is not None:
        return HangUp(abandoned.at, "citizen", None)
    talk_end = _talk_end(own)
    if talk_end is not None:
        return HangUp(talk_end.at, None, None)
    signs = [event.at for event in cel] + [record.at for record in own]
    if restarted_at is not None and first < restarted_at:
        return HangUp(max(at for at in signs if at <= restarted_at), "system", None)
    return None


def _talk_end(own: Sequence[JournalRecord]) -> JournalRecord | None:
    """The last TalkEnded, when the journal knows of nobody the citizen could still be with."""
    last = next((record for record in reversed(own) if record.kind == "TalkEnded"), None)
    if last is None:
        return None
    for record in own:
        if record.at >= last.at and record.kind in (
            "CallOffered",
            "CallAnswered",
            "CallReturned",
            "CallQueued",
        ):
            return None
    left = (record for record in own if record.kind == "ConferenceEnded" and record.at <= last.at)
    if any(said(record, "first_left") == "agent" for record in left):
        return None
    if any(record.kind == "CallTakenOver" and record.at <= last.at for record in own):
        return None
    results = {said(r, "transfer_id"): r for r in all_records(own, "TransferEnded")}
    for begun in all_records(own, "TransferStarted"):
        result = results.get(said(begun, "transfer_id"))
        if result is None or result.fields.get("result") == "picked-up":
            return None
        if result.at > last.at and result.fields.get("result") != "citizen-gone":
            return None
    return last


def decide_outcome(
    end: HangUp | None,
    *,
    refused: bool,
    answered: bool,
    callback: bool,
    queued_at: datetime | None,
    heard: bool,
    short: float,
) -> str:
    if refused:
        return "refused"
    if end is None:
        return "in-progress"
    if answered:
        return "answered"
    if callback:
        return "callback-requested"
    if heard and queued_at is None:
        return "status-heard"
    if end.by not in (None, "citizen"):
        return "cut-by-system"
    if queued_at is None:
        return "abandoned-in-menu"
    return "short-abandoned" if (end.at - queued_at).total_seconds() < short else "abandoned"
