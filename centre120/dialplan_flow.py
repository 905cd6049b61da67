"""Where a call can go from each step of a dialplan. Pure; knows the applications this centre uses.

What depends on a variable is taken as possible: a Goto to `${CONTEXT}` leads anywhere it could, a condition both ways.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from centre120.dialplan_text import Plan, Step, split

ENDS: Final = frozenset({"hangup", "busy", "congestion", "return", "goto", "stackpop"})
"""After these the next priority is never reached (Goto: its target is)."""

HUMAN: Final = frozenset({"dial", "queue", "stasis", "stasisbroadcast", "bridge", "confbridge", "followme"})
"""A person, or a program that looks for one, has the call here: it may end here."""

LISTENS: Final = frozenset({"background", "waitexten"})
"""A key pressed here becomes an extension of the same context."""

SPECIAL: Final = frozenset("hTteioa")
"""Extensions that Asterisk enters by itself: hang-up, absolute timeout, timeout, error, invalid, operator, asterisk."""


class Way(StrEnum):
    """How a step leads to another."""

    NEXT = "next"
    JUMP = "jump"
    CALL = "call"  # comes back to the next priority
    KEY = "key"
    SPECIAL = "special"


@dataclass(frozen=True)
class Jump:
    """What a step names as a target. Empty parts mean: of this step. `text` as written."""

    context: str
    extension: str
    priority: str
    way: Way
    text: str


def target(text: str, step: Step, way: Way = Way.JUMP) -> Jump:
    """`context,extension,priority`, `extension,priority` or `priority` as Goto takes them."""
    parts = [part.strip() for part in split(text.strip())]
    context, extension, priority = ["", "", ""][: 3 - len(parts)] + parts[:3]
    if way is Way.CALL:
        priority = priority.split("(", 1)[0]
    return Jump(context or step.context, extension or step.extension, priority or "1", way, text.strip())


def jumps(step: Step) -> list[Jump]:
    """Every target a step names: Goto and Gosub in all their forms, and what Dial is told to run."""
    name, text = step.application.lower(), step.arguments
    if name == "goto":
        return [target(text, step)]
    if name in ("gosub",):
        return [target(text, step, Way.CALL)]
    if name in ("gotoif", "gotoiftime", "gosubif", "execiftime"):
        way = Way.CALL if name == "gosubif" else Way.JUMP
        _, *branches = split(text, "?")
        return [target(one, step, way) for one in split("?".join(branches), ":") if one.strip()]
    if name == "channelredirect":
        return [target(",".join(split(text)[1:]), step, Way.CALL)]
    if name == "dial":
        return list(_of_dial(step, split(text)))
    return []


def _of_dial(step: Step, arguments: list[str]) -> Iterator[Jump]:
    """`b(context^extension^priority(arguments))` and `B`, `F`, `G`, `U`; and Local/extension@context."""
    for one in arguments[0].split("&"):
        if one.startswith("Local/"):
            extension, _, context = one.removeprefix("Local/").split("/")[0].partition("@")
            yield Jump(context, extension, "1", Way.CALL, one)
    options = arguments[2] if len(arguments) > 2 else ""
    index = 0
    while index < len(options):
        letter = options[index]
        index += 1
        if index < len(options) and options[index] == "(":
            end = _closing(options, index)
            if letter in "bBFGU":
                text = options[index + 1 : end].replace("^", ",")
                parts = [part.split("(", 1)[0] for part in split(text)[:3]]
                if letter == "U":
                    parts = [parts[0], "s", "1"]
                yield target(",".join(parts), step, Way.CALL)
            index = end + 1


def _closing(text: str, opening: int) -> int:
    depth = 0
    for index in range(opening, len(text)):
        depth += (text[index] == "(") - (text[index] == ")")
        if depth == 0:
            return index
    return len(text) - 1


def ends(step: Step) -> bool:
    """Whether the next priority can never be reached from here."""
    name = step.application.lower()
    if name == "gotoif":
        _, *branches = split(step.arguments, "?")
        return len([one for one in split("?".join(branches), ":") if one.strip()]) == 2
    return name in ENDS


class Flow:
    """The steps of a plan as a graph."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._after: dict[Step, list[tuple[Step, Way]]] = {}
        self._extensions: dict[str, dict[str, list[Step]]] = {}

    def extensions(self, context: str) -> dict[str, list[Step]]:
        """Extensions of a context and of what it includes."""
        if context not in self._extensions:
            self._extensions[context] = self._merged(context, frozenset())
        return self._extensions[context]

    def _merged(self, context: str, _seen: frozenset[str]) -> dict[str, list[Step]]:
        found = self.plan.contexts.get(context)
        if found is None or context in _seen:
            return {}
        merged: dict[str, list[Step]] = {}
        for included, _ in found.includes:
            merged |= self._merged(included, _seen | {context})
        return merged | found.extensions

    def landing(self, jump: Jump) -> list[Step]:
        """The steps a target may mean; none when there is no such context, extension, priority or label."""
        if "${" in jump.context:
            return [steps[0] for name in self.plan.contexts for steps in self.extensions(name).values()]
        extensions = self.extensions(jump.context)
        if "${" in jump.extension:
            candidates = list(extensions.values())
        else:
            exact = extensions.get(jump.extension)
            candidates = [exact] if exact else self.matching(jump.context, jump.extension)
        if "${" in jump.priority:
            return [step for steps in candidates for step in steps]
        found = []
        for steps in candidates:
            for step in steps:
                if jump.priority in (step.label, str(step.priority)) and jump.priority:
                    found.append(step)
                    break
        return found

    def matching(self, context: str, dialled: str) -> list[list[Step]]:
        """Extensions that are patterns and match what is dialled."""
        return [steps for pattern, steps in self.extensions(context).items() if matches(pattern, dialled)]

    def after(self, step: Step) -> list[tuple[Step, Way]]:
        """Every step a call may be at next."""
        if step not in self._after:
            self._after[step] = list(self._find_after(step))
        return self._after[step]

    def following(self, step: Step) -> Step | None:
        """The next priority of the same extension."""
        return next(
            (
                one
                for one in self.plan.contexts[step.context].extensions[step.extension]
                if one.priority == step.priority + 1
            ),
            None,
        )

    def _find_after(self, step: Step) -> Iterator[tuple[Step, Way]]:
        if not ends(step):
            following = self.following(step)
            if following is not None:
                yield following, Way.NEXT
        for jump in jumps(step):
            for found in self.landing(jump):
                yield found, jump.way
        own = self.extensions(step.context)
        for name, steps in own.items():
            if name in ("h", "T") and step.extension not in ("h", name):
                yield steps[0], Way.SPECIAL
            elif step.application.lower() in LISTENS and (
                name in SPECIAL or name.startswith("_") or all(letter in "0123456789*#" for letter in name)
            ):
                yield steps[0], Way.KEY

    def reachable(self, entrances: dict[str, tuple[str, ...]]) -> set[Step]:
        """Every step a call can come to. An entrance is a context with the extensions it is entered at; none: all."""
        todo = [
            steps[0]
            for context, named in entrances.items()
            for name, steps in self.extensions(context).items()
            if not named or name in named
        ]
        seen: set[Step] = set()
        while todo:
            step = todo.pop()
            if step not in seen:
                seen.add(step)
                todo += [one for one, _ in self.after(step)]
        return seen


def matches(pattern: str, dialled: str) -> bool:
    """Asterisk's patterns: X 0-9, Z 1-9, N 2-9, [sets], `.` one or more of anything, `!` none or more."""
    if not pattern.startswith("_"):
        return pattern == dialled
    index = 1
    at = 0
    while index < len(pattern):
        letter = pattern[index]
        if letter in ".!":
            return at < len(dialled) if letter == "." else True
        if at >= len(dialled):
            return False
        if letter == "[":
            end = pattern.find("]", index)
            if end < 0 or dialled[at] not in _set(pattern[index + 1 : end]):
                return False
            index = end
        elif dialled[at] not in {"X": "0123456789", "Z": "123456789", "N": "23456789"}.get(
            letter.upper(), letter
        ):
            return False
        index += 1
        at += 1
    return at == len(dialled)


def _set(text: str) -> str:
    out, index = "", 0
    while index < len(text):
        if index + 2 < len(text) and text[index + 1] == "-":
            out += "".join(chr(code) for code in range(ord(text[index]), ord(text[index + 2]) + 1))
            index += 3
        else:
            out += text[index]
            index += 1
    return out
