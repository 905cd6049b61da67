"""Rows of a spreadsheet into entries and back. A row that can not be is reported with its line; the others are kept."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from centre120.clean_text import clean_text
from centre120.entries import LONGEST_CODE, EntryFields, RowRefused, cell_text, checked, day_of, safe_cell
from centre120.store.consultation import Entry, add_entries, change_entry, list_entries
from centre120.store.consultation_owners import Owners, read_owners
from centre120.store.consultation_search import analyse
from centre120.store.database import Database, Transaction

COLUMNS = (
    *("code", "title", "answer", "questions", "topic", "department", "official"),
    *("valid_from", "valid_until", "review_on", "source", "language", "dispute"),
)
_KOREAN = dict(
    zip(
        (
            "코드",
            "제목",
            "답변",
            "질문",
            "분야",
            "부서",
            "담당자",
            "시작일",
            "종료일",
            "검토일",
            "출처",
            "언어",
            "이의",
        ),
        COLUMNS,
        strict=True,
    )
)
BATCH = 1_000
AUTHOR = "import"


@dataclass(frozen=True)
class RejectedRow:
    line: int  # of the file, the first is 1
    code: str
    why: str


@dataclass
class ImportReport:
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)


def column_of(name: str) -> str:
    """The column a heading names, in English or Korean; the heading itself when it is none of ours."""
    plain = name.strip().casefold().replace(" ", "_")
    return _KOREAN.get(plain, plain)


def load_rows(
    database: Database,
    rows: list[tuple[int, dict[str, str]]],
    reason: str,
    now: datetime,
    *,
    check: bool = False,
    progress: Callable[[str], None] = lambda _text: None,
) -> ImportReport:
    """Write the rows, a thousand in a transaction: an import that is cut off is simply run again."""
    report = ImportReport()
    with database.transaction() as tx:
        owners = read_owners(tx)
        stored = {entry.code: entry for entry in list_entries(tx)}
    new: list[tuple[str, EntryFields]] = []
    changed: list[tuple[Entry, EntryFields]] = []
    seen: dict[str, int] = {}
    for line, cells in rows:
        code = cell_text(clean_text(cells.get("code", ""), LONGEST_CODE + 1)).strip()
        try:
            fields = _fields(code, cells, owners)
            if code in seen:
                raise RowRefused(f"code {code} stands in line {seen[code]} already")
        except RowRefused as error:
            report.rejected.append(RejectedRow(line, code, str(error)))
            continue
        seen[code] = line
        known = stored.get(code)
        if known is None:
            new.append((code, fields))
        elif known.fields != fields:
            changed.append((known, fields))
        else:
            report.unchanged += 1
    report.added, report.changed = len(new), len(changed)
    if check:
        return report
    for start in range(0, len(new), BATCH):
        with database.transaction() as tx:
            add_entries(tx, new[start : start + BATCH], AUTHOR, reason, now)
        progress(f"{min(start + BATCH, len(new))} of {len(new)} added")
    for start in range(0, len(changed), BATCH):
        with database.transaction() as tx:
            for entry, fields in changed[start : start + BATCH]:
                change_entry(tx, entry.entry_id, entry.version, fields, AUTHOR, reason or AUTHOR, now)
        progress(f"{min(start + BATCH, len(changed))} of {len(changed)} changed")
    with database.transaction() as tx:
        analyse(tx)
    return report


def _fields(code: str, cells: dict[str, str], owners: Owners) -> EntryFields:
    given = {name: cell_text(cells.get(name) or "") for name in COLUMNS}
    if not code:
        raise RowRefused("code is empty")
    if len(code) > LONGEST_CODE:
        raise RowRefused(f"code is longer than {LONGEST_CODE} characters")
    separated = given["questions"] if "\n" in given["questions"] else given["questions"].replace("|", "\n")
    return checked(
        EntryFields(
            title=given["title"],
            answer=given["answer"],
            questions=tuple(separated.splitlines()),
            topic=owners.topic(given["topic"]),
            owner_department_id=owners.department(given["department"]),
            official_id=owners.official(given["official"]),
            valid_from=day_of(given["valid_from"], "valid_from"),
            valid_until=day_of(given["valid_until"], "valid_until"),
            review_on=day_of(given["review_on"], "review_on"),
            source=given["source"],
            language=given["language"].strip() or "ko",
            dispute=given["dispute"],
        )
    )


def list_rows(tx: Transaction) -> list[dict[str, str]]:
    """Every entry as load_rows reads it, each cell safe in a spreadsheet."""
    owners = read_owners(tx)
    return [
        {name: safe_cell(text) for name, text in _cells(entry, owners).items()} for entry in list_entries(tx)
    ]


def _cells(entry: Entry, owners: Owners) -> dict[str, str]:
    fields = entry.fields
    own = {name: "" if value is None else str(value) for name, value in fields.as_json().items()}
    told = own | {
        "code": entry.code,
        # a single question keeps its line end: one that holds a | must come back whole
        "questions": "".join(f"{question}\n" for question in fields.questions),
        "department": owners.department_codes.get(fields.owner_department_id or 0, ""),
        "official": owners.official_codes.get(fields.official_id or 0, ""),
    }
    return {name: told[name] for name in COLUMNS}
