"""Occupancy from the agents' states, and departments' pick-up from the transfers: counted by hand beside."""

from datetime import timedelta
from uuid import UUID

import pytest

from centre120.metrics import occupancy
from centre120.store.database import Transaction
from centre120.store.schema.calls import calls, transfers
from centre120.store.schema.people import agent_state_log
from centre120.store.work_reports import list_pick_ups, list_state_seconds
from tests.database.test_reports import SINCE, UNTIL


def test_states_are_cut_at_the_period_and_ringing_is_no_work_yet(tx: Transaction) -> None:
    states = [(-1800, "201", "available"), (600, "201", "offered"), (610, "201", "on-call"), (910, "201", "wrap-up"),
              (970, "201", "on-break"), (3000, "202", "available"), (90_000, "202", "logged-out"),
              (-90_000, "203", "available")]  # fmt: skip
    for seq, (seconds, extension, state) in enumerate(states):
        at = SINCE + timedelta(seconds=seconds)
        tx.execute(
            agent_state_log.insert().values(writer="w", seq=seq, at=at, extension=extension, state=state)
        )
    found = list_state_seconds(tx, SINCE, SINCE + timedelta(hours=1))
    assert found == {
        "201": {"available": 600, "offered": 10, "on-call": 300, "wrap-up": 60, "on-break": 2630},
        "202": {"available": 600},
    }
    assert occupancy(found["201"]) == pytest.approx(360 / 970)
    assert occupancy(found["202"]) == 0 and occupancy({"on-break": 5.0}) is None


def test_departments_are_asked_for_what_they_decided_alone(tx: Transaction) -> None:
    tx.execute(calls.insert().values(call_id=UUID(int=1), arrived_at=SINCE, outcome="answered"))
    results = ["picked-up", "picked-up", "no-answer", "busy", "cancelled", "citizen-gone", None]
    for number, result in enumerate(results):
        tx.execute(transfers.insert().values(transfer_id=str(number), call_id=UUID(int=1), department_id=7, started_at=SINCE,
                                             result=result, ring_seconds=10.0 + number))  # fmt: skip
    tx.execute(
        transfers.insert().values(transfer_id="x", call_id=UUID(int=1), started_at=UNTIL, result="picked-up")
    )
    ((department, name, one),) = list_pick_ups(tx, SINCE, UNTIL)
    assert (department, name, one.tried, one.picked_up) == (7, "-", 4, 2)
    assert (one.share, one.mean_ring_seconds) == (0.5, 10.5)
