"""Documents say what is true: settings, contexts, placeholders, links and commands are compared with the code."""

import re
from pathlib import Path

import pytest

from centre120.settings import REPOSITORY, Settings
from ops.cli import ELSEWHERE, cli

DOCUMENTS = sorted(
    [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md"), REPOSITORY / "demo" / "README.md"]
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
# written as code, on a line of its own or between backticks: prose may say "./120 test and so on"
COMMAND = re.compile(r"(?:^|`)\./120 ([a-z]+)", re.MULTILINE)


def text(*parts: str) -> str:
    return REPOSITORY.joinpath(*parts).read_text(encoding="utf-8")


def names_in(document: str) -> set[str]:
    """Everything written between backticks."""
    return set(re.findall(r"`([^`\n]+)`", document))


def anchors(document: str) -> set[str]:
    """The anchors of a page's headings, as code forges make them."""
    headings = re.findall(r"^#+ (.+)$", document, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def contexts() -> set[str]:
    files = (REPOSITORY / "dialplan").glob("*.conf")
    return {name for file in files for name in re.findall(r"^\[([\w-]+)\]", text(str(file)), re.MULTILINE)}


def placeholders() -> set[str]:
    """What asterisk.conf.d uses."""
    files = (REPOSITORY / "asterisk.conf.d").glob("*.conf")
    return {name for file in files for name in re.findall(r"@[A-Z][A-Z0-9_]*@", text(str(file)))}


def setting_rows() -> set[str]:
    """First cells of the table of settings."""
    table = text("docs", "operating.md").partition("## Settings")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE)
    return {name for row in rows for name in names_in(row)}


def test_every_setting_is_documented_and_the_other_way_round() -> None:
    assert setting_rows() == {name.upper() for name in Settings.model_fields}


def test_every_context_is_documented_and_the_other_way_round() -> None:
    promises = text("docs", "dialplan.md").partition("## Changing it")[0]
    assert set(re.findall(r"^\| `([\w-]+)` \|", promises, re.MULTILINE)) == contexts()


def test_every_placeholder_is_documented() -> None:
    assert len(placeholders()) > 10
    assert placeholders() - names_in(text("docs", "dialplan.md")) == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=[str(path.relative_to(REPOSITORY)) for path in DOCUMENTS])
def test_links_lead_somewhere(document: Path) -> None:
    broken = []
    for link in LINK.findall(document.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue  # elsewhere
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=[str(path.relative_to(REPOSITORY)) for path in DOCUMENTS])
def test_commands_exist(document: Path) -> None:
    named = set(COMMAND.findall(document.read_text(encoding="utf-8")))
    assert named - {*cli.commands, *ELSEWHERE} == set()


def test_every_decision_is_in_the_list_of_decisions() -> None:
    folder = REPOSITORY / "docs" / "decisions"
    pages = {path.name for path in folder.glob("*.md")} - {"README.md"}
    assert set(LINK.findall((folder / "README.md").read_text(encoding="utf-8"))) == pages


def test_every_kind_of_journal_record_is_in_the_contract_and_the_other_way_round() -> None:
    written = {
        kind
        for file in (REPOSITORY / "ari_app").glob("*.py")
        for kind in re.findall(r'(?:Record|_new_record)\(\s*"(\w+)"', text(str(file)))
    }
    table = text("docs", "architecture.md").partition("| kind |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| (\w+) \|", table, re.MULTILINE)) == written
