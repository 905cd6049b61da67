"""What a simulation's raw material comes to: fates, waits, loss of nobody, recovery, the soak's verdict."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from centre120.arrivals import PlannedCall
from centre120.books import Books, Discrepancy
from ops.simulate import figures as fig
from ops.simulate import machine_figures, peers, witnessed
from ops.simulate.books import told
from ops.simulate.machine import Program, Sample
from ops.simulate.people import Visit
from ops.simulate.report import report
from ops.simulate.rtp_link import StreamAccount
from ops.simulate.run import Order, Run

START = 1_800_000_000.0


def visit(number: str, *, at: float = 0.0, met: float | None = None, **more: Any) -> Visit:
    made = Visit(
        PlannedCall(number, at, talk_seconds=10.0), party=1000, sent_at=START + at, sent_monotonic=at
    )
    if met is not None:
        made.met_at, made.agent = START + at + met, "201"
        made.citizen_leg = StreamAccount(sent=600, received=600, heard={"0": 100})
        made.agent_leg = StreamAccount(sent=500, received=495, lost=5, heard={"1000": 90})
    for name, value in more.items():
        setattr(made, name, value)
    return made


def cel(number: str, *, queued: float | None = None, busy: bool = False) -> list[dict[str, Any]]:
    account = f"id-{number}"

    def event(kind: str, at: float, extra: str) -> dict[str, Any]:
        return {
            "eventtype": kind,
            "accountcode": account,
            "eventtime": START + at,
            "eventextra": json.dumps({"extra": extra}),
        }

    found = [event("CENTRE_ENTERED", 0, f"origin=120;number={number}")]
    if queued is not None:
        found.append(event("CENTRE_QUEUED", queued, "ko"))
    if busy:
        found.append(event("CENTRE_PROMPT", 0, "all-lines-busy"))
    return found


def run_of(visits: list[Visit], records: list[dict[str, Any]], **more: Any) -> Run:
    calls = [one.plan for one in visits]
    order = Order(calls, 2, 100.0, 0.0, 1.0, 2, 500)
    return Run(
        order,
        {"201": ["ko"], "202": ["ko"]},
        began_at=START,
        seconds=100.0,
        visits=visits,
        cel=records,
        **more,
    )


HEARD = StreamAccount(sent=100, received=80, other=16, first_at=0.3)


@pytest.mark.parametrize(
    ("made", "seen", "expected"),
    [
        pytest.param(visit("1", met=3), witnessed.Witnessed(START), "answered", id="answered"),
        pytest.param(
            visit("1", gave_up=True), witnessed.Witnessed(START), "abandoned", id="gave up in the queue"
        ),
        pytest.param(
            visit("1", gave_up=True), witnessed.Witnessed(None), "abandoned in the menu", id="gave up before"
        ),
        pytest.param(
            visit("1", status=486, citizen_leg=HEARD),
            witnessed.Witnessed(None, True),
            "all lines busy",
            id="told so",
        ),
        pytest.param(
            visit("1", status=486),
            witnessed.Witnessed(None, True),
            "lost",
            id="told so, but nothing was heard",
        ),
        pytest.param(visit("1", status=503), witnessed.Witnessed(), "lost", id="refused without a word"),
        pytest.param(
            visit("1", citizen_leg=HEARD), witnessed.Witnessed(START), "lost", id="cut off while waiting"
        ),
        pytest.param(
            visit("1", cut_short=True), witnessed.Witnessed(START), "still waiting", id="the run ended first"
        ),
    ],
)
def test_the_fate_of_a_call(made: Visit, seen: witnessed.Witnessed, expected: str) -> None:
    assert witnessed.fate(made, seen) == expected


def test_service_level_counts_those_who_gave_up_but_not_at_once() -> None:
    waits = witnessed.Waits([1.0, 14.9, 15.1, 40.0], [2.0, 30.0])
    assert waits.service_level(15, short=5) == 2 / 5
    assert witnessed.Waits().service_level(15, 5) == 1.0


def test_figures_of_a_small_run_and_their_report() -> None:
    visits = [
        visit("0101", at=0, met=4.0),
        visit("0102", at=1, met=21.0),
        visit("0103", at=2, gave_up=True, ended_at=START + 40),
        visit("0104", at=3, status=503, reason="503 Service Unavailable"),
    ]
    records = [*cel("0101", queued=1), *cel("0102", queued=2), *cel("0103", queued=3), *cel("0104")]
    result = fig.figures(run_of(visits, records), speed=1.0)
    assert result["calls"] == {"answered": 2, "abandoned": 1, "lost": 1, "placed": 4}
    assert [one["number"] for one in result["lost"]] == ["0104"]
    assert result["service_level"]["within_15_s"] == pytest.approx(1 / 3, abs=0.001)
    assert (result["waits_seconds"]["p50"], result["waits_seconds"]["max"]) == (3.0, 20.0)
    assert result["rtp"]["agents_loss"] == pytest.approx(10 / 1000, abs=0.0001)
    assert (result["rtp"]["talks_checked"], result["rtp"]["talks_two_way"]) == (2, 2)
    text = "\n".join(report(result))
    assert "0104 after 3" in text
    assert "503 Service Unavailable" in text


def test_a_talk_in_which_one_side_heard_somebody_else_is_found() -> None:
    crossed = visit("0101", met=4.0)
    crossed.citizen_leg = StreamAccount(sent=600, received=600, heard={"1": 100})  # another agent's tones
    result = fig.figures(run_of([crossed], cel("0101", queued=1)), speed=1.0)
    assert (result["rtp"]["talks_two_way"], result["rtp"]["not_two_way"]) == (0, ["0101"])


def test_recovery_is_the_moment_after_the_last_probe_that_heard_nothing() -> None:
    def probe(after: float, delay: float | None) -> Visit:
        leg = StreamAccount() if delay is None else StreamAccount(received=9, first_at=after + delay)
        return visit(f"09{after:g}", at=after, citizen_leg=leg)

    probes = [probe(11, 5.0), probe(12, 0.2), probe(13, None), probe(14, 0.3), probe(15, 0.2)]
    result = fig.figures(
        run_of([visit("0101", at=10, met=4)], cel("0101", queued=1), probes=probes), speed=1.0
    )
    assert result["recovery"]["seconds"] == 4.0
    silent = [probe(11, None)]
    result = fig.figures(
        run_of([visit("0101", at=10, met=4)], cel("0101", queued=1), probes=silent), speed=1.0
    )
    assert result["recovery"]["seconds"] is None


def test_a_talk_that_the_end_of_the_run_cut_off_counts_as_it_was_drawn() -> None:
    """Drawn: 10 s of talk, 1 s until the answer, 2 s of wrap-up. One took 14, one was cut after 3, one is still going on."""
    visits = [visit("0101", met=1), visit("0102", met=1), visit("0103", met=1)]
    expected = peers.expected_handling(run_of(visits, []), {"0101": 14.0, "0102": 3.0})
    assert expected == {"0101": 14.0, "0102": 14.0, "0103": 14.0}


@pytest.mark.parametrize(("megabytes_an_hour", "flat"), [(0.0, True), (60.0, False)])
def test_the_soaks_verdict(megabytes_an_hour: float, flat: bool) -> None:
    samples = [
        Sample(
            t, {"ari_app": Program(t / 10, int(5e7 + megabytes_an_hour * 1e6 * t / 3600), 20, 1)}, 0.5, 0.4, 2
        )
        for t in range(0, 3600, 10)
    ]
    assert machine_figures.soak(run_of([], [], samples=samples[:60]))["flat"] is None
    verdict = machine_figures.soak(run_of([], [], samples=samples))
    assert verdict["flat"] is flat
    assert verdict["growing"] == ([] if flat else ["ari_app memory_mb"])


def test_a_full_machine_is_named_as_the_limit() -> None:
    samples = [Sample(float(t), {"asterisk": Program(t * 1.9, 10, 5, 1)}, 0.99, 0.97, 2) for t in range(5)]
    result = fig.figures(run_of([], [], samples=samples), speed=1.0)
    assert result["machine"]["was_the_limit"] is True
    assert any("THE MACHINE WAS THE LIMIT" in line for line in report(result))


def books_of(**more: Any) -> Books:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    given: dict[str, Any] = {
        "since": now, "until": now, "invites": 2, "endings": {"answered": 1, "refused": 1},
        "going_on": (), "not_judged": (), "discrepancies": (),
    }  # fmt: skip
    return Books(**given | more)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        pytest.param(books_of(), "", id="balanced"),
        pytest.param(books_of(endings={"answered": 1}), "2 INVITEs, 1 of them", id="one is missing"),
        pytest.param(books_of(unread_records=7), "7 records were not read", id="the recorder is behind"),
        pytest.param(books_of(not_judged=[UUID(int=1)]), "not judged", id="too early to say"),
        pytest.param(
            books_of(discrepancies=[Discrepancy("doubled", "calls", "two rows", "", UUID(int=2))]),
            "doubled in calls: two rows",
            id="doubled",
        ),
    ],
)
def test_books_that_do_not_balance_are_told_in_words(made: Books, words: str) -> None:
    balance = told(made)
    assert balance.balanced is (words == "")
    assert words in " ".join(balance.differences)
