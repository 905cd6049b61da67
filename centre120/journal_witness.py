"""The second witness: what the workers wrote down of each call, and whether their numbering is whole.

A worker counts its records: a number that is missing is a record that was lost, a number with two contents is two
workers under one name. `JournalOpened` explains the steps that are meant: a worker that starts leaves a distance
(ari_app/journal.py), and a new part of the file begins with copies of older lines. No clock, no I/O.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Final
from uuid import UUID

from centre120.sip_witness import Mark
from centre120.witnesses import JournalRecord, as_text

OPENED: Final = "JournalOpened"
LAST_WORDS: Final = frozenset({"CallAbandoned", "CallbackRequested", "CallCut", "TalkEnded"})
_ONCE: Final = frozenset({"CallAbandoned", "CallbackRequested"})


@dataclass
class JournalCall:
    """What the workers wrote of one call."""

    call_id: UUID
    first_at: datetime
    last_at: datetime
    channel_id: str = ""
    queued_at: datetime | None = None
    offered: set[str] = field(default_factory=set)  # agents
    answered: set[str] = field(default_factory=set)  # agents
    answered_at: datetime | None = None
    to_fallback: bool = False
    last_words: dict[str, datetime] = field(default_factory=dict)
    doubled: list[str] = field(default_factory=list)
    writers: set[str] = field(default_factory=set)
    marks: dict[str, int] = field(default_factory=dict)
    _once: set[tuple[str, str]] = field(default_factory=set)

    def take(self, record: JournalRecord) -> None:
        self.first_at, self.last_at = min(self.first_at, record.at), max(self.last_at, record.at)
        self.writers.add(record.writer)
        agent = as_text(record.fields.get("agent"), 64)
        match record.kind:
            case "CallQueued":
                self.queued_at = min(record.at, self.queued_at or record.at)
                self.channel_id = self.channel_id or as_text(record.fields.get("channel_id"), 64)
            case "CallOffered":
                self.offered.add(agent)
            case "CallAnswered":
                self.answered.add(agent)
                self.answered_at = min(record.at, self.answered_at or record.at)
            case "CallToFallback" | "CallOverflowed":
                self.to_fallback = True
            case kind if kind in LAST_WORDS:
                self.last_words[kind] = record.at
        self._doubled(record)

    def _doubled(self, record: JournalRecord) -> None:
        """The same fact under two numbers: an offer begins and ends once, a call is abandoned once."""
        offer = as_text(record.fields.get("offer_id"), 200)
        told = (record.kind, offer) if offer else (record.kind, "") if record.kind in _ONCE else None
        if told is not None and told in self._once:
            self.doubled.append(f"{record.kind} {offer}".strip())
        elif told is not None:
            self._once.add(told)


@dataclass(frozen=True)
class Numbering:
    """A fault in one worker's numbers. `kind`: missing, doubled, contradictory."""

    kind: str
    writer: str
    first: int
    last: int
    between: tuple[datetime, datetime]
    call_id: UUID | None = None


@dataclass(frozen=True)
class Away:
    """A worker wrote nothing from its last record until it started again (or until now: it does not run)."""

    writer: str
    since: datetime
    until: datetime


@dataclass
class _Writer:
    """Seq -> (digest of the line, when). `opened`: seq of each start -> highest number it found."""

    seqs: dict[int, tuple[int, datetime]] = field(default_factory=dict)
    opened: dict[int, int] = field(default_factory=dict)


@dataclass
class JournalWitness:
    """Takes the lines of all parts of all writers, file by file; the order of files does not matter."""

    calls: dict[UUID, JournalCall] = field(default_factory=dict)
    faults: list[Numbering] = field(default_factory=list)
    _writers: dict[str, _Writer] = field(default_factory=dict)
    _copies: dict[str, int] = field(default_factory=dict)  # file -> copied lines still to come
    _known: dict[tuple[str, int], int] = field(default_factory=dict)  # copied lines, by number
    _seen: set[tuple[str, str, int]] = field(default_factory=set)

    def take(self, record: JournalRecord, digest: int, file: str, mark: Mark | None = None) -> None:
        """`digest` stands for the line's bytes."""
        is_copy = self._is_copy(file)
        writer = self._writers.setdefault(record.writer, _Writer())
        if record.kind == OPENED:
            copies = record.fields.get("carried")
            self._copies[file] = copies if isinstance(copies, int) else 0
            after = record.fields.get("after")
            if record.fields.get("reason") != "rotation" and isinstance(after, int):
                writer.opened[record.seq] = after
        number = (record.writer, record.seq)
        there = writer.seqs.get(record.seq)
        known = there[0] if there else self._known.get(number)
        if known is not None and known != digest:
            self._fault("contradictory", record)
            return
        if (file, *number) in self._seen and not is_copy:
            self._fault("doubled", record)
        if not is_copy:
            self._seen.add((file, *number))
            writer.seqs[record.seq] = (digest, record.at)
        self._known[number] = digest
        if record.call_id is None:
            return
        call = self.calls.get(record.call_id)
        if call is None:
            call = self.calls[record.call_id] = JournalCall(record.call_id, record.at, record.at)
        if known is None:
            call.take(record)
        if mark is not None:
            call.marks[mark[0]] = max(mark[1], call.marks.get(mark[0], 0))

    def skip(self, file: str) -> None:
        """A line that nobody could read."""
        self._is_copy(file)

    def _is_copy(self, file: str) -> bool:
        left = self._copies.get(file, 0)
        self._copies[file] = max(0, left - 1)
        return left > 0

    def _fault(self, kind: str, record: JournalRecord) -> None:
        at = (record.at, record.at)
        self.faults.append(Numbering(kind, record.writer, record.seq, record.seq, at, record.call_id))

    def numbering(self, since: datetime) -> list[Numbering]:
        """All faults of the numbers from `since` on."""
        found = [fault for fault in self.faults if fault.between[1] >= since]
        for name, writer in self._writers.items():
            ordered = sorted(writer.seqs)
            for before, after in pairwise(ordered):
                if after == before + 1 or writer.opened.get(after, before - 1) >= before:
                    continue
                between = (writer.seqs[before][1], writer.seqs[after][1])
                if between[1] >= since:
                    found.append(Numbering("missing", name, before + 1, after - 1, between))
        return found

    def away(self, silent: Iterable[str], now: datetime) -> list[Away]:
        """When workers wrote nothing because they did not run. `silent`: writers that do not run now."""
        found = []
        for name, writer in self._writers.items():
            ordered = sorted(writer.seqs)
            for before, after in zip([None, *ordered], ordered, strict=False):
                if after in writer.opened:
                    at = writer.seqs[after][1]
                    found.append(Away(name, writer.seqs[before][1] if before is not None else at, at))
            if name in silent and ordered:
                found.append(Away(name, max(at for _, at in writer.seqs.values()), now))
        return found


def overlaps(absences: Iterable[Away], since: datetime, until: datetime) -> bool:
    """Whether some worker was away in this time."""
    return any(away.since <= until and since <= away.until for away in absences)
