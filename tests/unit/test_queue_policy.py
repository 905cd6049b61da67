"""Who is offered to whom: single rules as a table, and what must hold for any room (hypothesis)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centre120.queue_policy import (
    FreeAgent,
    Offer,
    Overflow,
    Policy,
    WaitingCall,
    decide,
    forecast,
    order,
)

POLICY = Policy()
NOW = 10_000.0


def call(name: str, waited: float = 0.0, language: str = "ko", **more: object) -> WaitingCall:
    return WaitingCall(name, language, NOW - waited, **more)  # type: ignore[arg-type]


def agent(extension: str, languages: str = "ko", idle: float = 0.0, skills: str = "") -> FreeAgent:
    return FreeAgent(extension, frozenset(languages.split()), NOW - idle, frozenset(skills.split()))


@pytest.mark.parametrize(
    ("calls", "agents", "offers"),
    [
        pytest.param([call("a")], [agent("1", idle=5), agent("2", idle=9)], [("a", "2")], id="longest idle"),
        pytest.param([call("a", 1), call("b", 5)], [agent("1")], [("b", "1")], id="first come first served"),
        pytest.param(
            [call("a", 40), call("b", 5, priority=2)], [agent("1")], [("b", "1")], id="priority counts"
        ),
        pytest.param(
            [call("a", 80), call("b", 5, priority=2)],
            [agent("1")],
            [("a", "1")],
            id="a wait ages past a priority",
        ),
        pytest.param([call("a", 5, "zh")], [agent("1")], [], id="the language is waited for"),
        pytest.param([call("a", 95, "zh")], [agent("1")], [("a", "1")], id="but not for ever"),
        pytest.param(
            [call("a", 5, "zh")],
            [agent("1", idle=99), agent("2", "ko zh")],
            [("a", "2")],
            id="language before idle time",
        ),
        pytest.param(
            [call("a", 1, skills=frozenset({"water"}))],
            [agent("1", idle=99), agent("2", skills="water")],
            [("a", "2")],
            id="skill first",
        ),
        pytest.param(
            [call("a", 1, tried=frozenset({"1"}))], [agent("1")], [], id="RONA: not the same agent at once"
        ),
        pytest.param(
            [call("a", 25, tried=frozenset({"1"}))],
            [agent("1")],
            [("a", "1")],
            id="RONA: later a second chance",
        ),
        pytest.param(
            [call("a", 1, reserved_for="2")],
            [agent("1", idle=99)],
            [],
            id="back from a department: waits for its agent",
        ),
        pytest.param(
            [call("a", 25, reserved_for="2")], [agent("1")], [("a", "1")], id="and then takes anybody"
        ),
    ],
)
def test_rule(calls: list[WaitingCall], agents: list[FreeAgent], offers: list[tuple[str, str]]) -> None:
    assert decide(NOW, calls, agents, POLICY).offers == tuple(Offer(*pair) for pair in offers)


def test_a_language_nobody_signed_in_speaks_is_not_waited_for() -> None:
    waiting = [call("a", 1, "mn")]
    assert decide(NOW, waiting, [agent("1")], POLICY, {"ko": 3}).offers == (Offer("a", "1"),)
    assert decide(NOW, waiting, [agent("1")], POLICY, {"ko": 3, "mn": 1}).offers == ()


def test_maximum_wait_overflows_and_counts_from_the_last_entry_into_the_queue() -> None:
    assert decide(NOW, [call("a", 601)], [], POLICY).overflows == (Overflow("a"),)
    assert decide(NOW, [call("a", 601, admitted_at=NOW - 10)], [], POLICY).overflows == ()


def test_forecast_counts_only_those_who_wait_for_the_same_language() -> None:
    waiting = [call("a", 9), call("b", 8, "en"), call("c", 7)]
    seen = forecast("c", waiting, {"ko": 4}, POLICY, 180.0)
    assert seen is not None and seen.position == 2 and seen.expected_wait_seconds == pytest.approx(90.0)
    assert forecast("nobody", waiting, {}, POLICY, 180.0) is None


LANGUAGES = st.sampled_from(["ko", "en", "zh"])
CALLS = st.lists(
    st.builds(
        WaitingCall,
        call_id=st.uuids().map(str),
        language=LANGUAGES,
        queued_at=st.floats(NOW - 900, NOW),
        priority=st.integers(0, 5),
        tried=st.frozensets(st.sampled_from(["1", "2", "3"])),
    ),
    max_size=25,
    unique_by=lambda one: one.call_id,
)
AGENTS = st.lists(
    st.builds(
        FreeAgent,
        extension=st.integers(1, 40).map(str),
        languages=st.frozensets(LANGUAGES, min_size=1),
        idle_since=st.floats(NOW - 900, NOW),
    ),
    max_size=20,
    unique_by=lambda one: one.extension,
)


@given(CALLS, AGENTS)
def test_no_agent_is_offered_two_calls_and_no_call_two_agents(
    calls: list[WaitingCall], agents: list[FreeAgent]
) -> None:
    decisions = decide(NOW, calls, agents, POLICY)
    assert len({offer.extension for offer in decisions.offers}) == len(decisions.offers)
    decided = [offer.call_id for offer in decisions.offers] + [one.call_id for one in decisions.overflows]
    assert len(set(decided)) == len(decided)


@given(CALLS, AGENTS)
def test_nobody_who_may_be_served_stands_behind_somebody_who_came_later(
    calls: list[WaitingCall], agents: list[FreeAgent]
) -> None:
    """Within a priority and a language, with nobody tried: offers go in the order of arrival."""
    plain = [WaitingCall(one.call_id, one.language, one.queued_at, priority=one.priority) for one in calls]
    offered = {offer.call_id for offer in decide(NOW, plain, agents, POLICY).offers}
    for early in plain:
        for late in plain:
            if (early.language, early.priority) == (
                late.language,
                late.priority,
            ) and early.queued_at < late.queued_at:
                waits = NOW - early.queued_at < POLICY.max_wait_seconds
                assert not (late.call_id in offered and early.call_id not in offered and waits)


@given(CALLS, AGENTS)
def test_no_free_agent_stays_idle_beside_a_call_that_agent_may_take(
    calls: list[WaitingCall], agents: list[FreeAgent]
) -> None:
    decisions = decide(NOW, calls, agents, POLICY)
    busy = {offer.extension for offer in decisions.offers}
    done = {offer.call_id for offer in decisions.offers} | {one.call_id for one in decisions.overflows}
    for left in calls:
        if left.call_id not in done:
            for free in agents:
                if free.extension not in busy:
                    assert left.language not in free.languages or free.extension in left.tried


@given(CALLS, st.floats(0, 5000))
def test_order_does_not_depend_on_the_clock_so_nobody_starves(calls: list[WaitingCall], later: float) -> None:
    """A newcomer is ahead of a waiting call only if it arrives within priority x ageing of it: a bounded number can."""
    ranked = [one.call_id for one in order(calls, POLICY)]
    newcomer = WaitingCall("new", "ko", NOW + later, priority=5)
    again = [one.call_id for one in order([*calls, newcomer], POLICY)]
    assert [one for one in again if one != "new"] == ranked
    if later > 5 * POLICY.ageing_seconds:
        assert again[-1] == "new"
