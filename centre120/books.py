"""The books: every INVITE ended in exactly one way, and three witnesses agree on which.

Witnesses: Asterisk's channel events (sip_witness.py), the workers' journals (journal_witness.py), the table `calls`.
`keep_books` brings together what belongs to one call, has it judged (call_books.py) and counts. What each ending means is said in
docs/books.md. No clock, no I/O.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from centre120.call_books import (
    ANSWERED,
    ENDING_OF_OUTCOME,
    ENDINGS,
    GOING_ON,
    NEXT_STEP,
    SETTLE_SECONDS,
    CallRow,
    Circumstances,
    Discrepancy,
    OneCall,
    judge,
)
from centre120.journal_witness import JournalWitness, Numbering
from centre120.sip_witness import SipWitness

__all__ = [
    "ANSWERED",
    "ENDINGS",
    "ENDING_OF_OUTCOME",
    "SETTLE_SECONDS",
    "Books",
    "CallRow",
    "Circumstances",
    "Discrepancy",
    "keep_books",
]


@dataclass(frozen=True)
class Books:
    """`endings` counts what `calls` says, `invites` what SIP saw: they must come to the same."""

    since: datetime
    until: datetime
    invites: int
    endings: Mapping[str, int]
    going_on: Sequence[UUID]
    not_judged: Sequence[UUID]
    discrepancies: Sequence[Discrepancy]
    too_young: int = 0  # arrived while the files were read: next time
    unread_records: int = 0  # lines of the files that the recorder has not brought in
    notes: Sequence[str] = ()

    @property
    def accounted(self) -> int:
        return sum(self.endings.values()) + len(self.going_on)

    @property
    def balanced(self) -> bool:
        return (
            not self.discrepancies
            and not self.not_judged
            and not self.unread_records
            and self.invites == self.accounted
        )


def keep_books(
    sip: SipWitness, journal: JournalWitness, rows: Sequence[CallRow], known: Circumstances
) -> Books:
    """Compare everything. `rows`: those that arrived in the window, and those of any call a witness names."""
    until = known.until or known.read_at
    restarted = [at for at in (*sip.restarts, known.restarted_at) if at is not None]
    away = journal.away(known.silent, known.read_at)
    found = [_numbering(fault) for fault in journal.numbering(known.since)]
    endings: Counter[str] = Counter()
    going_on, not_judged, invites, too_young = [], [], 0, 0
    for call in _gather(sip, journal, rows, known):
        if _too_young(call, known):
            too_young += min(1, len(call.sip))
            continue
        invites += min(1, len(call.sip))
        if call.call_id in known.unread:
            not_judged.append(call.call_id)
            continue
        last = call.sip[0].last_at if call.sip else None
        restarted_at = max((at for at in restarted if last is None or at > last), default=None)
        found += judge(call, away, restarted_at, known)
        ending = ENDING_OF_OUTCOME.get(call.rows[0].outcome, GOING_ON) if call.rows else None
        if ending == GOING_ON:
            going_on.append(call.call_id)
        elif ending is not None:
            endings[ending] += 1
    ordered = sorted(found, key=lambda one: (one.at or known.since, str(one.call_id), one.witness))
    counted = {ending: endings[ending] for ending in ENDINGS}
    return Books(known.since, until, invites, counted, going_on, not_judged, ordered, too_young)


def _gather(
    sip: SipWitness, journal: JournalWitness, rows: Iterable[CallRow], known: Circumstances
) -> list[OneCall]:
    """One entry a call of the window; a row that belongs to the channel of another call goes to that call."""
    until = known.until or known.read_at
    found: dict[UUID, OneCall] = {}
    channels: dict[str, UUID] = {}
    for call in sip.complete():
        if call.began_at < until:
            found.setdefault(call.key, OneCall(call.key)).sip.append(call)
            channels[call.channel_id] = call.key
    later = {call.key for call in sip.complete() if call.began_at >= until}
    outside = later | sip.earlier_calls
    for row in rows:
        outside |= {row.call_id} if row.arrived_at < known.since and row.call_id not in found else set()
    for row in rows:
        of = found.get(row.call_id)
        if of is None and row.call_id not in outside and known.since <= row.arrived_at < until:
            other = channels.get(row.channel_id or "") or channels.get(row.linked_id or "")
            of = found.setdefault(other or row.call_id, OneCall(other or row.call_id))
        if of is not None:
            of.rows.append(row)
    for told in journal.calls.values():
        of = found.get(told.call_id)
        begins_here = told.queued_at is not None and known.since <= told.first_at < until
        if of is None and begins_here and told.call_id not in outside:
            of = found.setdefault(told.call_id, OneCall(told.call_id))
        if of is not None:
            of.told = told
    for of in found.values():
        of.rows.sort(key=lambda row: row.call_id != of.call_id)
    return list(found.values())


def _too_young(call: OneCall, known: Circumstances) -> bool:
    """Began while the files were being read: one witness may know it and the other not."""
    border = known.read_at - timedelta(seconds=SETTLE_SECONDS)
    began = [one.began_at for one in call.sip] + [row.arrived_at for row in call.rows]
    began += [call.told.first_at] if call.told else []
    return min(began) > border


def _numbering(fault: Numbering) -> Discrepancy:
    since, until = fault.between
    if fault.kind == "missing":
        count = fault.last - fault.first + 1
        text = f"{count} records of {fault.writer} ({fault.first} to {fault.last}) are in no journal file"
        text += f"; written between {since.isoformat()} and {until.isoformat()}"
    elif fault.kind == "doubled":
        text = f"record {fault.first} of {fault.writer} stands twice in one file"
    else:
        text = f"record {fault.first} of {fault.writer} has two contents"
    return Discrepancy(fault.kind, "journal", text, NEXT_STEP["numbering"], fault.call_id, at=until)
