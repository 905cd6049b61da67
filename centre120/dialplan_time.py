"""How long a citizen who presses nothing waits for a queue, by the plan and the lengths of its sentences. Pure.

Follows the one path of silence: sentences are heard out, waits run their length, then the extension `t`. A condition on a
variable that was set on the way is decided, any other is taken both ways and the longer one counts.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from centre120.dialplan_flow import Flow, ends, jumps
from centre120.dialplan_text import Step, split

ASKING_SECONDS: Final = 2.0
"""At most, for one question to `agi` (dialplan/20-entry.conf, [ask])."""

MOST_STEPS: Final = 400

Seconds = Callable[[str], float]
"""Length of a sentence by its id."""

_EQUAL: Final = re.compile(r'^\$\["\$\{(\w+)\}"="(\w*)"\]$')
_FIXED: Final = re.compile(r"^_{0,2}(\w+)=(\w*)$")
_VARIABLE: Final = re.compile(r"\$\{(\w+)\}")


class NeverThere(Exception):
    """No queue within `MOST_STEPS` steps."""


def seconds_to_queue(
    flow: Flow, start: Step, seconds: Seconds, queue: str = "queue", given: Mapping[str, str] | None = None
) -> float:
    """The longest the path of silence takes from `start` to the context `queue`. Raises NeverThere.

    `given`: variables known at `start`, such as the number that was dialled.
    """
    return _walk(flow, start, seconds, queue, dict(given or {}), MOST_STEPS)


def _walk(
    flow: Flow, step: Step | None, seconds: Seconds, queue: str, known: dict[str, str], left: int
) -> float:
    spent = 0.0
    while step is not None:
        if step.context == queue:
            return spent
        left -= 1
        if left <= 0:
            raise NeverThere(f"more than {MOST_STEPS} steps, last at {step.place}")
        spent += _takes(step, seconds, known)
        name = step.application.lower()
        if name == "set" and (fixed := _FIXED.match(step.arguments)):
            known[fixed[1]] = fixed[2]
        if name == "gotoif":
            branches = _branches(flow, step, known)
            if len(branches) > 1:
                return spent + max(
                    _walk(flow, one, seconds, queue, dict(known), left // 2) for one in branches
                )
            step = branches[0]
            continue
        if name == "goto":
            landing = [found for jump in jumps(step) for found in flow.landing(jump)]
            step = landing[0] if landing else None
            continue
        following = None if ends(step) else flow.following(step)
        if following is None and not ends(step):
            waited = flow.extensions(step.context).get("t")
            following = waited[0] if waited else None
        step = following
    return spent  # the call has ended: nobody waits any more


def _takes(step: Step, seconds: Seconds, known: Mapping[str, str]) -> float:
    name, arguments = step.application.lower(), split(step.arguments)
    if name in ("playback", "background"):
        return sum(
            seconds(_VARIABLE.sub(lambda one: known.get(one[1], "*"), text))
            for text in arguments[0].split("&")
        )
    if name == "read":
        attempts = int(arguments[4]) if len(arguments) > 4 and arguments[4].isdecimal() else 1
        wait = float(arguments[5]) if len(arguments) > 5 and arguments[5] else 10.0
        return attempts * (sum(seconds(text) for text in arguments[1].split("&")) + wait)
    if name in ("waitexten", "wait"):
        return float(arguments[0]) if re.fullmatch(r"\d+(\.\d+)?", arguments[0]) else 10.0
    if name == "gosub" and step.arguments.startswith("ask,"):
        return ASKING_SECONDS
    return 0.0


def _branches(flow: Flow, step: Step, known: Mapping[str, str]) -> list[Step | None]:
    """Where a GotoIf may lead; one place when its condition is decided."""
    condition, *rest = split(step.arguments, "?")
    texts = split("?".join(rest), ":")
    places: dict[str, Step | None] = {}
    landings = {jump.text: next(iter(flow.landing(jump)), None) for jump in jumps(step)}
    places["yes"] = landings.get(texts[0].strip()) if texts[0].strip() else flow.following(step)
    places["no"] = (
        landings.get(texts[1].strip()) if len(texts) > 1 and texts[1].strip() else flow.following(step)
    )
    decided = _EQUAL.match(condition.strip())
    if decided and decided[1] in known:
        return [places["yes" if known[decided[1]] == decided[2] else "no"]]
    return [places["yes"], places["no"]]
