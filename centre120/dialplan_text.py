"""Reading a dialplan: files of text in, contexts with their steps out, and what could not be read. Pure.

The language is that of Asterisk's extensions.conf: `[context]`, `exten => pattern,priority(label),Application(arguments)`,
`same => n(label),...`, `include => context`; `;` begins a comment unless a backslash stands before it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

_CONTEXT: Final = re.compile(r"^\[([^\]]+)\](?:\(([^)]*)\))?\s*$")
_STEP: Final = re.compile(r"^(exten|same)\s*=>?\s*(.*)$", re.IGNORECASE)
_INCLUDE: Final = re.compile(r"^include\s*=>?\s*([^,\s]+)", re.IGNORECASE)
_PRIORITY: Final = re.compile(r"^(n|s|hint|\d+)(?:\+(\d+))?\s*(?:\(([^)]*)\))?$", re.IGNORECASE)
_APPLICATION: Final = re.compile(r"^(\w+)\s*(?:\((.*)\))?$", re.DOTALL)
_COMMENT: Final = re.compile(r"(?<!\\);.*$")
_OPENS: Final = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Place:
    """Where something stands."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, eq=False)
class Step:
    """One priority of one extension. `arguments` is the text between the outermost parentheses, nothing replaced."""

    context: str
    extension: str
    priority: int
    label: str
    application: str
    arguments: str
    place: Place

    def __str__(self) -> str:
        return f"{self.context},{self.extension},{self.priority}"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: which rule, where, what was found and what to do."""

    rule: str
    place: Place
    found: str
    next_step: str

    def __str__(self) -> str:
        return f"{self.place}: {self.rule}: {self.found} {self.next_step}"


@dataclass
class Context:
    """One context: its extensions in the order written, each a list of steps by priority."""

    name: str
    place: Place
    extensions: dict[str, list[Step]] = field(default_factory=dict)
    includes: list[tuple[str, Place]] = field(default_factory=list)


@dataclass
class Plan:
    """A whole dialplan."""

    contexts: dict[str, Context] = field(default_factory=dict)
    unreadable: list[Finding] = field(default_factory=list)

    def steps(self) -> Iterator[Step]:
        for context in self.contexts.values():
            for steps in context.extensions.values():
                yield from steps


def split(text: str, mark: str = ",") -> list[str]:
    """`text` at every `mark` that stands in no parentheses, brackets, braces or quotes, and has no backslash before it."""
    return list(_split(text, mark))


@lru_cache(4096)
def _split(text: str, mark: str) -> tuple[str, ...]:
    if mark not in text:
        return (text,)
    parts, depth, begin, quoted = [], 0, 0, False
    for index, letter in enumerate(text):
        if index and text[index - 1] == "\\":
            continue
        if letter == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif letter in _OPENS:
            depth += 1
        elif letter in _OPENS.values():
            depth -= 1
        elif letter == mark and depth == 0:
            parts.append(text[begin:index])
            begin = index + 1
    return (*parts, text[begin:])


def read(files: Mapping[str, str]) -> Plan:
    """The plan in `files` (name to text), in the order of their names, as `#include "*.conf"` takes them."""
    plan = Plan()
    for name in sorted(files):
        _read_file(plan, name, files[name].splitlines())
    return plan


def _read_file(plan: Plan, name: str, lines: Iterable[str]) -> None:
    context: Context | None = None
    extension = ""
    for number, raw in enumerate(lines, start=1):
        place = Place(name, number)
        line = _COMMENT.sub("", raw).strip()
        if not line:
            continue
        if line.startswith("#"):
            plan.unreadable.append(
                Finding(
                    "include-or-exec",
                    place,
                    f"{line.split()[0]} in a dialplan file.",
                    "Write the steps here.",
                )
            )
        elif found := _CONTEXT.match(line):
            context = plan.contexts.setdefault(found[1], Context(found[1], place))
            extension = ""
        elif context is None:
            plan.unreadable.append(
                Finding("no-context", place, f"{line!r} stands before any [context].", "Name its context.")
            )
        elif found := _INCLUDE.match(line):
            context.includes.append((found[1], place))
        elif found := _STEP.match(line):
            extension = _read_step(plan, context, extension, found[1].lower(), found[2], place)
        else:
            plan.unreadable.append(
                Finding(
                    "unreadable", place, f"{line!r} is no step.", "Begin it with `exten =>` or `same =>`."
                )
            )


def _read_step(plan: Plan, context: Context, extension: str, kind: str, text: str, place: Place) -> str:
    """Adds one step; the extension that a following `same` belongs to."""
    parts = text.split(",", 2 if kind == "exten" else 1)
    if kind == "exten":
        extension = parts.pop(0).strip()
    complaint = ""
    if not extension:
        complaint = "`same` before any `exten` of its context."
    elif len(parts) < 2:
        complaint = f"{text!r} has no priority or no application."
    else:
        priority, application = _PRIORITY.match(parts[0].strip()), _APPLICATION.match(parts[1].strip())
        if priority is None or application is None:
            what = "priority" if priority is None else "application"
            complaint = f"the {what} of {text!r} cannot be read (a parenthesis that is not closed?)."
        elif priority[1].lower() != "hint":
            steps = context.extensions.setdefault(extension, [])
            after = steps[-1].priority if steps else 0
            given = priority[1].lower()
            number = int(given) if given.isdecimal() else after + 1 if given == "n" else after
            steps.append(
                Step(
                    context.name,
                    extension,
                    number,
                    (priority[3] or "").strip(),
                    application[1],
                    application[2] or "",
                    place,
                )
            )
            if kind == "exten" and given == "n" and not after:
                complaint = f"extension {extension} begins with priority n."
    if complaint:
        plan.unreadable.append(
            Finding("unreadable", place, complaint, "Asterisk would leave this step out: correct it.")
        )
    return extension
