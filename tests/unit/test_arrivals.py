"""The drawn calls of a simulation: repeatable, at the rate asked for, with the load kept at any speed."""

import itertools
import statistics

import pytest

from centre120.arrivals import EXPONENTIAL, LOGNORMAL, Traffic, agents_languages, flash_crowd, planned_calls

SEOUL = Traffic(calls_per_hour=2500, seconds=36_000)


def test_the_same_seed_is_the_same_calls_and_another_is_not() -> None:
    assert planned_calls(SEOUL, 1) == planned_calls(SEOUL, 1)
    assert planned_calls(SEOUL, 1) != planned_calls(SEOUL, 2)


def test_arrivals_are_poisson_at_the_rate() -> None:
    moments = [call.at for call in planned_calls(SEOUL, 3) if call.counted]
    assert len(moments) == pytest.approx(25_000, rel=0.02)
    gaps = [after - before for before, after in itertools.pairwise(moments)]
    assert statistics.pstdev(gaps) == pytest.approx(statistics.mean(gaps), rel=0.05)


@pytest.mark.parametrize("handling", [EXPONENTIAL, LOGNORMAL])
def test_talk_has_the_mean_that_the_rest_of_the_handling_leaves(handling: str) -> None:
    calls = planned_calls(Traffic(2500, 72_000, handling=handling), 4)
    talks = [call.talk_seconds for call in calls]
    assert statistics.mean(talks) == pytest.approx(180 - 20 - 1, rel=0.03)
    assert statistics.pstdev(talks) == pytest.approx(159, rel=0.1)


def test_speed_keeps_the_load_in_erlang() -> None:
    slow, fast = (
        planned_calls(Traffic(2500, 36_000, patience_seconds=60, speed=speed), 5) for speed in (1.0, 10.0)
    )
    load = [sum(call.talk_seconds for call in calls) / calls[-1].at for calls in (slow, fast)]
    assert load[1] == pytest.approx(load[0], rel=0.03)
    assert fast[-1].at == pytest.approx(3600 + SEOUL.fill_seconds, rel=0.01)
    assert statistics.mean(call.patience_seconds or 0 for call in fast) == pytest.approx(6, rel=0.05)


def test_what_comes_in_the_warm_up_does_not_count() -> None:
    traffic = Traffic(2500, 600, warm_up_seconds=300, speed=2)
    calls = planned_calls(traffic, 6)
    assert traffic.counted_from == traffic.fill_seconds + 150
    assert {call.at < traffic.counted_from for call in calls if not call.counted} == {True}
    assert {call.at >= traffic.counted_from for call in calls if call.counted} == {True}
    assert calls[-1].at < traffic.end == traffic.counted_from + 300


@pytest.mark.parametrize("speed", [1.0, 4.0, 10.0])
def test_the_room_is_full_when_filling_is_over(speed: float) -> None:
    """As many calls are under way as the load in erlang (the mean of many draws)."""
    traffic = Traffic(2500, 60, speed=speed)
    under_way = []
    for seed in range(20):
        calls = [call for call in planned_calls(traffic, seed) if call.at < traffic.fill_seconds]
        rest = (traffic.wrap_up_seconds + traffic.answer_seconds) / speed
        under_way.append(sum(call.at + call.talk_seconds + rest > traffic.fill_seconds for call in calls))
    assert statistics.mean(under_way) == pytest.approx(traffic.load, rel=0.1)


def test_every_call_has_a_number_of_its_own_and_a_foreigner_presses_the_menus_key() -> None:
    calls = planned_calls(Traffic(2500, 36_000, foreign_share=0.5), 7)
    assert len({call.number for call in calls}) == len(calls)
    assert {(call.language, call.keys) for call in calls} == {
        ("ko", "0"), ("ko", ""), ("en", "91"), ("zh", "92"), ("ja", "93"), ("vi", "94"), ("mn", "95")
    }  # fmt: skip


def test_a_flash_crowd_comes_within_its_seconds() -> None:
    calls = flash_crowd(15, 60, 160, 45, 8)
    assert len(calls) == pytest.approx(900, rel=0.1)
    assert max(call.at for call in calls) < 60


@pytest.mark.parametrize(
    ("count", "first", "last"), [(137, "201", "337"), (699, "201", "899"), (700, "1001", "1700")]
)
def test_extensions_are_those_the_dialplan_reaches(count: int, first: str, last: str) -> None:
    agents = agents_languages(count)
    assert (min(agents, key=int), max(agents, key=int), len(agents)) == (first, last, count)
    assert all("ko" in languages for languages in agents.values())
