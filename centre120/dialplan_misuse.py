"""Rules against misuse: what may run, what a caller's text may reach, and what may be dialled. Pure."""

import re
from collections.abc import Iterator
from typing import Final

from centre120.dialplan_flow import Flow, Way, jumps
from centre120.dialplan_text import Finding, Plan, split

APPLICATIONS: Final = frozenset(
    [
        "addqueuemember",
        "agi",
        "answer",
        "background",
        "bridge",
        "busy",
        "celgenuserevent",
        "channelredirect",
        "chanspy",
        "confbridge",
        "confkick",
        "congestion",
        "dial",
        "gosub",
        "gosubif",
        "goto",
        "gotoif",
        "gotoiftime",
        "hangup",
        "log",
        "mixmonitor",
        "musiconhold",
        "noop",
        "pausequeuemember",
        "playback",
        "playtones",
        "progress",
        "queue",
        "read",
        "removequeuemember",
        "return",
        "ringing",
        "set",
        "stasis",
        "stasisbroadcast",
        "stopmixmonitor",
        "stopplaytones",
        "unpausequeuemember",
        "verbose",
        "wait",
        "waitexten",
    ]
)
"""Everything else is refused: what is not needed cannot be misused."""

FUNCTIONS: Final = frozenset(
    [
        "CALLERID",
        "CHANNEL",
        "CONFBRIDGE",
        "CONFBRIDGE_INFO",
        "CONNECTEDLINE",
        "CUT",
        "DB",
        "DEVICE_STATE",
        "DIALPLAN_EXISTS",
        "EXISTS",
        "FILTER",
        "GROUP",
        "GROUP_COUNT",
        "IF",
        "ISNULL",
        "LEN",
        "LOCAL",
        "MATH",
        "SHIFT",
        "STRFTIME",
        "TALK_DETECT",
        "TIMEOUT",
        "TOLOWER",
        "TOUPPER",
        "URIENCODE",
        "UUID",
    ]
)

_FUNCTION: Final = re.compile(r"\$\{([A-Z_]+)\(")
_SET: Final = re.compile(r"^\s*_{0,2}([A-Z_]+)\(.*?\)\s*=")
_CALLERS_TEXT: Final = re.compile(r"\$\{CALLERID\((?:name|num|all|dnid|ani|rdnis)[^)]*\)\}")
_ENCODED: Final = re.compile(r"(?:URIENCODE|FILTER)\((?:[^(){}]*,)?\$\{CALLERID\([a-z-]+\)\}\)")


def open_patterns(plan: Plan, flow: Flow) -> Iterator[Finding]:
    """`_9X.` would accept `9100&PJSIP/trunk_a/00…`: what is dialled must be of a known length before it reaches Dial."""
    for context in plan.contexts.values():
        for pattern, steps in context.extensions.items():
            if not (pattern.startswith("_") and pattern.rstrip()[-1] in ".!"):
                continue
            todo, seen = [steps[0]], set()
            while todo:
                step = todo.pop()
                if step in seen:
                    continue
                seen.add(step)
                if step.application.lower() == "dial":
                    yield Finding(
                        "open-pattern-dials",
                        steps[0].place,
                        f"{pattern} takes text of any length, and Dial at {step.place} is reached with it.",
                        "Write out the length with X, N, Z or sets.",
                    )
                carried = {
                    found
                    for jump in jumps(step)
                    if jump.extension == step.extension or "EXTEN" in jump.text
                    for found in flow.landing(jump)
                }
                todo += [one for one, way in flow.after(step) if way is Way.NEXT or one in carried]


def allowed(plan: Plan, flow: Flow) -> Iterator[Finding]:
    for step in plan.steps():
        if step.application.lower() not in APPLICATIONS:
            yield Finding(
                "application-not-allowed",
                step.place,
                f"{step.application} is not on the list of applications.",
                "Do without it, or have it added to centre120/dialplan_misuse.py.",
            )
        used = set(_FUNCTION.findall(step.arguments))
        if step.application.lower() == "set":
            used |= set(_SET.findall(step.arguments))
        for name in sorted(used - FUNCTIONS):
            yield Finding(
                "function-not-allowed",
                step.place,
                f"{name}() is not on the list of functions.",
                "Do without it, or have it added to centre120/dialplan_misuse.py.",
            )


def callers_text(plan: Plan, flow: Flow) -> Iterator[Finding]:
    """What a caller can write is nobody's argument, except encoded or filtered."""
    for step in plan.steps():
        if _CALLERS_TEXT.search(_ENCODED.sub("", step.arguments)):
            yield Finding(
                "callers-text",
                step.place,
                f"{step.application} gets a caller's number or name as it came.",
                "Put it into URIENCODE(...) or FILTER(0-9,...).",
            )


def outgoing(plan: Plan, flow: Flow) -> Iterator[Finding]:
    """A trunk is dialled only behind `toll`, whose answer is looked at in the next step."""
    for context in plan.contexts.values():
        asked = False
        for step in (one for steps in context.extensions.values() for one in steps):
            name = step.application.lower()
            if name == "gosub" and step.arguments.startswith("toll,"):
                following = flow.following(step)
                asked = following is not None and following.arguments.startswith(
                    '$["${GOSUB_RETVAL}"="yes"]?'
                )
            if name == "dial" and "@trunk_" in split(step.arguments)[0] and not asked:
                yield Finding(
                    "toll-not-asked",
                    step.place,
                    "a trunk is dialled and `toll` was not asked before, or its answer not looked at.",
                    'Begin with Gosub(toll,s,1(number,agent)) and GotoIf($["${GOSUB_RETVAL}"="yes"]?...).',
                )


def redirects(plan: Plan, flow: Flow) -> Iterator[Finding]:
    """No phone chooses where its calls go: a 302 is ignored (option i of Dial and of Queue)."""
    for step in plan.steps():
        name, arguments = step.application.lower(), split(step.arguments)
        if name == "dial" and arguments[0].startswith("PJSIP/"):
            options = arguments[2].strip() if len(arguments) > 2 else ""
            handed_on = bool(re.fullmatch(r"\$\{ARG\d\}", options))
            ignored = handed_on or "i" in re.sub(r"\([^)]*\)+", "", options)
        elif name == "queue":
            ignored = len(arguments) > 1 and "i" in arguments[1]
        else:
            continue
        if not ignored:
            yield Finding(
                "redirect-obeyed",
                step.place,
                "without option i the phone that is rung may send the call elsewhere (302).",
                f"Add i to the options of {step.application}.",
            )
