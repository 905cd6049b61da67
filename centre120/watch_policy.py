"""What to do about a program that runs and does not answer. Pure: how long it has been silent in, a decision out.

A program that is dead is the supervisor's; this is about the frozen and the hung. Two rules: what can be started anew
without hurting a call is ended soon; what carries calls or keeps the record is ended late or never, and told of at once.
"""

from dataclasses import dataclass
from enum import Enum

ALARM_SECONDS = 4.0


class Step(Enum):
    """What follows from a silence."""

    NOTHING = "nothing"
    ALARM = "alarm"  # said once, in the log, `./120 status` and `./120 doctor`
    END = "end"  # killed; the supervisor starts it anew


@dataclass(frozen=True)
class Rule:
    """`end_seconds` None: never ended by us."""

    end_seconds: float | None
    why: str


RULES = {
    "ari_app": Rule(4.0, "calls wait on with their leases; a new one takes them over"),
    "agi": Rule(6.0, "the menu asks it for 2 s at most"),
    "web": Rule(10.0, "pages load again"),
    "recorder": Rule(10.0, "it goes on where it stopped"),
    "asterisk": Rule(
        30.0, "every call in it is lost when it is ended: only when it will not come back by itself"
    ),
    "postgresql": Rule(None, "no call needs it; ending it in the middle is for a person to decide"),
}


def rule_of(program: str) -> Rule:
    """`ari_app-2` is an `ari_app`; a program without a rule is told of and left alone."""
    return RULES.get(program.partition("-")[0], Rule(None, "no rule"))


def decide(program: str, silent_seconds: float, alarmed: bool) -> Step:
    """The step for a program that runs and has not answered for so long (0: it answers)."""
    rule = rule_of(program)
    if rule.end_seconds is not None and silent_seconds >= rule.end_seconds:
        return Step.END
    if silent_seconds >= ALARM_SECONDS and not alarmed:
        return Step.ALARM
    return Step.NOTHING
