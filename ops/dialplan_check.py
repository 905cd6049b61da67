"""Reads a dialplan before a citizen hears it: by our rules (centre120/dialplan_rules.py), by the clock, and by a private
Asterisk, whose parser is the one that counts.
"""

import re
import wave
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from centre120 import names, numbers
from centre120.dialplan_flow import Flow
from centre120.dialplan_rules import Known, check
from centre120.dialplan_text import Finding, Place, Plan, read
from centre120.dialplan_time import NeverThere, seconds_to_queue
from centre120.errors import CentreError, Fault
from centre120.prompts import parse_prompts
from centre120.settings import REPOSITORY

BUDGET_SECONDS = 30.0
"""From the answer to the queue, for who presses nothing; the sentences of the menu are at most 20 s of it."""

PER_LETTER_SECONDS = {"ko": 0.121, "en": 0.066, "zh": 0.221, "ja": 0.089, "vi": 0.056, "mn": 0.063}
"""For sentences that have not been rendered yet: measured over all that espeak-ng speaks for us."""

_SAID = re.compile(r"(?:NOTICE|WARNING|ERROR)\[\d+\] (?:pbx|pbx_config|pbx_functions|config)\.c: (.*)$")
_LINE_OF = re.compile(r" at line (\d+) of \S*?([\w.-]+\.conf)")


@dataclass
class Verdict:
    """What `check` found. `seconds` from answer to queue by language and number, of who presses nothing."""

    folder: str
    findings: list[Finding] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    read_by_asterisk: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "dialplan": self.folder,
            "ok": not self.findings,
            "read_by_asterisk": self.read_by_asterisk,
            "findings": [
                {
                    "rule": one.rule,
                    "file": one.place.file,
                    "line": one.place.line,
                    "found": one.found,
                    "next_step": one.next_step,
                }
                for one in self.findings
            ],
            "seconds_to_queue": self.seconds,
        }


def known() -> Known:
    """What a plan of this checkout may name."""
    from agi.scripts import SCRIPTS  # its libraries are not wanted by `./120 --help`

    prompts = parse_prompts((REPOSITORY / "sounds" / "prompts.csv").read_bytes())
    queues = (REPOSITORY / "asterisk.conf.d" / "queues.conf").read_text(encoding="utf-8")
    return Known(
        entrances=names.ENTRANCES,
        prompts=frozenset(prompts.prompts),
        queues=frozenset(re.findall(r"^\[([\w-]+)\](?!\(!)", queues, re.MULTILINE)) - {"general"},
        scripts=frozenset(SCRIPTS),
        language_keys=names.LANGUAGE_KEYS,
    )


def load(folder: Path) -> dict[str, str]:
    """The files of a plan. Raises `no-dialplan`, `not-utf8`."""
    files = {}
    for path in sorted(folder.glob("*.conf")):
        try:
            files[path.name] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise CentreError(
                "not-utf8",
                f"Reading the dialplan: {path} is not UTF-8 text ({error.reason} at byte {error.start}).",
                "Save the file as UTF-8.",
                Fault.CONFIGURATION,
            ) from error
    if not files:
        raise CentreError(
            "no-dialplan",
            f"Reading the dialplan: there is no *.conf in {folder}.",
            "Name the folder that holds the files with --dir.",
            Fault.CONFIGURATION,
        )
    return files


def seconds_of(sounds: Path, language: str) -> "dict[str, float]":
    """Lengths of the sentences in this language: rendered ones measured, the others by their letters."""
    prompts = parse_prompts((REPOSITORY / "sounds" / "prompts.csv").read_bytes())
    found = {}
    for (prompt, spoken), row in prompts.prompts.items():
        if spoken == language:
            path = sounds / language / f"{prompt}.wav"
            found[prompt] = _length(path) or len(row.text) * PER_LETTER_SECONDS[language]
    return found


def _length(path: Path) -> float:
    try:
        with wave.open(str(path), "rb") as sound:
            return sound.getnframes() / sound.getframerate()
    except (OSError, EOFError, wave.Error):
        return 0.0


def time_to_queue(plan: Plan, sounds: Path, budget: float, verdict: Verdict) -> None:
    """Fills in the seconds of silence by number and language, and what is over the budget."""
    flow = Flow(plan)
    entry = flow.extensions(names.CTX_ENTRY).get("s")
    if not entry:
        return  # said already: the context is missing
    place = plan.contexts[names.CTX_MENU].place if names.CTX_MENU in plan.contexts else entry[0].place
    for language in names.LANGUAGES:
        lengths = seconds_of(sounds, language)
        for number in sorted({origin for origin, _ in numbers.DIALLED.values()}):
            given = {"CENTRE_ORIGIN_NUMBER": number}
            try:
                taken = seconds_to_queue(flow, entry[0], partial(_said, lengths), given=given)
            except NeverThere as error:
                verdict.findings.append(
                    Finding(
                        "never-a-person",
                        place,
                        f"who presses nothing never comes to a queue: {error}.",
                        "Lead there.",
                    )
                )
                return
            verdict.seconds[f"{number} {language}"] = round(taken, 1)
    over = {name: taken for name, taken in verdict.seconds.items() if taken > budget}
    if over:
        worst = max(over, key=lambda name: over[name])
        verdict.findings.append(
            Finding(
                "over-the-budget",
                place,
                f"who presses nothing waits {over[worst]:g} s for a queue ({worst}; {len(over)} of {len(verdict.seconds)} ways).",
                f"Say less: the budget is {budget:g} s.",
            )
        )


def _said(lengths: Mapping[str, float], prompt: str) -> float:
    if "*" in prompt:
        wanted = re.compile(".+".join(re.escape(part) for part in prompt.split("*")))
        return max((taken for one, taken in lengths.items() if wanted.fullmatch(one)), default=0.0)
    return lengths.get(prompt, 0.0)


def asterisk_reads(folder: Path, plan: Plan) -> list[Finding]:
    """What a private Asterisk says to these files, and which of their applications and functions it does not have."""
    from ops.private_centre import Centre

    centre = Centre({}, dialplan=folder.absolute())
    try:
        centre.start("asterisk")
        said = centre.cli("core show settings")  # it answers: what there was to say has been said
        messages = centre.settings.asterisk_dir / "log" / "messages.log"
        log = messages.read_text(encoding="utf-8", errors="replace")
        applications = set(
            re.findall(r"^\s*(\w+):", centre.cli("core show applications").lower(), re.MULTILINE)
        )
        functions = set(re.findall(r"^(\w+)", centre.cli("core show functions"), re.MULTILINE))
    finally:
        centre.stop()
    findings = [_of_log(found[1], folder) for line in log.splitlines() if (found := _SAID.search(line))]
    if not said or not applications:
        return [
            *findings,
            Finding("asterisk", Place(folder.name, 0), "Asterisk did not start with it.", "See above."),
        ]
    for step in plan.steps():
        if step.application.lower() not in applications:
            findings.append(
                Finding(
                    "not-loaded",
                    step.place,
                    f"Asterisk has no application {step.application}: the call would be hung up here.",
                    "Load its module in asterisk.conf.d/modules.conf, or correct the name.",
                )
            )
        for name in re.findall(r"\$\{([A-Z_]+)\(", step.arguments):
            if name not in functions:
                findings.append(
                    Finding(
                        "not-loaded", step.place, f"Asterisk has no function {name}().", "Load its module."
                    )
                )
    return findings


def _of_log(said: str, folder: Path) -> Finding:
    """Asterisk counts lines through all included files; here they are those of the file again."""
    where = _LINE_OF.search(said)
    place = Place(folder.name, 0)
    if where:
        before = [path for path in sorted(folder.glob("*.conf")) if path.name < where[2]]
        lines = sum(len(path.read_text(encoding="utf-8").splitlines()) + 1 for path in before)
        place = Place(where[2], int(where[1]) - lines)
    text = re.sub(r" at line \d+ of \S+", "", said)
    return Finding(
        "asterisk", place, f"Asterisk: {text}.", "Asterisk leaves this out when it reads the plan."
    )


def judge(folder: Path, sounds: Path, budget: float = BUDGET_SECONDS, with_asterisk: bool = True) -> Verdict:
    """Everything `check` does."""
    plan = read(load(folder))
    verdict = Verdict(str(folder), check(plan, known()))
    time_to_queue(plan, sounds, budget, verdict)
    if with_asterisk:
        verdict.findings += asterisk_reads(folder, plan)
        verdict.read_by_asterisk = True
    return verdict
