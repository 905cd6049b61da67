"""The figures: each formula by hand on a small day, and what must hold for any calls (hypothesis)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centre120.call_words import OUTCOMES
from centre120.metrics import CallFacts, Totals, figures, totals_of

NOON = datetime(2026, 11, 21, 3, tzinfo=UTC)
DAY = [
    CallFacts("answered", NOON, 4.0, 100.0, 0.0, 20.0),
    CallFacts("answered", NOON, 15.0, 200.0, 30.0, 10.0, forwarded=True),
    CallFacts("answered", NOON, 41.0, 60.0, None, None, number_known=False),
    CallFacts("answered", NOON, 0.0, 180.0, 0.0, 0.0, called_again=True),
    CallFacts("abandoned", NOON, 60.0),
    CallFacts("short-abandoned", NOON, 2.0),
    CallFacts("callback-requested", NOON, 30.0),
    CallFacts("cut-by-system", NOON, 9.0),
    CallFacts("in-progress", NOON),
    CallFacts("abandoned-in-menu", None),
    CallFacts("refused", None),
]


@pytest.mark.parametrize(
    ("figure", "value"),
    [
        ("service_level", 3 / 5),
        ("asterisk_service_level", 3 / 4),
        ("answered_share", 4 / 5),
        ("abandonment_rate", 1 / 9),
        ("asa_seconds", 60 / 4),
        ("aht_seconds", 600 / 4),
        ("talk_seconds", 540 / 4),
        ("hold_seconds", 30 / 4),
        ("wrap_up_seconds", 30 / 4),
        ("without_forwarding", 3 / 4),
        ("first_contact", 1 / 3),
    ],
)
def test_a_day_counted_by_hand(figure: str, value: float) -> None:
    assert figures(totals_of(DAY, 15))[figure] == pytest.approx(value)


def test_nothing_has_no_figures() -> None:
    assert set(figures(Totals()).values()) == {None}


ONE = st.builds(
    CallFacts,
    outcome=st.sampled_from(OUTCOMES),
    queued_at=st.sampled_from([NOON, None]),
    waited_seconds=st.none() | st.floats(0, 900),
    talked_seconds=st.none() | st.floats(0, 900),
    forwarded=st.booleans(),
    number_known=st.booleans(),
    called_again=st.booleans(),
)


@given(st.lists(ONE), st.lists(ONE), st.floats(0, 60))
def test_totals_add_up_and_every_offered_call_has_one_end(
    one: list[CallFacts], other: list[CallFacts], within: float
) -> None:
    one, other = (
        [call for call in some if call.outcome not in ("refused", "abandoned-in-menu", "status-heard")]
        for some in (one, other)
    )
    both = totals_of([*one, *other], within)
    apart = totals_of(one, within) + totals_of(other, within)
    for name in Totals.__dataclass_fields__:
        assert getattr(both, name) == pytest.approx(getattr(apart, name))
    ends = (both.answered, both.abandoned, both.short_abandoned, both.callback_requested)
    assert both.offered == sum(ends) + both.cut_by_system + both.in_progress
    made = figures(both)
    for share in (
        "service_level",
        "answered_share",
        "abandonment_rate",
        "without_forwarding",
        "first_contact",
    ):
        assert made[share] is None or 0 <= made[share] <= 1
    if made["service_level"] is not None and made["asterisk_service_level"] is not None:
        assert made["service_level"] <= made["asterisk_service_level"]
