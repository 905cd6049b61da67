"""Circles of a dialplan without a way out. Pure."""

from collections.abc import Iterator

from centre120.dialplan_flow import HUMAN, Flow, Way
from centre120.dialplan_text import Finding, Plan, Step


def loops(plan: Plan, flow: Flow) -> Iterator[Finding]:
    """Whoever goes round can come out: to a person, or to an end."""
    for circle in _circles(flow, list(plan.steps())):
        inside = set(circle)
        out = any(
            step.application.lower() in HUMAN
            or step.application.lower() in ("hangup", "return", "busy", "congestion")
            or not flow.after(step)
            or any(
                one not in inside and way is not Way.SPECIAL and way is not Way.CALL
                for one, way in flow.after(step)
            )
            for step in circle
        )
        if not out:
            first = min(circle, key=lambda step: (step.place.file, step.place.line))
            yield Finding(
                "endless-loop",
                first.place,
                f"{len(circle)} step(s) from {first} lead to each other and nowhere else.",
                "Leave the circle after some rounds, to [queue].",
            )


def _circles(flow: Flow, steps: list[Step]) -> Iterator[list[Step]]:
    """Strongly connected parts with a way round (Tarjan, without recursion)."""
    index: dict[Step, int] = {}
    low: dict[Step, int] = {}
    stack: list[Step] = []
    on_stack: set[Step] = set()
    for root in steps:
        if root in index:
            continue
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        work = [(root, iter([one for one, _ in flow.after(root)]))]
        while work:
            step, ahead = work[-1]
            for one in ahead:
                if one not in index:
                    index[one] = low[one] = len(index)
                    stack.append(one)
                    on_stack.add(one)
                    work.append((one, iter([after for after, _ in flow.after(one)])))
                    break
                if one in on_stack:
                    low[step] = min(low[step], index[one])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[step])
                if low[step] == index[step]:
                    part = []
                    while True:
                        part.append(stack.pop())
                        on_stack.discard(part[-1])
                        if part[-1] is step:
                            break
                    if len(part) > 1 or any(one is step for one, _ in flow.after(step)):
                        yield part
