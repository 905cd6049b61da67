"""The allow-list of dialplan/70-toll.conf: closed patterns, no costly number, every number of the demo city's directory."""

import re

import pytest

from centre120.settings import REPOSITORY
from tests.attacks.test_toll import ALLOWED, COSTLY

TEXT = (REPOSITORY / "dialplan" / "70-toll.conf").read_text(encoding="utf-8")
PATTERNS = re.findall(
    r"^exten => ([^,]+),1,NoOp", TEXT.partition("[toll-numbers]")[2].partition("\n[")[0], re.MULTILINE
)


def permitted(number: str) -> bool:
    """As Asterisk matches: X any digit, N two to nine, sets in brackets; without an underscore the number itself."""
    for pattern in PATTERNS:
        wanted = (
            pattern[1:].replace("N", "[2-9]").replace("X", "[0-9]") if pattern.startswith("_") else pattern
        )
        if re.fullmatch(wanted, number):
            return True
    return False


def test_no_pattern_is_open() -> None:
    assert len(PATTERNS) > 5
    assert not [pattern for pattern in PATTERNS if re.search(r"[.!]", pattern)]


@pytest.mark.parametrize("number", COSTLY.values(), ids=COSTLY.keys())
def test_costly_numbers_are_not_in_the_list(number: str) -> None:
    assert not permitted(number)


@pytest.mark.parametrize("number", ALLOWED)
def test_ordinary_numbers_are(number: str) -> None:
    assert permitted(number)


def test_every_number_of_the_demo_citys_directory_can_be_dialled() -> None:
    """Their numbers are made from the beginnings that stand in the loader; with zeros they have ten digits."""
    source = (REPOSITORY / "centre120" / "store" / "demo.py").read_text(encoding="utf-8")
    beginnings = set(re.findall(r'f"(0[0-9]{2,})\{', source))
    assert len(beginnings) > 2
    assert [one for one in beginnings if not permitted(one.ljust(10, "0"))] == []


def test_every_way_out_by_a_trunk_asks_first() -> None:
    """A Dial to a trunk stands in a context that has asked `toll` before."""
    for file in (REPOSITORY / "dialplan").glob("*.conf"):
        for context in re.split(r"^\[", file.read_text(encoding="utf-8"), flags=re.MULTILINE):
            lines = [line for line in context.splitlines() if not line.lstrip().startswith(";")]
            ways = [number for number, line in enumerate(lines) if "Dial(" in line and "@trunk_" in line]
            asked = [number for number, line in enumerate(lines) if "Gosub(toll,s,1(" in line]
            assert not ways or (asked and asked[0] < ways[0]), context.partition("]")[0]
            if ways:
                assert 'GotoIf($["${GOSUB_RETVAL}"="yes"]' in lines[asked[0] + 1]


def test_no_phone_chooses_where_its_calls_go() -> None:
    """Every Dial ignores a 302; a Queue likewise."""
    for file in (REPOSITORY / "dialplan").glob("*.conf"):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.lstrip().startswith(";"):
                continue
            for arguments in re.findall(r"\bDial\((PJSIP/.*)\)$", line):
                options = arguments.split(",")[-1]
                assert "i" in re.sub(r"\([^)]*\)+", "", options) or options == "${ARG3}", line
            for arguments in re.findall(r"\bQueue\((.*)\)$", line):
                assert arguments.split(",")[1] == "i", line
