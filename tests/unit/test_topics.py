"""The tree of topics as a value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centre120.topics import TopicNode, choosable, in_order, why_not_below

TREE = [
    TopicNode("water", None, 2),
    TopicNode("bus", "transport", 9),
    TopicNode("transport", None, 1),
    TopicNode("night-bus", "bus", 0),
    TopicNode("taxi", "transport", 3, active=False),
    TopicNode("deluxe", "taxi", 1),
]
PARENTS = {node.code: node.parent for node in TREE}


def test_each_topic_follows_its_parent_and_brothers_follow_their_position() -> None:
    assert [(depth, node.code) for depth, node in in_order(TREE)] == [
        (0, "transport"), (1, "taxi"), (2, "deluxe"), (1, "bus"), (2, "night-bus"), (0, "water"),
    ]  # fmt: skip


def test_below_a_retired_topic_nothing_can_be_chosen() -> None:
    assert [node.code for _, node in choosable(TREE)] == ["transport", "bus", "night-bus", "water"]


@pytest.mark.parametrize(
    ("code", "parent", "why"),
    [
        ("water", "transport", None),
        ("water", None, None),
        ("water", "nowhere", "unknown"),
        ("transport", "night-bus", "itself"),
        ("transport", "transport", "itself"),
        ("water", "night-bus", "too-deep"),
        ("transport", "water", "too-deep"),
        ("bus", "water", None),
    ],
)
def test_where_a_topic_may_hang(code: str, parent: str | None, why: str | None) -> None:
    assert why_not_below(code, parent, PARENTS) == why


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5)), max_size=20))
def test_no_topic_is_lost_or_doubled(pairs: list[tuple[int, int]]) -> None:
    nodes = [
        TopicNode(str(place), str(parent) if parent < place else None, position)
        for place, (parent, position) in enumerate(pairs)
    ]
    assert sorted(node.code for _, node in in_order(nodes)) == sorted(node.code for node in nodes)
