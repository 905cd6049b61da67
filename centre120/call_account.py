"""One account of one call, computed from everything its witnesses have written so far.

`account_for` may be asked at any moment, with any part of the evidence: only CEL (every program of ours
dead), only the journal (CEL not read yet), or both. It does not remember: more evidence gives a better
account, the same evidence always the same one. Asterisk is believed for what it saw (arrival,
connections, the end), the journal for what only `ari_app` knows (offers, transfers, wrap-up, the case
number). No clock, no I/O.

When Asterisk died in a call there is no end. `restarted_at` says when it is known to have started again:
a call from before that ended with its last sign of life, by the system. An answered call stays "answered"
then; only one that no agent had answered is "cut-by-system". So is one that we ended while the citizen
still waited.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from centre120 import names
from centre120.call_attempts import OfferAccount, TransferAccount, hold_seconds, offers, transfers
from centre120.call_ending import decide_outcome, find_end
from centre120.call_evidence import (
    Together,
    answers_without_bridges,
    citizen_start,
    connections,
    first_time,
    user_events,
)
from centre120.call_party import caller_name_of, caller_number_of, dialled_of, language_of, trunk_of
from centre120.call_readings import all_records, cut, earliest, extra_of, first_record, said, seconds_between
from centre120.call_words import SHORT_ABANDON_SECONDS
from centre120.interpretations import Interpretation, interpretations
from centre120.witnesses import CelEvent, JournalRecord, extra_fields, parse_time


@dataclass(frozen=True)
class Evidence:
    """All about one call. `journal` may also hold the agent's later states (without call_id): the wrap-
    up's end.
    """

    call_id: UUID
    cel: Sequence[CelEvent] = ()
    journal: Sequence[JournalRecord] = ()
    restarted_at: datetime | None = None


@dataclass(frozen=True)
class CallAccount:
    """Fields named as the columns of `calls` (docs there); `case_number` is what the journal said, if it
    did.
    """

    call_id: UUID
    channel_id: str | None
    linked_id: str | None
    trunk: str | None
    dialled_number: str | None
    origin_number: str | None
    outside_area: bool
    caller_number: str | None
    caller_name: str | None
    language: str | None
    arrived_at: datetime
    answered_at: datetime | None
    queued_at: datetime | None
    first_offered_at: datetime | None
    agent_answered_at: datetime | None
    ended_at: datetime | None
    agent_extension: str | None
    outcome: str
    route: str | None
    waited_seconds: float | None
    talked_seconds: float | None
    hold_seconds: float | None
    hung_up_by: str | None
    hangup_cause: int | None
    sip_answer: int | None
    fallback_reason: str | None
    overflow_reason: str | None
    callback_number: str | None
    status_case_number: str | None
    menu_keys: str | None
    returned_count: int
    wrap_up_started_at: datetime | None
    wrap_up_ended_at: datetime | None
    wrap_up_seconds: float | None
    recording_file: str | None
    case_number: str | None
    callback_at: datetime | None
    offers: tuple[OfferAccount, ...]
    transfers: tuple[TransferAccount, ...]
    interpretations: tuple[Interpretation, ...] = ()


def account_for(
    evidence: Evidence, short_abandon_seconds: float = SHORT_ABANDON_SECONDS
) -> CallAccount | None:
    """The account, or None when nothing shows a citizen's call (an agent's own call, a stray record)."""
    cel = sorted(evidence.cel, key=lambda event: event.at)
    journal = sorted(evidence.journal, key=lambda record: (record.at, record.writer, record.seq))
    own = [record for record in journal if record.call_id == evidence.call_id]
    start, queued = citizen_start(cel), first_record(own, "CallQueued")
    if start is None and not own:
        return None
    entered = extra_fields(extra_of(cel, names.CEL_ENTERED))
    refused = extra_fields(extra_of(cel, names.CEL_REFUSED))
    is_refused = bool(user_events(cel, names.CEL_REFUSED))
    channel = start.uniqueid if start else said(queued, "channel_id")
    first = min([event.at for event in cel] + [record.at for record in own])

    end = find_end(cel, own, channel or "", evidence.restarted_at, first)
    met = connections(cel, channel or "", end.at if end else None)
    met = met or answers_without_bridges(cel, channel or "", end.at if end else None)
    talks = [together for together in met if together.extension]
    answers = all_records(own, "CallAnswered")
    agent, agent_answered_at = _agent(talks, answers)
    queued_at = earliest(
        [event.at for event in user_events(cel, names.CEL_QUEUED)]
        + [parse_time(queued.fields.get("queued_at")) or queued.at if queued else None]
    )
    handed = transfers(cel, own, met)
    offered = offers(cel, own)
    callback = first_record(own, "CallbackRequested")
    owed = callback or first_record(own, "CallbackPromised")  # asked for by key, or promised by the agent
    heard = extra_of(cel, names.CEL_STATUS_HEARD)
    fallback = user_events(cel, names.CEL_FALLBACK)
    wrap_up = _wrap_up(own, journal)
    dialled = entered.get("dialled") or refused.get("dialled") or said(queued, "dialled_number")
    return CallAccount(
        call_id=evidence.call_id,
        channel_id=channel or None,
        linked_id=(start.linkedid if start else said(queued, "linked_id")) or None,
        trunk=cut(entered.get("trunk") or refused.get("trunk") or said(queued, "trunk") or trunk_of(start)),
        dialled_number=cut(dialled or dialled_of(cel, channel)),
        origin_number=cut(entered.get("origin") or said(queued, "origin_number")),
        outside_area=entered.get("outside") == "1"
        or bool(queued and queued.fields.get("outside_area") is True),
        caller_number=caller_number_of({**refused, **entered}, start, queued),
        caller_name=caller_name_of(entered, start, queued),
        language=language_of(cel, queued),
        arrived_at=first,
        answered_at=first_time(cel, "ANSWER", channel or ""),
        queued_at=queued_at,
        first_offered_at=earliest([*(offer.offered_at for offer in offered), _first_ring(cel, channel)]),
        agent_answered_at=agent_answered_at,
        ended_at=end.at if end else None,
        agent_extension=agent,
        outcome=decide_outcome(
            end,
            refused=is_refused,
            answered=agent_answered_at is not None,
            callback=callback is not None,
            queued_at=queued_at,
            heard=bool(heard),
            short=short_abandon_seconds,
        ),
        route=_route(queued_at, bool(fallback) or first_record(own, "CallToFallback") is not None),
        waited_seconds=seconds_between(queued_at, agent_answered_at or (end.at if end else None)),
        talked_seconds=_talked(talks, own) if agent_answered_at else None,
        hold_seconds=hold_seconds(handed) if agent_answered_at else None,
        hung_up_by=end.by if end else None,
        hangup_cause=end.cause if end else None,
        sip_answer=int(refused["sip"])
        if refused.get("sip", "").isdecimal() and len(refused["sip"]) == 3
        else None,
        fallback_reason=_reason(fallback, first_record(own, "CallToFallback")),
        overflow_reason=said(first_record(own, "CallOverflowed"), "reason"),
        callback_number=cut(said(owed, "number")),
        status_case_number=cut(heard),
        menu_keys=cut(",".join(event.extra for event in user_events(cel, names.CEL_MENU_KEY)), 200),
        returned_count=len(all_records(own, "CallReturned")),
        wrap_up_started_at=wrap_up[0],
        wrap_up_ended_at=wrap_up[1],
        wrap_up_seconds=seconds_between(*wrap_up),
        recording_file=f"{evidence.call_id}.wav" if agent_answered_at else None,
        case_number=said(queued, "case_number"),
        callback_at=owed.at if owed else None,
        offers=offered,
        transfers=handed,
        interpretations=interpretations(cel, own, queued_at),
    )


def _agent(talks: Sequence[Together], answers: Sequence[JournalRecord]) -> tuple[str | None, datetime | None]:
    if talks:
        return talks[0].extension, talks[0].since
    if answers:
        return cut(said(answers[0], "agent")), answers[0].at
    return None, None


def _talked(talks: Sequence[Together], own: Sequence[JournalRecord]) -> float | None:
    """The union of the times with any agent (two agents at once count once)."""
    if not talks:
        told = [record.fields.get("talked_seconds") for record in all_records(own, "TalkEnded")]
        known = [float(seconds) for seconds in told if isinstance(seconds, (int, float))]
        return sum(known) if known else None
    total, covered = 0.0, talks[0].since
    for talk in talks:
        if talk.until is None:
            return None
        if talk.until > covered:
            total += (talk.until - max(talk.since, covered)).total_seconds()
            covered = talk.until
    return round(total, 6)


def _wrap_up(
    own: Sequence[JournalRecord], journal: Sequence[JournalRecord]
) -> tuple[datetime | None, datetime | None]:
    states = all_records(journal, "AgentStateChanged")
    begun = next(
        (r for r in own if r.kind == "AgentStateChanged" and r.fields.get("state") == "wrap-up"), None
    )
    if begun is None:
        return None, None
    over = [
        record.at
        for record in states
        if record.at > begun.at
        and record.fields.get("agent") == begun.fields.get("agent")
        and record.fields.get("state") != "wrap-up"
    ]
    return begun.at, min(over, default=None)


def _first_ring(cel: Sequence[CelEvent], channel: str | None) -> datetime | None:
    rings = [
        event.at
        for event in cel
        if event.event == "CHAN_START" and event.uniqueid != channel and event.context == names.CTX_AGENT
    ]
    return min(rings, default=None)


def _route(queued_at: datetime | None, fallback: bool) -> str | None:
    return "fallback" if fallback else ("queue" if queued_at else None)


def _reason(fallback: Sequence[CelEvent], told: JournalRecord | None) -> str | None:
    return cut(fallback[0].extra if fallback else said(told, "reason"), 200)
