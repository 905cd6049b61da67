"""The shipped dialplan breaks no rule; each way of breaking it is found, with file and line."""

import re
from collections.abc import Iterator

import pytest

from centre120.dialplan_flow import Flow, matches
from centre120.dialplan_rules import check
from centre120.dialplan_text import Finding, read, split
from centre120.dialplan_time import NeverThere, seconds_to_queue
from centre120.names import LANGUAGES
from centre120.settings import REPOSITORY
from ops.dialplan_check import known, load

SHIPPED = load(REPOSITORY / "dialplan")
KNOWN = known()


def findings(files: dict[str, str]) -> list[Finding]:
    return check(read(files), KNOWN)


def rules(text: str, file: str = "30-menu.conf") -> set[str]:
    """What is found in the shipped plan after this text is added to a file of it."""
    return {one.rule for one in findings({**SHIPPED, file: SHIPPED[file] + "\n" + text})}


def test_the_shipped_dialplan_breaks_no_rule() -> None:
    assert findings(SHIPPED) == []


# --- what is read ------------------------------------------------------------------------------------------


def test_arguments_are_split_outside_of_brackets_and_quotes() -> None:
    assert split('a,${IF($["x"="y,z"]?1,2)},b(c,d)') == ["a", '${IF($["x"="y,z"]?1,2)}', "b(c,d)"]
    assert split("a\\,b,c") == ["a\\,b", "c"]


@pytest.mark.parametrize(
    ("pattern", "dialled", "fits"),
    [
        ("_XXX", "201", True),
        ("_XXX", "2011", False),
        ("_[1-8]XX", "901", False),
        ("_02NXXXXXX", "021234567", False),
        ("_02NXXXXXX", "022234567", True),
        ("_+!", "+", True),
        ("_X.", "1", False),
        ("_[*#]!", "#9", True),
        ("120", "120", True),
    ],
)
def test_patterns_match_as_asterisk_matches(pattern: str, dialled: str, fits: bool) -> None:
    assert matches(pattern, dialled) is fits


def test_places_are_files_and_lines() -> None:
    [one] = findings({**SHIPPED, "99.conf": "[late]\n\nexten => s,1,Goto(nowhere,s,1)\n"})[:1]
    assert str(one.place) == "99.conf:3"


# --- one of each -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("exten => 8,1,Goto(nowhere,s,1)", "unknown-context"),
        ("include => nowhere", "unknown-context"),
        ("exten => 8,1,Goto(queue,nobody,1)", "unknown-extension"),
        ("exten => 8,1,Goto(queue,s,nowhere)", "unknown-label"),
        ("exten => 8,1,Playback(no-such-prompt)\n same => n,Hangup()", "unknown-prompt"),
        ("exten => 8,1,Queue(nobody,i,,,18)\n same => n,Hangup()", "unknown-queue"),
        ("exten => 8,1,Gosub(ask,s,1(horoscope,))\n same => n,Hangup()", "unknown-script"),
        ("exten => 8,1,AGI(/bin/sh)\n same => n,Hangup()", "foreign-program"),
        ("exten => 8,1,Hangup()\n same => n,NoOp()", "unreachable"),
        ("[island]\nexten => s,1,Hangup()", "unreachable"),
        ("exten => 0,1,Hangup()", "doubled"),
        ("exten => _9X.,1,Dial(PJSIP/${EXTEN},20,i)\n same => n,Hangup()", "open-pattern-dials"),
        ("exten => 8,1,System(rm)\n same => n,Hangup()", "application-not-allowed"),
        ("exten => 8,1,NoOp(${SHELL(id)})\n same => n,Hangup()", "function-not-allowed"),
        ("exten => 8,1,Set(FILE(/x)=1)\n same => n,Hangup()", "function-not-allowed"),
        ("exten => 8,1,NoOp(${CALLERID(name)})\n same => n,Hangup()", "callers-text"),
        ("exten => 8,1,Dial(PJSIP/0212345678@trunk_a,20,i)\n same => n,Hangup()", "toll-not-asked"),
        (
            "exten => 8,1,Gosub(toll,s,1(02,201))\n same => n,NoOp()\n same => n,Dial(PJSIP/02@trunk_a,9,i)",
            "toll-not-asked",
        ),
        ("exten => 8,1,Dial(PJSIP/201,20,g)\n same => n,Hangup()", "redirect-obeyed"),
        ("exten => 8,1,Queue(everybody,,,,18)\n same => n,Hangup()", "redirect-obeyed"),
        ("exten => 8,1,Set(CENTRE_LANGUAGE=fr)\n same => n,Goto(queue,s,1)", "wrong-language"),
        ("exten => 8,1,NoOp()\n same => n(round),Wait(1)\n same => n,Goto(round)", "endless-loop"),
        ("#exec /bin/sh", "include-or-exec"),
        ("exten => 8,1,Playback(goodbye", "unreadable"),
        ("nonsense", "unreadable"),
    ],
)
def test_each_rule_finds_its_fault(text: str, rule: str) -> None:
    begin = "" if text.startswith("[") else "[menu]\n"
    assert rule in rules(begin + text)


def test_an_open_pattern_is_followed_where_it_carries_what_was_dialled() -> None:
    carried = "[menu]\nexten => _8X!,1,Goto(away,${EXTEN},1)\n[away]\nexten => _X.,1,Dial(PJSIP/${EXTEN},9,i)"
    assert "open-pattern-dials" in rules(carried)
    assert "open-pattern-dials" not in rules("[menu]\nexten => _8X!,1,Goto(queue,s,1)")


# --- the plan broken in every place ------------------------------------------------------------------------


def mutations() -> Iterator[tuple[str, dict[str, str]]]:
    """A misspelt target, prompt, queue, application, a lost label, context or language: each where it stands, one at a time."""
    kinds = {
        "wrong context": (r"(?:Goto|Gosub)\((?!again|s,|t,|\$)([a-z][a-z-]+),", "nowhere"),
        "wrong branch": (r"\?([a-z][a-z-]+)[,:)]", "nowhere"),
        "missing prompt": (
            r"(?:Playback|Background|CENTRE_PROMPT,|Read\(CENTRE_KEYS,)\(?([a-z][a-z-]+)",
            "never-said",
        ),
        "unknown application": (r",(?:\d+|n(?:\([a-z]+\))?),([A-Z]\w+)", "Sytsem"),
        "lost context": (r"^(\[[a-z-]+\])$", "; lost"),
        "swapped language": (r"Set\(CENTRE_LANGUAGE=(?!ko)([a-z]{2})\)", None),
        "lost label": (r"=> n(\([a-z]+\))", ""),
        "unknown queue": (r"Queue\(([a-z]+)", "nobody"),
        "unknown script": (r"Gosub\(ask,s,1\((\w+)", "horoscope"),
        "parenthesis lost": (r"^(?:exten|\ssame) => .*[a-z0-9}](\))$", ""),
    }
    for file, text in SHIPPED.items():
        for kind, (pattern, instead) in kinds.items():
            for found in re.finditer(pattern, text, re.MULTILINE):
                line = text[text.rfind("\n", 0, found.start(1)) + 1 :].split("\n", 1)[0]
                if line.lstrip().startswith(";"):
                    continue
                word = instead if instead is not None else {"en": "zh", "zh": "ja"}.get(found[1], "en")
                broken = text[: found.start(1)] + word + text[found.end(1) :]
                number = text.count("\n", 0, found.start(1)) + 1
                yield f"{kind} at {file}:{number}", {**SHIPPED, file: broken}


MUTATIONS = dict(mutations())


def test_there_are_more_than_two_hundred_ways_to_break_it() -> None:
    assert len(MUTATIONS) > 200


def test_every_mutation_is_found() -> None:
    assert [name for name, files in MUTATIONS.items() if not findings(files)] == []


# --- time to a queue ---------------------------------------------------------------------------------------


def silence(files: dict[str, str], seconds: float = 5.0, number: str = "120") -> float:
    flow = Flow(read(files))
    start = flow.extensions("entry")["s"][0]
    return seconds_to_queue(flow, start, lambda _: seconds, given={"CENTRE_ORIGIN_NUMBER": number})


def test_who_presses_nothing_hears_each_sentence_once_and_two_rounds_of_the_menu() -> None:
    assert (
        silence(SHIPPED) == 2 + 3 * 5.0 + 3 + 2
    )  # greeting, menu, menu-short, the two waits, one question to agi
    assert silence(SHIPPED, number="121") == silence(SHIPPED) + 5.0  # the notice


def test_a_menu_that_never_lets_go_is_told() -> None:
    text = SHIPPED["30-menu.conf"].replace("?again,1:queue,s,1", "?again,1:again,1")
    with pytest.raises(NeverThere):
        silence({**SHIPPED, "30-menu.conf": text})


def test_a_longer_wait_takes_longer() -> None:
    text = SHIPPED["30-menu.conf"].replace("WaitExten(3)", "WaitExten(60)", 1)
    assert silence({**SHIPPED, "30-menu.conf": text}) == silence(SHIPPED) + 57


def test_every_language_has_its_key() -> None:
    assert set(KNOWN.language_keys.values()) == set(LANGUAGES) - {"ko"}
