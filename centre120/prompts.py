"""The prompts: what `sounds/prompts.csv` says, what its mistakes are, and who stands in for whom.

A prompt is an id and a language; its text is a row of the file or a sentence generated from a number. A bad line is a
`Problem` with its number, never a reason to stop: the good lines go on. No I/O here: bytes in, values out.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from centre120.spoken import LANGUAGES, generated_ids, generated_texts

COLUMNS = ("id", "language", "text", "origin")
ORIGINS = ("", "recording", "gtts", "espeak-ng")
"""Where a row's voice may come from. Empty: the best there is. A recording always wins; `gtts` and `espeak-ng` name the only
synthesiser allowed, `recording` allows none."""

LONGEST_TEXT = 500
_ID = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True)
class Prompt:
    """One sentence in one language."""

    id: str
    language: str
    text: str
    origin: str = ""


@dataclass(frozen=True)
class Problem:
    """A line that does not count, and why."""

    line: int
    found: str
    next_step: str

    def __str__(self) -> str:
        return f"sounds/prompts.csv, line {self.line}: {self.found} {self.next_step}"


@dataclass(frozen=True)
class PromptList:
    """Every prompt there is a text for, generated ones included, and the lines that could not be used."""

    prompts: Mapping[tuple[str, str], Prompt]  # by id and language
    problems: tuple[Problem, ...]
    generated: frozenset[str]

    @property
    def ids(self) -> list[str]:
        return sorted({prompt for prompt, _ in self.prompts})

    def playable(self) -> list[tuple[str, str]]:
        """Every (id, language) that can be played; of a row that only stands in for another, no more than its texts."""
        ids = self.ids
        lent = {f"{prompt}-{language}" for prompt in ids for language in LANGUAGES} & set(ids)
        return [
            (prompt, language)
            for prompt in ids
            for language in LANGUAGES
            if prompt not in lent or (prompt, language) in self.prompts
        ]

    def stand_ins(self, prompt: str, language: str) -> tuple[tuple[str, str], ...]:
        """Whose sound is played when a language has none of its own, best first.

        `<id>-<language>` may be written for that: English that makes sense in that place ("For Mongolian, press 5").
        """
        keys = ((f"{prompt}-{language}", "en"), (prompt, "en"), (prompt, "ko"))
        return tuple(key for key in keys if key in self.prompts and key != (prompt, language))


def parse_prompts(data: bytes) -> PromptList:
    """The file's good rows and the generated ones; a Problem for every other line."""
    rows: dict[tuple[str, str], Prompt] = {}
    first_line: dict[str, int] = {}
    lines_of: dict[tuple[str, str], int] = {}
    problems: list[Problem] = []
    generated = frozenset(generated_ids())
    for number, read in _lines(data):
        one = read if isinstance(read, Problem) else _row(number, read, lines_of, generated)
        if isinstance(one, Problem):
            problems.append(one)
        elif one is not None:
            rows[(one.id, one.language)] = one
            lines_of[(one.id, one.language)] = number
            first_line.setdefault(one.id, number)
    for prompt, number in first_line.items():
        if (prompt, "ko") not in rows:
            problems.append(
                Problem(
                    number, f"'{prompt}' has no Korean row.", f"Add a row {prompt},ko,<text>, to the file."
                )
            )
    for language in LANGUAGES:
        for prompt, text in generated_texts(language).items():
            rows[(prompt, language)] = Prompt(prompt, language, text)
    return PromptList(rows, tuple(sorted(problems, key=lambda one: one.line)), generated)


def prompt_ids(text: str) -> list[str]:
    """All ids, those of generated prompts included."""
    return parse_prompts(text.encode()).ids


def _lines(data: bytes) -> Iterator[tuple[int, str | Problem]]:
    """Numbered lines after the heading; undecodable ones as problems. Empty lines are skipped."""
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    heading = lines[0].removesuffix(b"\r").decode("utf-8", "replace")
    if heading != ",".join(COLUMNS):
        step = f"The first line must be {','.join(COLUMNS)}."
        yield 1, Problem(1, f"the heading is '{shown(heading)}'.", step)
    for number, raw in enumerate(lines[1:], start=2):
        line = raw.removesuffix(b"\r")
        if not line.strip():
            continue
        try:
            yield number, unicodedata.normalize("NFC", line.decode("utf-8"))
        except UnicodeDecodeError as error:
            found = f"byte {error.start + 1} (0x{line[error.start]:02x}) is not UTF-8."
            yield number, Problem(number, found, "Save the file as UTF-8.")


def _row(
    number: int, line: str, seen: Mapping[tuple[str, str], int], generated: frozenset[str]
) -> Prompt | Problem | None:
    """The line as a prompt, or what is wrong with it."""

    def wrong(found: str, next_step: str) -> Problem:
        return Problem(number, found, next_step)

    control = next((letter for letter in line if _is_control(letter)), None)
    if control is not None:
        return wrong(f"it holds the invisible character U+{ord(control):04X}.", "Remove it.")
    try:
        fields = next(csv.reader([line], strict=True))
    except csv.Error as error:
        return wrong(
            f"its quotes do not match ({error}).", 'Put a text with commas in "..." and write " as "".'
        )
    if len(fields) != len(COLUMNS):
        step = 'Four are needed: id,language,text,origin. Put a text with commas in "...".'
        return wrong(f"it has {len(fields)} columns.", step)
    prompt, language, text, origin = (field.strip() for field in fields)
    if not _ID.fullmatch(prompt):
        return wrong(f"the id is '{shown(prompt)}'.", "Use small letters a-z, digits and hyphens.")
    if language not in LANGUAGES:
        return wrong(f"the language is '{shown(language)}'.", f"Use one of {', '.join(LANGUAGES)}.")
    if prompt in generated:
        step = f"Remove the line; to say it otherwise, record sounds/recordings/{language}/{prompt}.wav."
        return wrong(f"'{prompt}' is spelled by the program.", step)
    if (prompt, language) in seen:
        found = f"'{prompt}' in '{language}' stands in line {seen[(prompt, language)]} already."
        return wrong(found, "Remove one of the two; the first counts.")
    if not any(letter.isalnum() for letter in text):
        return wrong(f"the text of '{prompt}' is empty.", "Write what is to be said.")
    if len(text) > LONGEST_TEXT:
        return wrong(f"the text has {len(text)} letters.", f"Say it in {LONGEST_TEXT} or fewer.")
    if origin not in ORIGINS:
        step = f"Leave it empty, or use one of {', '.join(filter(None, ORIGINS))}."
        return wrong(f"the origin is '{shown(origin)}'.", step)
    return Prompt(prompt, language, text, origin)


def _is_control(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn")


def shown(text: str) -> str:
    """At most forty letters of something found, fit for a message."""
    visible = "".join("?" if _is_control(letter) else letter for letter in text)
    return visible if len(visible) <= 40 else f"{visible[:40]}..."
