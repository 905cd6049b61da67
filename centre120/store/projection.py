"""The recorder's transaction: new lines in, then every call they touch accounted for from all its evidence.

Nothing is counted up and nothing depends on the order in which witnesses are read: an account is computed
from what the tables hold (centre120/call_account.py), so the same lines, cut and ordered in any way,
leave the same rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from centre120 import names
from centre120.call_account import CallAccount, Evidence, account_for
from centre120.call_evidence import user_events
from centre120.cases import parse_case_number
from centre120.store.answers_told import record_told
from centre120.store.batches import Batch
from centre120.store.case_search import index_case
from centre120.store.cases import open_case
from centre120.store.database import Transaction
from centre120.store.languages import record_language
from centre120.store.schema.calls import call_events, callback_requests, calls, offers, transfers
from centre120.store.schema.cases import case_calls, cases
from centre120.store.schema.interpreters import interpretations
from centre120.store.schema.people import agent_state_log
from centre120.store.schema.witnesses import cel
from centre120.store.witness_lines import (
    change_labels,
    list_agents_who_changed,
    record_cdr,
    record_cel,
    record_journal,
    record_marks,
    record_rejected,
)
from centre120.told import told_of
from centre120.witnesses import CelEvent, JournalRecord

_AT_ONCE = 100
_NOT_COLUMNS = ("case_number", "callback_at", "offers", "transfers", "interpretations")
_CEL_FIELDS = [field.name for field in fields(CelEvent)]


def project(
    tx: Transaction, batch: Batch, *, zone: tzinfo, asterisk_started_at: datetime | None = None
) -> set[UUID]:
    """Bring one batch in; returns the calls that were accounted for."""
    reused = record_journal(tx, batch.journal)
    linked_ids = record_cel(tx, batch.cel) | record_cdr(tx, batch.cdr)
    record_rejected(tx, [*batch.rejected, *reused])
    restarted_at = restart_time(batch, asterisk_started_at)
    touched = change_labels(tx, linked_ids, restarted_at)
    touched |= {record.call_id for record in batch.journal if record.call_id}
    touched |= _wrapping_up(tx, list_agents_who_changed(batch)) | _cut(tx, restarted_at)
    ordered = sorted(touched)
    for start in range(0, len(ordered), _AT_ONCE):
        change_accounts(tx, ordered[start : start + _AT_ONCE], zone, restarted_at)
    record_told(tx, [told for record in batch.journal if (told := told_of(record)) is not None])
    record_marks(tx, batch.marks)
    return touched


def restart_time(batch: Batch, asterisk_started_at: datetime | None) -> datetime | None:
    """When Asterisk last started: told by its socket's age, or by the first channel (`.0`) of a new
    process.
    """
    births = [
        line.event.at
        for line in batch.cel
        if line.event.event == "CHAN_START" and line.event.uniqueid.endswith(".0")
    ]
    return max([*births, *([asterisk_started_at] if asterisk_started_at else [])], default=None)


def change_accounts(
    tx: Transaction, call_ids: Sequence[UUID], zone: tzinfo, restarted_at: datetime | None
) -> None:
    """Account for these calls again."""
    evidence = _evidence(tx, call_ids, restarted_at)
    accounts = [account for one in evidence if (account := account_for(one)) is not None]
    if not accounts:
        return
    _write_calls(tx, accounts)
    _write_attempts(tx, accounts)
    _write_cases(tx, accounts, zone)
    _remember_languages(tx, evidence, accounts)


def _remember_languages(
    tx: Transaction, evidence: Sequence[Evidence], accounts: Sequence[CallAccount]
) -> None:
    """The language a citizen chose is the one the next call begins in; the latest choice holds, however calls are read."""
    numbers = {account.call_id: account.caller_number for account in accounts}
    for one in evidence:
        number = numbers.get(one.call_id)
        for event in user_events(one.cel, names.CEL_LANGUAGE):
            if number and event.extra in names.LANGUAGES:
                record_language(tx, number, event.extra, event.at)


def _wrapping_up(tx: Transaction, extensions: set[str]) -> set[UUID]:
    query = select(calls.c.call_id).where(
        calls.c.agent_extension.in_(extensions),
        calls.c.wrap_up_started_at.is_not(None),
        calls.c.wrap_up_ended_at.is_(None),
    )
    return set(tx.scalars(query)) if extensions else set()


def _cut(tx: Transaction, restarted_at: datetime | None) -> set[UUID]:
    if restarted_at is None:
        return set()
    alive = (calls.c.outcome == "in-progress") & (calls.c.arrived_at < restarted_at)
    return set(tx.scalars(select(calls.c.call_id).where(alive)))


def _evidence(tx: Transaction, call_ids: Sequence[UUID], restarted_at: datetime | None) -> list[Evidence]:
    events: dict[UUID, list[CelEvent]] = {call_id: [] for call_id in call_ids}
    records: dict[UUID, list[JournalRecord]] = {call_id: [] for call_id in call_ids}
    query = select(*(cel.c[name] for name in _CEL_FIELDS), cel.c.call_id).where(cel.c.call_id.in_(call_ids))
    for row in tx.execute(query.order_by(cel.c.at, cel.c.cel_id)):
        told = row._asdict()
        events[told.pop("call_id")].append(CelEvent(**told))
    said = select(call_events).where(call_events.c.call_id.in_(call_ids), call_events.c.writer != "cel")
    for row in tx.execute(said):
        records[row.call_id].append(
            JournalRecord(row.writer, row.seq, row.at, row.kind, row.call_id, row.details)
        )
    cut = calls.c.hung_up_by == "system", calls.c.hangup_cause.is_(None), calls.c.ended_at.is_not(None)
    known_cut = select(calls.c.call_id, calls.c.ended_at).where(calls.c.call_id.in_(call_ids), *cut)
    ended = {row.call_id: row.ended_at + timedelta(microseconds=1) for row in tx.execute(known_cut)}
    return [
        Evidence(
            call_id,
            tuple(events[call_id]),
            (*records[call_id], *_later_states(tx, records[call_id])),
            restarted_at if restarted_at is not None else ended.get(call_id),
        )
        for call_id in call_ids
    ]


def _later_states(tx: Transaction, records: Iterable[JournalRecord]) -> list[JournalRecord]:
    """What the agent did after the wrap-up began, where the record names no call or another."""
    found = []
    for begun in records:
        if begun.kind == "AgentStateChanged" and begun.fields.get("state") == "wrap-up":
            log = agent_state_log.c
            query = select(agent_state_log).where(
                log.extension == str(begun.fields.get("agent")), log.at > begun.at
            )
            for row in tx.execute(query.order_by(log.at, log.writer, log.seq).limit(3)):
                said = {"agent": row.extension, "state": row.state}
                found.append(
                    JournalRecord(row.writer, row.seq, row.at, "AgentStateChanged", row.call_id, said)
                )
    return found


def _write_calls(tx: Transaction, accounts: Sequence[CallAccount]) -> None:
    rows = []
    for account in accounts:
        told: dict[str, Any] = {
            field.name: getattr(account, field.name)
            for field in fields(account)
            if field.name not in _NOT_COLUMNS
        }
        counts = {"offer_count": len(account.offers), "transfer_count": len(account.transfers)}
        rows.append({**told, **counts})
    taken = _channels_of_others(tx, accounts)
    for row in rows:
        if (row["channel_id"], row["call_id"]) in taken:
            row["channel_id"] = None
    statement = insert(calls).values(rows)
    replaced = {name: statement.excluded[name] for name in rows[0] if name != "call_id"}
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=[calls.c.call_id], set_={**replaced, "changed_at": func.now()}
        )
    )


def _channels_of_others(tx: Transaction, accounts: Sequence[CallAccount]) -> set[tuple[str | None, UUID]]:
    """(channel, call) where the channel's id is on record for another call: a row must not stop the
    import.
    """
    wanted = [account.channel_id for account in accounts if account.channel_id]
    query = select(calls.c.channel_id, calls.c.call_id).where(calls.c.channel_id.in_(wanted))
    owners: dict[str | None, UUID] = {row.channel_id: row.call_id for row in tx.execute(query)}
    taken: set[tuple[str | None, UUID]] = set()
    for account in accounts:
        if account.channel_id and owners.setdefault(account.channel_id, account.call_id) != account.call_id:
            taken.add((account.channel_id, account.call_id))
    return taken


def _write_attempts(tx: Transaction, accounts: Sequence[CallAccount]) -> None:
    offered = [
        {**asdict(offer), "call_id": account.call_id} for account in accounts for offer in account.offers
    ]
    handed = [
        {**asdict(one), "call_id": account.call_id} for account in accounts for one in account.transfers
    ]
    interpreted = [
        {**asdict(one), "call_id": account.call_id} for account in accounts for one in account.interpretations
    ]
    asked = [
        {
            "call_id": account.call_id,
            "number": account.callback_number,
            "language": account.language,
            "requested_at": account.callback_at,
        }
        for account in accounts
        if account.callback_number
    ]
    for table, key, rows in (
        (offers, "offer_id", offered),
        (transfers, "transfer_id", handed),
        (interpretations, "interpretation_id", interpreted),
        (callback_requests, "call_id", asked),
    ):
        once = list({row[key]: row for row in rows}.values())
        if once:
            statement = insert(table).values(once)
            replaced = {name: statement.excluded[name] for name in once[0] if name != key}
            tx.execute(statement.on_conflict_do_update(index_elements=[table.c[key]], set_=replaced))


def _write_cases(tx: Transaction, accounts: Sequence[CallAccount], zone: tzinfo) -> None:
    """One case for each call that was not refused, as soon as its number is known or the call is over."""
    facts_known = [cases.c[name] for name in ("citizen_number", "origin_number", "language", "opened_at")]
    query = select(case_calls.c.call_id, cases.c.case_id, cases.c.case_number, *facts_known).join(
        cases, cases.c.case_id == case_calls.c.case_id
    )
    ids = [account.call_id for account in accounts]
    opened = query.where(case_calls.c.call_id.in_(ids), case_calls.c.relation == "opened")
    there = {row.call_id: row for row in tx.execute(opened)}
    for account in accounts:
        number = parse_case_number(account.case_number or "")
        known = there.get(account.call_id)
        facts = {
            "citizen_number": account.caller_number,
            "origin_number": account.origin_number,
            "language": account.language,
            "opened_at": account.arrived_at,
        }
        changed = known is not None and any(getattr(known, name) != told for name, told in facts.items())
        if known is not None and changed:
            tx.execute(update(cases).where(cases.c.case_id == known.case_id).values(facts))
        if known is not None and (changed or account.ended_at):
            index_case(tx, known.case_id)  # the caller's name may have come later than the case
        is_due = known is None and account.outcome != "refused" and (number or account.ended_at)
        is_renamed = known is not None and number not in (None, known.case_number)
        if is_due or is_renamed:
            day = account.arrived_at.astimezone(zone).date()
            open_case(tx, account.call_id, number, opened_at=account.arrived_at, day=day, facts=facts)
            _link_heard(tx, calls.c.status_case_number == number)
        if account.status_case_number:
            _link_heard(tx, calls.c.call_id == account.call_id)


def _link_heard(tx: Transaction, of: ColumnElement[bool]) -> None:
    """Link calls to the case whose status the citizen heard, whichever of the two is recorded first."""
    heard = (
        select(cases.c.case_id, calls.c.call_id, literal("status-heard"))
        .join(
            cases,
            (cases.c.case_number == calls.c.status_case_number)
            | (cases.c.tracking_code == calls.c.status_case_number),
        )
        .where(of)
    )
    link = insert(case_calls).from_select(["case_id", "call_id", "relation"], heard)
    tx.execute(link.on_conflict_do_nothing())
