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
