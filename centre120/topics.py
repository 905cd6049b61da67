"""The tree of topics: its order on the desk, and what may be done to it. Pure: no clock, no I/O."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

DEEPEST = 3
"""Levels: an agent chooses from one list while the citizen speaks."""


@dataclass(frozen=True)
class TopicNode:
    """What the order depends on."""

    code: str
    parent: str | None
    position: int
    active: bool = True


Node = TypeVar("Node", bound=TopicNode)


def in_order(nodes: Iterable[Node]) -> list[tuple[int, Node]]:
    """(depth from 0, topic): each behind its parent, brothers by position; a topic whose parent is missing is a root."""
    known = {node.code: node for node in nodes}
    below: dict[str | None, list[Node]] = {}
    for node in known.values():
        below.setdefault(node.parent if node.parent in known else None, []).append(node)
    found: list[tuple[int, Node]] = []

    def walk(parent: str | None, depth: int) -> None:
        for node in sorted(below.get(parent, ()), key=lambda node: (node.position, node.code)):
            found.append((depth, node))
            walk(node.code, depth + 1)

    walk(None, 0)
    return found


def choosable(nodes: Sequence[Node]) -> list[tuple[int, Node]]:
    """in_order without the retired, and without what hangs below a retired one."""
    known = {node.code: node for node in nodes}

    def stands(node: Node) -> bool:
        return node.active and (node.parent is None or node.parent not in known or stands(known[node.parent]))

    return [(depth, node) for depth, node in in_order(nodes) if stands(node)]


def below(code: str, parents: Mapping[str, str | None]) -> tuple[str, ...]:
    """`code` and every topic that hangs below it."""
    found = [code]
    for one in found:  # grows while it is walked
        found += [child for child, parent in parents.items() if parent == one and child not in found]
    return tuple(found)


def why_not_below(code: str, parent: str | None, parents: Mapping[str, str | None]) -> str | None:
    """Why `code` can not hang below `parent`: `unknown`, `itself`, `too-deep`; None when it can. `parents`: all topics."""
    if parent is None:
        return None
    if parent not in parents:
        return "unknown"
    above = 1
    walked: str | None = parent
    while walked is not None:
        if walked == code:
            return "itself"
        walked, above = parents[walked], above + 1
    return "too-deep" if above - 1 + _height(code, parents) > DEEPEST else None


def _height(code: str, parents: Mapping[str, str | None]) -> int:
    below = [child for child, parent in parents.items() if parent == code]
    return 1 + max((_height(child, parents) for child in below), default=0)
