"""docs/security.md names exactly the attacks that tests try, and the checks that the baseline makes."""

import re

from centre120.settings import REPOSITORY
from ops.baseline import CHECKS, GOOD

PAGE = (REPOSITORY / "docs" / "security.md").read_text(encoding="utf-8")
PROMISED = {f"S{number}" for number in (*range(1, 12), *range(16, 26), 34)}
ELSEWHERE = ("tests/unit/test_hostile_values.py", "tests/upkeep/test_dependencies.py")


def rows(heading: str) -> list[str]:
    """First cells of the table below a heading."""
    section = PAGE.partition(f"## {heading}")[2].partition("\n## ")[0]
    return re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE)[1:]


def tried() -> set[str]:
    """Attacks that tests are named after."""
    files = [
        *(REPOSITORY / "tests" / "attacks").glob("test_*.py"),
        *(REPOSITORY / path for path in ELSEWHERE),
    ]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    names = re.findall(r"def test_((?:s\d+_)+)", text)
    return {number.upper() for name in names for number in name.rstrip("_").split("_")} | set(
        re.findall(r'^"""(S34)\b', text, re.MULTILINE)
    )


def test_the_table_of_attacks_is_that_of_the_tests() -> None:
    listed = rows("What the tests try")
    assert len(listed) == len(set(listed))
    assert set(listed) == tried() == PROMISED


def test_the_table_of_checks_is_that_of_the_baseline() -> None:
    listed = {name for cell in rows("The baseline") for name in cell.split(", ")}
    assert listed == set(CHECKS) == set(GOOD)
