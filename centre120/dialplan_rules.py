"""What no dialplan of this centre may do. Pure: a plan and what it may name in, findings with file and line out.

Each rule has a name that `./120 dialplan check` prints; docs/dialplan.md says why it is there.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from centre120.dialplan_circles import loops
from centre120.dialplan_flow import Flow, Jump, jumps
from centre120.dialplan_misuse import allowed, callers_text, open_patterns, outgoing, redirects
from centre120.dialplan_text import Finding, Place, Plan, Step, split
from centre120.names import LANGUAGES


@dataclass(frozen=True)
class Known:
    """What a plan may name, and where calls enter it."""

    entrances: Mapping[str, tuple[str, ...]]
    """Contexts that calls come to from outside the dialplan, with the extensions they come to; none: any."""
    prompts: Collection[tuple[str, str]]
    """(id, language) of every sentence there is."""
    queues: Collection[str]
    scripts: Collection[str]
    language_keys: Mapping[str, str]
    """Which key of `languages` chooses which language."""


Rule = Callable[[Plan, Flow, Known], Iterator[Finding]]


def check(plan: Plan, known: Known) -> list[Finding]:
    """Every finding, by file and line."""
    flow = Flow(plan)
    found = [*plan.unreadable]
    for rule in RULES:
        found += rule(plan, flow, known)
    for misuse in (open_patterns, allowed, callers_text, outgoing, redirects, loops):
        found += misuse(plan, flow)
    return sorted(set(found), key=lambda one: (one.place.file, one.place.line, one.rule, one.found))


def _targets(plan: Plan, flow: Flow, known: Known) -> Iterator[Finding]:
    """Contexts, extensions and labels that are named exist."""
    for step in plan.steps():
        for jump in jumps(step):
            if not flow.landing(jump):
                yield Finding(*_missing(plan, flow, step, jump))
    for context in plan.contexts.values():
        for included, place in context.includes:
            if included not in plan.contexts:
                yield Finding(
                    "unknown-context", place, f"includes [{included}], which is not there.", "Correct it."
                )
    for context_name, named in known.entrances.items():
        there = flow.extensions(context_name)
        first = next(iter(plan.contexts.values()), None)
        if first is None or (there and all(one in there for one in named)):
            continue
        missing = [one for one in named if one not in there] if there else []
        what = f"{', '.join(missing)} of [{context_name}]" if missing else f"[{context_name}]"
        place = plan.contexts[context_name].place if there else first.place
        yield Finding(
            "missing-entrance", place, f"calls are sent to {what}, which is not there.", "Put it back."
        )


def _missing(plan: Plan, flow: Flow, step: Step, jump: Jump) -> tuple[str, Place, str, str]:
    extensions = flow.extensions(jump.context)
    if not extensions:
        return (
            "unknown-context",
            step.place,
            f"{step.application} to {jump.text}: there is no context [{jump.context}].",
            f"Contexts are: {', '.join(sorted(plan.contexts))}.",
        )
    if jump.extension not in extensions and not flow.matching(jump.context, jump.extension):
        return (
            "unknown-extension",
            step.place,
            f"{step.application} to {jump.text}: [{jump.context}] has no extension {jump.extension}.",
            f"It has: {', '.join(extensions)}.",
        )
    labels = sorted({one.label for steps in extensions.values() for one in steps if one.label})
    return (
        "unknown-label",
        step.place,
        f"{step.application} to {jump.text}: {jump.context},{jump.extension} has no priority or label {jump.priority}.",
        f"Labels of [{jump.context}]: {', '.join(labels) or 'none'}.",
    )


def _prompts(plan: Plan, flow: Flow, known: Known) -> Iterator[Finding]:
    """Every sentence that is played has a text, in every language of those who may hear it."""
    ids = {prompt for prompt, _ in known.prompts}
    for step in plan.steps():
        for text, languages in _played(step):
            wanted = _as_pattern(text)
            matching = [prompt for prompt in ids if wanted.fullmatch(prompt)]
            if not matching:
                yield Finding(
                    "unknown-prompt",
                    step.place,
                    f"{step.application} plays {text!r}, which is not in sounds/prompts.csv.",
                    "Add its rows, or correct the name.",
                )
            for prompt in matching:
                lost = [
                    language
                    for language in languages
                    if (prompt, language) not in known.prompts and f"{prompt}-{language}" not in ids
                ]
                if lost:
                    yield Finding(
                        "language-without-prompt",
                        step.place,
                        f"{prompt!r} has no text in {', '.join(lost)}.",
                        "Add its rows to sounds/prompts.csv.",
                    )


def _played(step: Step) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Sentences a step plays and the languages it may be heard in; what comes whole from a variable is left out."""
    name, arguments = step.application.lower(), split(step.arguments)
    texts = ""
    languages: tuple[str, ...] = LANGUAGES
    if name in ("playback", "background"):
        texts = arguments[0]
        if name == "background" and len(arguments) > 2 and arguments[2].strip() in LANGUAGES:
            languages = (arguments[2].strip(),)
    elif name == "read" and len(arguments) > 1:
        texts = arguments[1]
    elif name == "celgenuserevent" and arguments[0] == "CENTRE_PROMPT" and len(arguments) > 1:
        texts = arguments[1]
        if "," not in step.arguments.partition(",")[2]:
            languages = ()
    for text in texts.split("&"):
        if text.strip() and not re.fullmatch(r"\$\{[^{}]*\}", text.strip()):
            yield text.strip(), languages


def _as_pattern(text: str) -> re.Pattern[str]:
    return re.compile(".+".join(re.escape(part) for part in re.split(r"\$\{[^{}]*\}", text)))


def _queues(plan: Plan, flow: Flow, known: Known) -> Iterator[Finding]:
    for step in plan.steps():
        if step.application.lower() in ("queue", "addqueuemember"):
            name = split(step.arguments)[0].strip()
            if not any(_as_pattern(name).fullmatch(queue) for queue in known.queues):
                yield Finding(
                    "unknown-queue",
                    step.place,
                    f"{step.application} of {name!r}, which is not in queues.conf.",
                    f"Queues are: {', '.join(sorted(known.queues))}.",
                )


def _scripts(plan: Plan, flow: Flow, known: Known) -> Iterator[Finding]:
    """Programs are asked by `ask` alone, and only scripts that `agi` has."""
    for step in plan.steps():
        name = step.application.lower()
        asked = re.match(r"ask,s,1\(([^,)]*)", step.arguments) if name == "gosub" else None
        if asked and asked[1] not in known.scripts:
            yield Finding(
                "unknown-script",
                step.place,
                f"asks `agi` for {asked[1]!r}, which it does not have.",
                f"Scripts are: {', '.join(sorted(known.scripts))}.",
            )
        if name.endswith("agi") and not step.arguments.startswith("agi://${AGI_SERVER}/"):
            yield Finding(
                "foreign-program",
                step.place,
                f"{step.application}({step.arguments}) runs something that is not our `agi`.",
                "Ask by Gosub(ask,s,1(script,argument)).",
            )


def _unreachable(plan: Plan, flow: Flow, known: Known) -> Iterator[Finding]:
    """Every line can be come to. Of lines in a row the first is named."""
    reached = flow.reachable(dict(known.entrances))
    for context in plan.contexts.values():
        for steps in context.extensions.values():
            before: Step | None = None
            for step in steps:
                if step not in reached and (before is None or before in reached):
                    why = (
                        "nothing leads to this extension."
                        if before is None
                        else f"{before.application} before it never goes on."
                        if flow.following(before) is step
                        else f"priority {before.priority} is followed by {step.priority}."
                    )
                    yield Finding("unreachable", step.place, f"{step}: {why}", "Remove it, or lead to it.")
                before = step


def _doubled(plan: Plan, flow: Flow, known: Known) -> Iterator[Finding]:
    """Asterisk leaves out a priority that is there already, and takes the first of two labels."""
    for context in plan.contexts.values():
        for steps in context.extensions.values():
            seen: dict[int | str, Step] = {}
            for step in steps:
                keys: list[int | str] = [step.priority, *([step.label] if step.label else [])]
                for key in keys:
                    if key in seen:
                        yield Finding(
                            "doubled",
                            step.place,
                            f"{step.context},{step.extension} has {key} at line {seen[key].place.line} already.",
                            "One of the two is never read: remove or rename it.",
                        )
                    seen.setdefault(key, step)


def _languages(plan: Plan, flow: Flow, known: Known) -> Iterator[Finding]:
    """Each key of `languages` chooses its own language, and only languages there are."""
    for step in plan.steps():
        chosen = re.match(r"_{0,2}CENTRE_LANGUAGE=(\w+)$", step.arguments)
        if step.application.lower() != "set" or not chosen:
            continue
        wanted = known.language_keys.get(step.extension) if step.context == "languages" else None
        if chosen[1] not in LANGUAGES or (wanted and chosen[1] != wanted):
            yield Finding(
                "wrong-language",
                step.place,
                f"{step.context},{step.extension} sets {chosen[1]!r}"
                + (f" in place of {wanted!r}." if wanted else "."),
                f"Languages are: {', '.join(LANGUAGES)}.",
            )
    extensions = flow.extensions("languages")
    for key, language in known.language_keys.items():
        if extensions and not any(
            step.arguments == f"CENTRE_LANGUAGE={language}" for step in extensions.get(key, ())
        ):
            place = next(iter(extensions.values()))[0].place
            yield Finding("lost-language", place, f"key {key} does not choose {language!r}.", "Put it back.")


RULES: Final[tuple[Rule, ...]] = (
    _targets,
    _prompts,
    _queues,
    _scripts,
    _unreachable,
    _doubled,
    _languages,
)
