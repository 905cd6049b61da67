"""Offers to agents and transfers to departments within one call, each attempt with its end.

The journal tells them; where `ari_app` died in the middle, Asterisk's own result (CEL user events of the
dialplan) stands in for the missing end. No clock, no I/O.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from centre120 import names
from centre120.call_evidence import Together, user_events
from centre120.call_words import OFFER_RESULTS, TRANSFER_KINDS, TRANSFER_RESULTS
from centre120.witnesses import CelEvent, JournalRecord, as_text, extra_fields

OFFER_RESULT_OF_DIAL = {
    "ANSWER": "answered",
    "NOANSWER": "no-answer",
    "BUSY": "busy",
    "CONGESTION": "unreachable",
    "CHANUNAVAIL": "unreachable",
    "CANCEL": "citizen-gone",
}
TRANSFER_RESULT_OF_DIAL = {**OFFER_RESULT_OF_DIAL, "ANSWER": "picked-up"}
_NUMBER, _LONG = 64, 4_000
_HIGHEST_ID = 2**63 - 1


@dataclass(frozen=True)
class OfferAccount:
    offer_id: str
    agent_extension: str
    offered_at: datetime
    ring_seconds: float | None
    ended_at: datetime | None
    result: str | None


@dataclass(frozen=True)
class TransferAccount:
    transfer_id: str
    kind: str | None
    agent_extension: str | None
    number: str | None
    target_name: str | None
    department_id: int | None
    official_id: int | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    ring_seconds: float | None
    result: str | None
    summary: str | None
    joined_at: datetime | None = None  # all three together


def offers(cel: Sequence[CelEvent], own: Sequence[JournalRecord]) -> tuple[OfferAccount, ...]:
    """In the order they were made."""
    ends = {_text(record, "offer_id"): record for record in own if record.kind == "OfferEnded"}
    dialled = [(event, extra_fields(event.extra)) for event in user_events(cel, names.CEL_OFFER)]
    found: dict[str, OfferAccount] = {}
    for record in own:
        offer_id, agent = _text(record, "offer_id"), _text(record, "agent", _NUMBER)
        if record.kind != "CallOffered" or not offer_id or not agent or offer_id in found:
            continue
        end = ends.get(offer_id)
        ended_at = end.at if end else None
        result = _one_of(end.fields.get("result"), OFFER_RESULTS) if end else None
        if end is None:
            for event, said in dialled:
                if said.get("agent") == agent and event.at >= record.at:
                    ended_at, result = event.at, OFFER_RESULT_OF_DIAL.get(said.get("result", ""))
                    break
        ring_seconds = _float(record, "ring_seconds")
        found[offer_id] = OfferAccount(offer_id, agent, record.at, ring_seconds, ended_at, result)
    return tuple(found.values())


def transfers(
    cel: Sequence[CelEvent], own: Sequence[JournalRecord], met: Sequence[Together]
) -> tuple[TransferAccount, ...]:
    """In the order they were begun. `met`: who was connected with the citizen, for pick-ups nobody
    journalled.
    """
    ends = {_text(record, "transfer_id"): record for record in own if record.kind == "TransferEnded"}
    joined = {_text(record, "transfer_id"): record.at for record in own if record.kind == "ConferenceStarted"}
    dialled = {
        said["transfer"]: (event.at, TRANSFER_RESULT_OF_DIAL.get(said.get("result", "")))
        for event in user_events(cel, names.CEL_TRANSFER)
        if "transfer" in (said := extra_fields(event.extra))
    }
    found: dict[str, TransferAccount] = {}
    for record in own:
        transfer_id = _text(record, "transfer_id")
        if record.kind != "TransferStarted" or not transfer_id or transfer_id in found:
            continue
        end = ends.get(transfer_id)
        seen_at, seen = dialled.get(transfer_id, (None, None))
        result = _one_of(end.fields.get("result"), TRANSFER_RESULTS) if end else seen
        ring_seconds = _float(end, "ring_seconds") if end else None
        answered_at = None
        if result == "picked-up":
            answered_at = _picked_up(record.at, ring_seconds, end.at if end else None, met)
        ended_at = end.at if end else (answered_at if result == "picked-up" else seen_at)
        found[transfer_id] = TransferAccount(
            transfer_id=transfer_id,
            kind=_one_of(record.fields.get("transfer_kind"), TRANSFER_KINDS),
            agent_extension=_text(record, "agent", _NUMBER),
            number=_text(record, "number", _NUMBER),
            target_name=_text(record, "target_name", 200),
            department_id=_integer(record, "department_id"),
            official_id=_integer(record, "official_id"),
            started_at=record.at,
            answered_at=answered_at,
            ended_at=ended_at,
            ring_seconds=ring_seconds,
            result=result,
            summary=_text(record, "summary", _LONG),
            joined_at=joined.get(transfer_id),
        )
    return tuple(found.values())


def _picked_up(
    started_at: datetime, ring_seconds: float | None, ended_at: datetime | None, met: Sequence[Together]
) -> datetime | None:
    if ring_seconds is not None:
        return started_at + timedelta(seconds=ring_seconds)
    connected = [one.since for one in met if one.extension is None and one.since >= started_at]
    return ended_at or min(connected, default=None)


def hold_seconds(attempts: Sequence[TransferAccount]) -> float:
    """An attended transfer leaves the citizen with music until it is decided."""
    return round(
        sum(
            (attempt.ended_at - attempt.started_at).total_seconds()
            for attempt in attempts
            if attempt.kind == "attended" and attempt.ended_at is not None
        ),
        6,
    )


def _text(record: JournalRecord, field: str, limit: int = 200) -> str | None:
    return as_text(record.fields.get(field), limit) or None


def _float(record: JournalRecord, field: str) -> float | None:
    entry = record.fields.get(field)
    good = isinstance(entry, (int, float)) and not isinstance(entry, bool) and 0 <= entry < 1e6
    return float(entry) if good and entry is not None else None


def _integer(record: JournalRecord, field: str) -> int | None:
    text = as_text(record.fields.get(field), 20)
    return int(text) if text.isascii() and text.isdecimal() and int(text) <= _HIGHEST_ID else None


def _one_of(entry: object, words: Sequence[str]) -> str | None:
    return entry if isinstance(entry, str) and entry in words else None
