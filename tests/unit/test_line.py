"""The kept line gives the answers of the plain rule, whatever happens in whatever order; and it stays cheap when it is long."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from centre120.line import Line
from centre120.queue_policy import FreeAgent, Policy, WaitingCall, decide, forecast

POLICY = Policy(
    ageing_seconds=30, skill_seconds=20, language_seconds=90, max_wait_seconds=200, expected_talk_seconds=100
)
LANGUAGES = ("ko", "en", "zh")
EXTENSIONS = tuple(str(number) for number in range(201, 207))

calls = st.builds(
    WaitingCall,
    call_id=st.sampled_from([f"c{number}" for number in range(8)]),
    language=st.sampled_from(LANGUAGES),
    queued_at=st.integers(-250, 0).map(float),  # before now
    admitted_at=st.none() | st.integers(-5, 0).map(float),
    priority=st.sampled_from((0, 0, 0, 2)),
    skills=st.frozensets(st.sampled_from(("water", "roads")), max_size=1),
    tried=st.frozensets(st.sampled_from(EXTENSIONS), max_size=2),
    reserved_for=st.none() | st.sampled_from(EXTENSIONS),
)
agents = st.builds(
    FreeAgent,
    extension=st.sampled_from(EXTENSIONS),
    languages=st.frozensets(st.sampled_from(LANGUAGES), min_size=1),
    idle_since=st.integers(-50, 0).map(float),
    skills=st.frozensets(st.sampled_from(("water", "roads")), max_size=2),
)
events = st.one_of(
    st.tuples(st.just("call"), calls),
    st.tuples(st.just("agent"), agents),
    st.tuples(st.just("call gone"), st.sampled_from([f"c{number}" for number in range(8)])),
    st.tuples(st.just("agent gone"), st.sampled_from(EXTENSIONS)),
    st.tuples(st.just("pass"), st.integers(0, 80)),
    st.tuples(st.just("signed in"), st.dictionaries(st.sampled_from(LANGUAGES), st.integers(0, 2))),
)


def moved(value: WaitingCall, now: float) -> WaitingCall:
    admitted_at = None if value.admitted_at is None else value.admitted_at + now
    return WaitingCall(
        value.call_id,
        value.language,
        value.queued_at + now,
        admitted_at,
        value.priority,
        value.skills,
        value.tried,
        value.reserved_for,
    )


@given(st.lists(events, max_size=40))
@settings(max_examples=600, deadline=None)
def test_the_line_decides_as_the_plain_rule_does(history: list[tuple[str, object]]) -> None:
    line, now = Line(POLICY), 1000.0
    waiting: dict[str, WaitingCall] = {}
    free: dict[str, FreeAgent] = {}
    signed_in: dict[str, int] = {}
    for kind, value in history:
        if kind == "call":
            assert isinstance(value, WaitingCall)
            call = moved(value, now)
            waiting[call.call_id] = call
            line.put_call(call)
        elif kind == "agent":
            assert isinstance(value, FreeAgent)
            agent = FreeAgent(value.extension, value.languages, value.idle_since + now, value.skills)
            free[agent.extension] = agent
            line.put_agent(agent)
        elif kind == "call gone":
            waiting.pop(str(value), None)
            line.drop_call(str(value))
        elif kind == "agent gone":
            free.pop(str(value), None)
            line.drop_agent(str(value))
        elif kind == "pass":
            assert isinstance(value, int)
            now += value
        else:
            assert isinstance(value, dict)
            signed_in = value
            line.signed_in(value)
        plain = decide(now, waiting.values(), free.values(), POLICY, signed_in)
        kept = line.settle(now)
        assert set(kept.offers) == set(plain.offers)
        assert set(kept.overflows) == set(plain.overflows)
        for offer in plain.offers:
            del waiting[offer.call_id], free[offer.extension]
        for overflow in plain.overflows:
            del waiting[overflow.call_id]
        for call in waiting.values():
            told = forecast(call.call_id, waiting.values(), signed_in, POLICY, 100.0)
            assert line.forecast(call.call_id, 100.0) == told
    assert line.calls == waiting and line.agents == free
    assert sum(line.waiting().values()) == len(waiting)


def seconds_of_a_call(waiting: int, free: int) -> float:
    """What one arrival and one agent freed cost beside so many who wait (for another language) or are free."""
    line = Line(Policy())
    line.signed_in({"ko": 500, "zh": 1})
    for number in range(waiting):
        line.put_call(WaitingCall(f"w{number:05}", "zh", number * 0.001))
    for number in range(free):
        line.put_agent(FreeAgent(f"{1000 + number}", frozenset({"ko"}), 0.0))
    line.settle(2.0)
    best = float("inf")
    for attempt in range(5):
        begun = time.perf_counter()
        for number in range(200):
            line.put_call(WaitingCall(f"n{attempt}-{number}", "ko", 3.0))
            (offer,) = line.settle(3.0).offers
            line.put_agent(FreeAgent(offer.extension, frozenset({"ko"}), 3.0 + number))
            line.settle(3.0)
        best = min(best, (time.perf_counter() - begun) / 200)
    return best


def test_an_arrival_costs_the_same_in_a_long_line_and_among_many_agents() -> None:
    short, long_line, many = (
        seconds_of_a_call(10, 10),
        seconds_of_a_call(1000, 10),
        seconds_of_a_call(10, 500),
    )
    assert long_line < 3 * short and many < 3 * short  # the plain rule takes 50 times as long
