"""The witnesses' lines into their tables, each once, and who belongs to which call. Used by
projection.py only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Subquery, Table, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from centre120 import names
from centre120.call_words import AGENT_STATES
from centre120.store.batches import Batch, CelLine, FileMark, RejectedLine, line_digest
from centre120.store.database import Transaction
from centre120.store.schema.calls import call_events
from centre120.store.schema.people import agent_state_log
from centre120.store.schema.witnesses import cdr, cel, import_positions, journal_positions, rejected_lines
from centre120.witnesses import (
    CdrRecord,
    JournalRecord,
    as_text,
    extra_fields,
    nameless_call_id,
    parse_uuid,
)

_ROWS = 500
_SHOWN_OF_REJECTED = 4_000


def list_positions(tx: Transaction) -> dict[str, int]:
    """How far each file has been read."""
    return {row.file_id: row.position for row in tx.execute(select(import_positions))}


def record_marks(tx: Transaction, marks: Sequence[FileMark]) -> None:
    """How far the files are read now."""
    rows = [{**asdict(mark), "changed_at": func.now()} for mark in marks]
    for row in rows:
        statement = insert(import_positions).values(row)
        tx.execute(
            statement.on_conflict_do_update(
                index_elements=[import_positions.c.file_id],
                set_={key: row[key] for key in ("path", "position", "changed_at")},
            )
        )


def record_rejected(tx: Transaction, lines: Sequence[RejectedLine]) -> None:
    """Keep what could not be read."""
    rows = [
        {
            "line_digest": line_digest(f"{line.source} {line.path} {line.position} ".encode() + line.line),
            "source": line.source,
            "path": line.path,
            "position": line.position,
            "length": len(line.line),
            "line": line.line.decode("utf-8", "backslashreplace").replace("\0", "\\x00")[:_SHOWN_OF_REJECTED],
            "reason": line.reason,
        }
        for line in lines
    ]
    _insert(tx, rejected_lines, rows)


def record_journal(tx: Transaction, records: Sequence[JournalRecord]) -> list[RejectedLine]:
    """New records into call_events and agent_state_log. Returns what has a (writer, seq) used before with
    another content: two journals under one name must be seen by somebody."""
    rows = [
        {
            "call_id": record.call_id,
            "at": record.at,
            "kind": record.kind,
            "details": dict(record.fields),
            "writer": record.writer,
            "seq": record.seq,
        }
        for record in records
    ]
    key = (call_events.c.writer, call_events.c.seq)
    new = {(row.writer, row.seq) for row in _insert(tx, call_events, rows, key)}
    repeated = []
    for record in records:
        if (record.writer, record.seq) in new:
            new.discard((record.writer, record.seq))  # a second one in this batch is a repetition
        else:
            repeated.append(record)
    reused = _reused(tx, repeated)
    states = [
        {
            "writer": record.writer,
            "seq": record.seq,
            "at": record.at,
            "extension": as_text(record.fields.get("agent"), 64),
            "state": record.fields["state"],
            "reason": as_text(record.fields.get("reason"), 200) or None,
            "call_id": record.call_id,
        }
        for record in records
        if record.kind == "AgentStateChanged"
        and record.fields.get("state") in AGENT_STATES
        and record not in reused
    ]
    _insert(tx, agent_state_log, states)
    highest: dict[str, int] = {}
    for record in records:
        highest[record.writer] = max(record.seq, highest.get(record.writer, 0))
    for writer, seq in highest.items():
        statement = insert(journal_positions).values(writer=writer, seq=seq)
        further = func.greatest(journal_positions.c.seq, statement.excluded.seq)
        tx.execute(
            statement.on_conflict_do_update(
                index_elements=[journal_positions.c.writer], set_={"seq": further, "changed_at": func.now()}
            )
        )
    return [
        RejectedLine("journal", record.writer, record.seq, repr(record).encode(), "seq was used before")
        for record in reused
    ]


def _reused(tx: Transaction, repeated: Sequence[JournalRecord]) -> list[JournalRecord]:
    stored: dict[tuple[str, int], tuple[Any, ...]] = {}
    for some in _slices([(record.writer, record.seq) for record in repeated]):
        there = call_events.c
        query = select(there.writer, there.seq, there.at, there.kind, there.call_id)
        for row in tx.execute(query.where(tuple_(there.writer, there.seq).in_(some))):
            stored[row.writer, row.seq] = (row.at, row.kind, row.call_id)
    return [
        record
        for record in repeated
        if stored.get((record.writer, record.seq)) != (record.at, record.kind, record.call_id)
    ]


def record_cel(tx: Transaction, lines: Sequence[CelLine]) -> set[str]:
    """New events into cel, the dialplan's own also into call_events; returns the linked ids they touch."""
    rows = [
        {**asdict(line.event), "line_digest": line.digest, "call_id": line.event.call_id} for line in lines
    ]
    new = _insert(tx, cel, rows, (cel.c.cel_id, cel.c.line_digest))
    identities = {row.line_digest: row.cel_id for row in new}
    own = [
        {
            "call_id": line.event.call_id,
            "at": line.event.at,
            "kind": line.event.user_event,
            "details": {"extra": line.event.extra, **extra_fields(line.event.extra)},
            "writer": "cel",
            "seq": identities[line.digest],
        }
        for line in lines
        if line.event.user_event and line.digest in identities
    ]
    _insert(tx, call_events, own)
    return {line.event.linkedid for line in lines if line.event.linkedid}


def record_cdr(tx: Transaction, records: Sequence[CdrRecord]) -> set[str]:
    """New CDRs; returns the linked ids they touch."""
    rows = [
        {
            **record.texts,
            **{key: getattr(record, key) for key in ("uniqueid", "sequence", "linkedid", "accountcode")},
            **{key: getattr(record, key) for key in ("start_at", "answer_at", "end_at")},
            **{key: getattr(record, key) for key in ("duration_seconds", "billsec_seconds")},
            "call_id": parse_uuid(record.accountcode),
        }
        for record in records
    ]
    _insert(tx, cdr, rows)
    return {record.linkedid for record in records if record.linkedid}


def change_labels(tx: Transaction, linked_ids: set[str], restarted_at: datetime | None) -> set[UUID]:
    """Give each line of these linked ids its call; returns the calls.

    The first lines of a call come before its accountcode is set: they belong to the call of their own
    channel, else to the oldest call of their linked id. An INVITE that ended before the dialplan named it
    gets a name here.
    """
    ended = cel.alias("ended")
    over = select(ended.c.cel_id).where(ended.c.uniqueid == cel.c.uniqueid, ended.c.event == "CHAN_END")
    lost: list[ColumnElement[bool]] = [cel.c.linkedid.in_(linked_ids) & over.exists()]
    if restarted_at is not None:
        lost.append(cel.c.at.between(restarted_at - timedelta(days=2), restarted_at))
    _label(tx, linked_ids)
    trunks = or_(*(cel.c.channame.startswith(f"PJSIP/{trunk}-", autoescape=True) for trunk in names.TRUNKS))
    nameless = select(cel.c.uniqueid, cel.c.linkedid, cel.c.at).where(
        cel.c.call_id.is_(None),
        cel.c.event == "CHAN_START",
        cel.c.context == names.CTX_INBOUND,
        cel.c.uniqueid == cel.c.linkedid,
        trunks,
        or_(*lost),
    )
    for row in tx.execute(nameless).all():
        named = nameless_call_id(row.uniqueid, row.at)
        tx.execute(
            update(cel).where(cel.c.linkedid == row.linkedid, cel.c.call_id.is_(None)).values(call_id=named)
        )
        linked_ids = linked_ids | {row.linkedid}
    _label_others(tx, linked_ids)
    query = select(cel.c.call_id).where(cel.c.linkedid.in_(linked_ids), cel.c.call_id.is_not(None))
    return set(tx.scalars(query.distinct()))


def _label(tx: Transaction, linked_ids: set[str]) -> None:
    for key in (cel.c.uniqueid, cel.c.linkedid):
        named = _oldest_call(key, linked_ids)
        tx.execute(
            update(cel)
            .where(cel.c.linkedid.in_(linked_ids), cel.c.call_id.is_(None), key == named.c.key)
            .values(call_id=named.c.call_id)
        )


def _oldest_call(key: ColumnElement[Any], linked_ids: set[str]) -> Subquery:
    """The call named first in the lines of each `key`."""
    place = func.row_number().over(partition_by=key, order_by=(cel.c.at, cel.c.cel_id))
    ranked = (
        select(key.label("key"), cel.c.call_id, place.label("place"))
        .where(cel.c.linkedid.in_(linked_ids), cel.c.call_id.is_not(None))
        .subquery()
    )
    return select(ranked.c.key, ranked.c.call_id).where(ranked.c.place == 1).subquery()


def _label_others(tx: Transaction, linked_ids: set[str]) -> None:
    tx.execute(
        update(call_events)
        .where(
            call_events.c.writer == "cel",
            call_events.c.call_id.is_(None),
            call_events.c.seq == cel.c.cel_id,
            cel.c.linkedid.in_(linked_ids),
            cel.c.call_id.is_not(None),
        )
        .values(call_id=cel.c.call_id)
    )
    named = _oldest_call(cel.c.linkedid, linked_ids)
    tx.execute(
        update(cdr)
        .where(cdr.c.linkedid.in_(linked_ids), cdr.c.call_id.is_(None), cdr.c.linkedid == named.c.key)
        .values(call_id=named.c.call_id)
    )


def list_agents_who_changed(batch: Batch) -> set[str]:
    """Extensions whose state changed: a wrap-up of theirs may be over."""
    return {
        as_text(record.fields.get("agent"), 64)
        for record in batch.journal
        if record.kind == "AgentStateChanged"
    }


def _insert(
    tx: Transaction, table: Table, rows: Sequence[dict[str, Any]], returning: Iterable[Any] = ()
) -> list[Any]:
    found: list[Any] = []
    for some in _slices(rows):
        statement = insert(table).values(list(some)).on_conflict_do_nothing()
        wanted = list(returning)
        if wanted:
            found += tx.execute(statement.returning(*wanted)).all()
        else:
            tx.execute(statement)
    return found


def _slices(rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (rows[start : start + _ROWS] for start in range(0, len(rows), _ROWS))
