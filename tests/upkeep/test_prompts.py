"""The prompts that dialplan and programs play, and those of sounds/prompts.csv, are the same, in both directions."""

import ast
import re

import pytest

from ari_app.summary import prompts_for
from centre120.prompts import parse_prompts
from centre120.settings import REPOSITORY
from centre120.spoken import LANGUAGES
from centre120.spoken.announcements import (
    CALLBACK_OFFER,
    STATUS_NOT_RIGHT,
    STATUS_NUMBER,
    STATUS_UNAVAILABLE,
    STATUS_UNKNOWN,
    STATUSES,
)

PLAYED = re.compile(r"(?:Background|Playback)\(([^,)]+)|Read\(\w+,([^,)]+)|CENTRE_PROMPT,([^)]+)\)")
LISTED = parse_prompts((REPOSITORY / "sounds" / "prompts.csv").read_bytes())
WRITTEN = {prompt for prompt, _ in LISTED.prompts} - LISTED.generated
PACKAGES = ("agi", "ari_app", "centre120", "phones", "ops")


def dialplan_text() -> str:
    files = sorted((REPOSITORY / "dialplan").glob("*.conf"))
    return "\n".join(
        line
        for file in files
        for line in file.read_text(encoding="utf-8").splitlines()
        if not line.lstrip().startswith(";")
    )


def played_by_dialplan() -> set[str]:
    """Ids; a variable in one stands for each of the numbers that lead to us."""
    text = dialplan_text()
    origins = set(re.findall(r"CENTRE_ORIGIN_NUMBER=(\d+)\)", text)) - {"120"}
    found = set()
    for groups in PLAYED.findall(text):
        name = next(filter(None, groups)).strip()
        if name == "${CENTRE_SAY}" or name == "${ARG1}":
            continue  # set by a program
        found |= (
            {name.replace("${CENTRE_ORIGIN_NUMBER}", origin) for origin in origins} if "$" in name else {name}
        )
    return found


def strings_of_programs() -> set[str]:
    """Every string constant in the programs, sound files' names without their ending."""
    found = set()
    for package in PACKAGES:
        for file in (REPOSITORY / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.add(node.value.removesuffix(".wav"))
    return found


def test_the_table_has_no_mistakes() -> None:
    assert [str(problem) for problem in LISTED.problems] == []


def test_dialplan_plays_only_what_is_listed() -> None:
    played = played_by_dialplan()
    assert len(played) > 15
    assert played - {prompt for prompt, _ in LISTED.prompts} == set()


def test_programs_say_only_what_is_listed() -> None:
    said = {
        CALLBACK_OFFER,
        STATUS_NOT_RIGHT,
        STATUS_NUMBER,
        STATUS_UNAVAILABLE,
        STATUS_UNKNOWN,
        *STATUSES.values(),
    }
    said |= {prompts_for("x").partition("&")[0]}
    assert said - WRITTEN == set()


def test_everything_listed_is_played_by_somebody() -> None:
    stand_ins = {f"{prompt}-{language}" for prompt in WRITTEN for language in LANGUAGES}
    assert WRITTEN - played_by_dialplan() - strings_of_programs() - stand_ins == set()


@pytest.mark.parametrize("prompt", sorted(WRITTEN))
def test_every_prompt_is_written_in_every_language(prompt: str) -> None:
    written = {language for one, language in LISTED.prompts if one == prompt}
    assert written == ({"ko", "en"} if prompt == "language-menu-mn" else set(LANGUAGES))


def test_languages_of_the_dialplan_are_ours() -> None:
    offered = set(re.findall(r"Background\(language-menu,,(\w+)\)", dialplan_text()))
    assert offered == set(LANGUAGES) - {"ko"}
