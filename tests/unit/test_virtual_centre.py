"""The centre on a virtual clock: policy's rules seen in whole runs, Erlang's value for a long one, the same twice."""

import itertools
import math
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centre120 import erlang
from centre120.queue_policy import Policy
from centre120.virtual_centre import (
    ABANDONED,
    ANSWERED,
    OVERFLOWED,
    Ended,
    VirtualAgent,
    VirtualCall,
    replay,
)

KOREAN = frozenset({"ko"})
POLICY = Policy()


def agents(count: int, languages: str = "ko") -> list[VirtualAgent]:
    return [VirtualAgent(str(201 + n), frozenset(languages.split())) for n in range(count)]


def by_id(ended: list[Ended]) -> dict[str, Ended]:
    return {one.call_id: one for one in ended}


def test_first_come_first_served_and_waits_are_exact() -> None:
    calls = [VirtualCall("a", 0, 10), VirtualCall("b", 1, 10), VirtualCall("c", 2, 10)]
    ended = by_id(replay(calls, agents(1), POLICY, answer_seconds=1))
    assert [ended[name].waited_seconds for name in "abc"] == [1, 10, 19]


def test_patience_ends_a_wait_and_only_a_wait() -> None:
    calls = [VirtualCall("talks", 0, 100, patience_seconds=5), VirtualCall("goes", 1, 10, patience_seconds=5)]
    ended = by_id(replay(calls, agents(1), POLICY))
    assert ended["talks"].outcome == ANSWERED
    assert (ended["goes"].outcome, ended["goes"].waited_seconds) == (ABANDONED, 5)


def test_a_language_is_waited_for_as_long_as_the_policy_says() -> None:
    room = [VirtualAgent("201", KOREAN), VirtualAgent("202", frozenset({"vi"}))]
    calls = [VirtualCall("first", 0, 500, language="vi"), VirtualCall("second", 10, 60, language="vi")]
    ended = by_id(replay(calls, room, POLICY))
    assert ended["first"].agent == "202"
    assert ended["second"].agent == "201"
    assert ended["second"].waited_seconds == pytest.approx(POLICY.language_seconds)


def test_the_limit_of_waiting_is_an_overflow() -> None:
    ended = by_id(replay([VirtualCall("a", 0, 5000), VirtualCall("b", 1, 10)], agents(1), POLICY))
    assert ended["b"].outcome == OVERFLOWED
    assert ended["b"].waited_seconds == pytest.approx(POLICY.max_wait_seconds)


def test_agents_come_and_go_and_a_talk_is_finished() -> None:
    calls = [VirtualCall("a", 0, 100), VirtualCall("b", 60, 10), VirtualCall("late", 1000, 10)]
    ended = by_id(
        replay(calls, agents(1), Policy(max_wait_seconds=1e9), staffing=[(0, 1), (50, 0), (300, 1), (900, 0)])
    )
    assert ended["a"].outcome == ANSWERED
    assert ended["b"].waited_seconds == 240
    assert ended["late"].outcome == OVERFLOWED


def poisson(seed: int, rate: float, handling: float, seconds: float) -> list[VirtualCall]:
    source = random.Random(seed)
    found, at = [], 0.0
    while (at := at + source.expovariate(rate)) < seconds:
        found.append(VirtualCall(f"{len(found):06d}", at, source.expovariate(1 / handling)))
    return found


def test_a_long_run_comes_to_erlangs_value() -> None:
    """Fifty thousand calls to 12 agents, 9 erlang: the policy without languages is the model's longest waiting first."""
    calls = poisson(1, 9 / 180, 180, 1_000_000)
    ended = replay(calls, agents(12), Policy(max_wait_seconds=1e9))
    within = sum(one.waited_seconds <= 15 for one in ended) / len(ended)
    load = sum(call.service_seconds for call in calls) / 1_000_000
    assert within == pytest.approx(erlang.service_level(12, load, 180, 15), abs=0.02)


calls_strategy = st.lists(
    st.builds(
        VirtualCall,
        call_id=st.uuids().map(str),
        at=st.floats(0, 2000),
        service_seconds=st.floats(0, 600),
        patience_seconds=st.none() | st.floats(0, 900),
        language=st.sampled_from(["ko", "en", "vi"]),
        priority=st.integers(0, 3),
    ),
    max_size=25,
    unique_by=lambda call: call.call_id,
)


@given(calls=calls_strategy)
def test_with_nobody_at_work_every_call_ends_at_its_patience_or_at_the_limit(
    calls: list[VirtualCall],
) -> None:
    ended = by_id(replay(calls, agents(1), POLICY, staffing=[(0, 0)]))
    for call in calls:
        limit = min(
            POLICY.max_wait_seconds, math.inf if call.patience_seconds is None else call.patience_seconds
        )
        assert ended[call.call_id].waited_seconds == pytest.approx(limit, abs=1e-5)


@given(calls=calls_strategy, count=st.integers(1, 4), seed=st.randoms())
def test_every_call_ends_once_and_the_order_it_is_given_in_changes_nothing(
    calls: list[VirtualCall], count: int, seed: random.Random
) -> None:
    room = agents(count, "ko en")
    ended = replay(calls, room, POLICY, answer_seconds=1)
    assert sorted(one.call_id for one in ended) == sorted(call.call_id for call in calls)
    shuffled = list(calls)
    seed.shuffle(shuffled)
    assert replay(shuffled, room, POLICY, answer_seconds=1) == ended
    talks: dict[str, list[tuple[float, float]]] = {}
    service = {call.call_id: (call.at, call.service_seconds) for call in calls}
    for one in ended:
        if one.agent is not None:
            at, lasts = service[one.call_id]
            talks.setdefault(one.agent, []).append((at + one.waited_seconds - 1, lasts))
    for spans in talks.values():
        spans.sort()
        for (begins, lasts), (then, _) in itertools.pairwise(spans):
            assert then >= begins + lasts - 1e-6, "an agent had two talks at once"


def test_a_month_takes_seconds() -> None:
    """37,000 calls, as in a month of the bank's log, to a room that is sometimes short of agents."""
    calls = poisson(2, 37_000 / (30 * 86_400), 190, 30 * 86_400)
    began = time.process_time()
    assert len(replay(calls, agents(5), Policy(max_wait_seconds=1e9))) == len(calls)
    assert time.process_time() - began < 20
