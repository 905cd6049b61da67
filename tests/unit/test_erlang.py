"""Erlang's formulas against printed tables, and what must hold for any room (hypothesis)."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centre120 import erlang
from centre120.errors import CentreError


@pytest.mark.parametrize(
    ("agents", "load", "blocked"),
    [
        # the usual printed table of Erlang B: the load that N servers carry with 1 %, 2 %, 5 % blocked
        (1, 0.0101, 0.01),
        (5, 1.361, 0.01),
        (10, 4.461, 0.01),
        (20, 12.03, 0.01),
        (50, 37.90, 0.01),
        (100, 84.06, 0.01),
        (10, 5.084, 0.02),
        (30, 21.93, 0.02),
        (100, 87.97, 0.02),
        (10, 6.216, 0.05),
        (20, 15.25, 0.05),
    ],
)
def test_erlang_b_is_the_printed_table(agents: int, load: float, blocked: float) -> None:
    assert erlang.erlang_b(agents, load) == pytest.approx(blocked, rel=0.01)


@pytest.mark.parametrize(
    ("agents", "load", "waits"),
    [
        (1, 0.5, 0.5),  # M/M/1: the share that waits is the occupancy
        (2, 1.0, 1 / 3),  # M/M/2: 2 r^2 / (1 + r)
        (3, 2.0, 4 / 9),
        (10, 8.0, 0.4092),
        (100, 90.0, 0.2169),
    ],
)
def test_erlang_c_is_the_known_value(agents: int, load: float, waits: float) -> None:
    assert erlang.erlang_c(agents, load) == pytest.approx(waits, abs=0.0005)


def test_seouls_busy_hour_needs_137_agents() -> None:
    """The figure of 2014: 2,500 calls of 180 s; 137 agents answer 91.2 % within 15 s, 136 do not."""
    load = erlang.busy_hour_load(2500, 180)
    assert load == 125
    assert erlang.service_level(136, load, 180, 15) < 0.912 < erlang.service_level(137, load, 180, 15)
    assert erlang.agents_for(load, 180, 15, 0.912) == 137


@given(agents=st.integers(1, 300), share=st.floats(0.01, 0.999), seconds=st.floats(0, 600))
def test_more_agents_and_more_time_are_never_worse(agents: int, share: float, seconds: float) -> None:
    load = agents * share
    level = erlang.service_level(agents, load, 180, seconds)
    assert 0 <= level <= 1
    assert erlang.service_level(agents + 1, load, 180, seconds) >= level - 1e-9
    assert erlang.service_level(agents, load, 180, seconds + 10) >= level - 1e-9


@given(agents=st.integers(1, 200), over=st.floats(1.0, 3.0))
def test_an_overloaded_room_answers_nobody_in_time_and_says_infinity(agents: int, over: float) -> None:
    assert erlang.erlang_c(agents, agents * over) == 1.0
    assert erlang.service_level(agents, agents * over, 180, 15) == 0.0
    assert math.isinf(erlang.mean_wait_seconds(agents, agents * over, 180))


def test_nonsense_is_refused_in_words() -> None:
    with pytest.raises(CentreError, match="load-invalid"):
        erlang.erlang_b(-1, 3)
    with pytest.raises(ValueError, match="can not be reached"):
        erlang.agents_for(10, 180, 15, 1.0)


@given(values=st.lists(st.floats(0, 1e6), min_size=1), share=st.floats(0.01, 1.0))
def test_nearest_rank_is_a_value_that_the_share_does_not_exceed(values: list[float], share: float) -> None:
    rank = erlang.nearest_rank(values, share)
    assert rank in values
    assert sum(value <= rank for value in values) >= share * len(values) - 1e-9
