"""One call in the books: what each witness says of it, and where they do not agree.

A witness that was not there (a worker that was dead) may be silent; it may not say something else. No clock, no I/O.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from centre120.journal_witness import Away, JournalCall, overlaps
from centre120.sip_witness import SipCall

ANSWERED, ABANDONED, CALLBACK, REFUSED = "answered", "abandoned", "callback-requested", "refused"
SELF_SERVED, CUT, GOING_ON = "self-served", "cut-by-system", "going-on"
ENDINGS: Final = (ANSWERED, ABANDONED, CALLBACK, REFUSED, SELF_SERVED, CUT)

ENDING_OF_OUTCOME: Final = {
    "answered": ANSWERED,
    "abandoned": ABANDONED,
    "short-abandoned": ABANDONED,
    "abandoned-in-menu": ABANDONED,
    "callback-requested": CALLBACK,
    "status-heard": SELF_SERVED,
    "refused": REFUSED,
    "cut-by-system": CUT,
    "in-progress": GOING_ON,
}
"""From the outcomes of `calls` (call_words.py) to the endings of the books."""

CLAIM_SECONDS: Final = 4.0
"""A worker answers StasisBroadcast within 0.5 s or the lease of 3 s runs out: before that nobody need have written."""
SETTLE_SECONDS: Final = 5.0
"""Witnesses write one after the other: what is younger is not held against anybody."""
GOODBYE_SECONDS: Final = 60.0
"""From the wish to be called back to the end of the sentence that confirms it."""
SAME_SECONDS: Final = 2.0


@dataclass(frozen=True)
class CallRow:
    """A row of `calls`; `case_count` is the number of cases opened with it."""

    call_id: UUID
    channel_id: str | None
    linked_id: str | None
    arrived_at: datetime
    ended_at: datetime | None
    outcome: str
    agent_extension: str | None
    case_count: int


@dataclass(frozen=True)
class Discrepancy:
    """What does not agree. `kind`: missing, doubled, contradictory; `witness`: sip, journal, calls, cases."""

    kind: str
    witness: str
    text: str
    next_step: str
    call_id: UUID | None = None
    channel_id: str | None = None
    at: datetime | None = None
    said: Mapping[str, str] = field(default_factory=dict)  # witness -> its words


@dataclass(frozen=True)
class Circumstances:
    """What the judge must know beside the witnesses. Times are UTC.

    `read_at`: when the files were read. `live`: channels of Asterisk at that time; None: it could not be asked.
    `unread`: calls of which the recorder has not read everything yet. `silent`: workers that do not run now.
    """

    since: datetime
    read_at: datetime
    until: datetime | None = None
    live: frozenset[str] | None = None
    restarted_at: datetime | None = None
    unread: frozenset[UUID] = frozenset()
    silent: frozenset[str] = frozenset()


@dataclass
class OneCall:
    """All that is known of one call: more than one SIP call or row is a discrepancy."""

    call_id: UUID
    sip: list[SipCall] = field(default_factory=list)
    told: JournalCall | None = None
    rows: list[CallRow] = field(default_factory=list)


def judge(
    call: OneCall, away: Sequence[Away], restarted_at: datetime | None, known: Circumstances
) -> list[Discrepancy]:
    """All that does not agree. `restarted_at`: Asterisk's first start after the call's last line."""
    seen, told = (call.sip[0] if call.sip else None), call.told
    case = _Case(call, seen, told, away, restarted_at, known)
    case.presence()
    if seen is not None:
        case.sip_alone(seen)
        case.journal(seen)
    if told is not None:
        for fact in told.doubled:
            case.find("doubled", "journal", f"the journal says {fact} twice")
    if call.rows:
        case.table(call.rows[0])
    return case.found


@dataclass
class _Case:
    """The comparison of one call."""

    call: OneCall
    seen: SipCall | None
    told: JournalCall | None
    away: Sequence[Away]
    restarted_at: datetime | None
    known: Circumstances
    found: list[Discrepancy] = field(default_factory=list)

    def find(self, kind: str, witness: str, text: str) -> None:
        seen, told = self.seen, self.told
        row = self.call.rows[0] if self.call.rows else None
        at = seen.began_at if seen else row.arrived_at if row else told.first_at if told else None
        channel = seen.channel_id if seen else row.channel_id if row else None
        words = _words(seen, told, self.call.rows)
        step = NEXT_STEP[witness]
        self.found.append(Discrepancy(kind, witness, text, step, self.call.call_id, channel, at, words))

    def presence(self) -> None:
        call = self.call
        if not call.sip:
            others = " and ".join(
                name for name, there in (("the journal", self.told), ("calls", call.rows)) if there
            )
            self.find("missing", "sip", f"{others} know a call of which Asterisk's events show no INVITE")
        if len(call.sip) > 1:
            channels = ", ".join(one.channel_id for one in call.sip)
            self.find("doubled", "sip", f"channels {channels} bear one call id")
        if not call.rows:
            self.find("missing", "calls", "an INVITE without a row in calls")
        if len(call.rows) > 1:
            ids = ", ".join(str(row.call_id) for row in call.rows)
            self.find("doubled", "calls", f"one INVITE has {len(call.rows)} rows: {ids}")

    def sip_alone(self, seen: SipCall) -> None:
        for name in seen.doubled:
            self.find("doubled", "sip", f"the channel has {seen.lines[name]} lines {name}")
        if seen.started_at is None:
            self.find("missing", "sip", "the channel has no line CHAN_START")
        if seen.ended_at is not None or self.restarted_at is not None:
            return
        last = self.told.last_words if self.told else {}
        over = [at + timedelta(seconds=GOODBYE_SECONDS) for kind, at in last.items() if kind in _IS_END]
        gone = self.known.live is not None and seen.channel_id not in self.known.live
        if self._settled(seen.last_at or seen.began_at) and (gone or any(map(self._settled, over))):
            self.find("missing", "sip", "the channel is no more, and has no line HANGUP")

    def journal(self, seen: SipCall) -> None:
        """What a worker must have written, since Asterisk's events show that one had the call."""
        told, queued_at = self.told, seen.queued_at
        end = seen.ended_at or self.restarted_at
        until = end or self.known.read_at
        if queued_at is None or overlaps(self._absences(), queued_at, until):
            return
        if told is None or told.queued_at is None:
            waited = (until - queued_at).total_seconds()
            if seen.fallback is None and (seen.rung or waited > CLAIM_SECONDS):
                self.find(
                    "missing", "journal", "a call was queued with a worker, and no journal has CallQueued"
                )
            return
        lost = told.to_fallback or seen.fallback is not None or self.restarted_at is not None
        lost = lost or "CallCut" in told.last_words  # the worker says itself that it lost sight of it
        if lost:
            return
        if seen.talked & told.offered and not told.answered and self._settled(seen.talked_at):
            self.find(
                "missing", "journal", f"agent {_some(seen.talked)} answered, no journal has CallAnswered"
            )
        if seen.ended_at is not None and not told.last_words and self._settled(seen.ended_at):
            self.find("missing", "journal", "the call ended, and no journal has its end")

    def _absences(self) -> list[Away]:
        """Of the workers that had the call; of any, when no journal knows it."""
        had = self.told.writers if self.told else set()
        return [away for away in self.away if not had or away.writer in had]

    def table(self, row: CallRow) -> None:
        says = ENDING_OF_OUTCOME.get(row.outcome, "?")
        seen, told = self.seen, self.told
        if seen is not None:
            self._times(seen, row)
            possible = self._seen_endings(seen)
            if says not in possible and not self._ended_since(row):
                self.find("contradictory", "calls", f"calls says {says}, Asterisk's events {_some(possible)}")
            agents = seen.talked | seen.picked_up
            if row.agent_extension and agents and row.agent_extension not in agents:
                text = f"calls says agent {row.agent_extension} answered, Asterisk's events {_some(agents)}"
                self.find("contradictory", "calls", text)
            self._journal_against(seen, possible)
        elif told is not None and (possible := _told_endings(told)) and says not in possible:
            self.find("contradictory", "calls", f"calls says {says}, the journal {_some(possible)}")
        ended_at = row.ended_at or (seen.ended_at if seen else None)
        wanted = 0 if says == REFUSED else 1
        if ended_at is not None and self._settled(ended_at) and row.case_count != wanted:
            kind = "missing" if row.case_count < wanted else "doubled"
            self.find(kind, "cases", f"{row.case_count} cases were opened with the call, {wanted} expected")

    def _journal_against(self, seen: SipCall, possible: frozenset[str]) -> None:
        told = self.told
        if told is None or "CallCut" in told.last_words or self.restarted_at is not None:
            return
        agents = seen.talked | seen.picked_up
        if told.answered and not told.answered & agents and self._settled(told.answered_at):
            text = f"the journal says agent {_some(told.answered)} answered, Asterisk's events show no such answer"
            self.find("contradictory", "journal", text)
            return
        endings = _told_endings(told)
        if endings and not seen.fallback and not endings & possible and self._settled(told.last_at):
            text = f"the journal says {_some(endings)}, Asterisk's events {_some(possible)}"
            self.find("contradictory", "journal", text)

    def _times(self, seen: SipCall, row: CallRow) -> None:
        pairs = [("arrival", seen.started_at, row.arrived_at), ("end", seen.ended_at, row.ended_at)]
        for what, there, here in pairs:
            if there and here and abs((there - here).total_seconds()) > SAME_SECONDS:
                text = f"calls has the {what} at {here.isoformat()}, Asterisk's events at {there.isoformat()}"
                self.find("contradictory", "calls", text)

    def _seen_endings(self, seen: SipCall) -> frozenset[str]:
        """The endings that Asterisk's events allow."""
        told = _told_endings(self.told) if self.told else frozenset()
        if seen.refused:
            return frozenset({REFUSED})
        if seen.ended_at is None and self.restarted_at is None:
            return frozenset({GOING_ON})
        if seen.talked:
            return frozenset({ANSWERED})
        if seen.ended_at is None:  # Asterisk died with it, and perhaps with its last lines
            return told | {CUT}
        if seen.callback_said:
            return frozenset({CALLBACK})
        if seen.heard_status and seen.queued_at is None:
            return frozenset({SELF_SERVED})
        plain = {CUT} if seen.ended_by == "system" else {ABANDONED}
        if seen.picked_up:  # the phone was picked up in the moment the citizen hung up
            plain |= {ANSWERED}
        if self._wished_in_time(seen):
            plain |= {CALLBACK}
        return frozenset(plain)

    def _wished_in_time(self, seen: SipCall) -> bool:
        """The citizen asked to be called back and hung up before that was confirmed."""
        wished = self.told.last_words.get("CallbackRequested") if self.told else None
        end = seen.ended_at
        return wished is not None and end is not None and (end - wished).total_seconds() < SETTLE_SECONDS

    def _ended_since(self, row: CallRow) -> bool:
        """The row was read after the files: what ended in between is no contradiction."""
        border = self.known.read_at - timedelta(seconds=SETTLE_SECONDS)
        moments = (row.ended_at, self.seen.ended_at if self.seen else None)
        return any(at is not None and at > border for at in moments)

    def _settled(self, at: datetime | None) -> bool:
        return at is not None and (self.known.read_at - at).total_seconds() > SETTLE_SECONDS


_IS_END: Final = ("CallAbandoned", "CallbackRequested")


def _told_endings(told: JournalCall) -> frozenset[str]:
    """The endings that the journal allows; empty when it does not know the end."""
    if told.answered:
        return frozenset({ANSWERED})
    if "CallbackRequested" in told.last_words:
        return frozenset({CALLBACK})
    if "CallAbandoned" in told.last_words:
        return frozenset({ABANDONED, CUT})  # a worker can not tell who ended it
    return frozenset()


def _words(seen: SipCall | None, told: JournalCall | None, rows: Sequence[CallRow]) -> dict[str, str]:
    """What each witness says, for a person."""
    said = {"sip": "nothing", "journal": "nothing", "calls": "nothing"}
    if seen is not None:
        facts = [f"INVITE {seen.began_at.isoformat()}"]
        facts += ["refused"] if seen.refused else []
        facts += [f"queued {seen.queued_at.isoformat()}"] if seen.queued_at else []
        facts += [f"last resort ({seen.fallback})"] if seen.fallback else []
        facts += [f"talked to {_some(seen.talked)}"] if seen.talked else []
        facts += ["heard a status"] if seen.heard_status else []
        end = f"ended {seen.ended_at.isoformat()} by {seen.ended_by}" if seen.ended_at else "no end"
        said["sip"] = ", ".join([*facts, end])
    if told is not None:
        facts = [f"queued {told.queued_at.isoformat()}"] if told.queued_at else ["no CallQueued"]
        facts += [f"answered by {_some(told.answered)}"] if told.answered else []
        facts += [f"{kind} {at.isoformat()}" for kind, at in told.last_words.items()]
        said["journal"] = ", ".join(facts)
    if rows:
        said["calls"] = "; ".join(
            f"{row.outcome}" + (f" by {row.agent_extension}" if row.agent_extension else "") for row in rows
        )
    return said


def _some(words: Iterable[str]) -> str:
    return " or ".join(sorted(words))


NEXT_STEP: Final = {
    "sip": "Look for this channel in asterisk/log/cel-custom/cel.json* of the home: was a file deleted, or the disk full?",
    "journal": "Look for this call in journal/*.jsonl* and log/ari_app.log of the home: 'journal not written' says when and why.",
    "numbering": "Look into log/ari_app.log at that time ('journal not written'); two workers under one number would show as"
    " two contents: ./120 status.",
    "calls": "Compare the call's page with its lines; when the files are right, ./120 restart recorder, and send the call's"
    " lines with your report: the record is computed from them.",
    "cases": "Open the call's page: the case can be opened or joined there.",
}
