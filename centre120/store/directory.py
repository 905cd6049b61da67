"""The city's directory: who is in charge, by which number, who stands in for whom; and the search in it.

The search is forgiving: words in any order, spacing ignored, a wrong letter tolerated (centre120/folding.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert

from centre120.folding import fold, letters, words
from centre120.store.database import Transaction
from centre120.store.rows import columns_of, to_value, to_values
from centre120.store.schema.directory import departments, officials

ALIKE = 0.55  # word_similarity of letters from which a name counts as mistyped, not as another name
_FIRST_DIGITS = 3  # shorter numbers match too much


@dataclass(frozen=True)
class Department:
    department_id: int
    code: str
    kind: str
    parent_id: int | None
    name_ko: str
    name_en: str
    district: str | None
    duty_ko: str
    duty_en: str
    number: str


@dataclass(frozen=True)
class DirectoryHit:
    """A department or an official. `absent_*` and `deputy_*` are set only while the official is absent."""

    kind: str  # department or official
    department_id: int
    official_id: int | None
    name_ko: str
    name_en: str
    title: str
    department_ko: str
    department_en: str
    district: str | None
    duty_ko: str
    duty_en: str
    number: str
    absent_until: datetime | None
    absence_reason: str | None
    deputy_id: int | None
    deputy_name: str | None
    deputy_number: str | None
    score: float


def search_directory(tx: Transaction, text: str, now: datetime, limit: int = 20) -> list[DirectoryHit]:
    """Best first: departments and officials by name, duty, district or number."""
    if not fold(text):
        return []
    rows = [*tx.execute(_departments(text, limit)), *tx.execute(_officials(text, now, limit))]
    hits = to_values(DirectoryHit, rows)
    return sorted(hits, key=lambda hit: (-hit.score, hit.kind, len(hit.name_ko), hit.name_ko))[:limit]


def _departments(text: str, limit: int) -> Any:
    there = departments.c
    score = _score(text, there, fold_of_name=[there.name_ko, there.name_en])
    nothing = literal(None)
    return (
        select(
            literal("department").label("kind"),
            there.department_id,
            nothing.label("official_id"),
            there.name_ko,
            there.name_en,
            literal("").label("title"),
            there.name_ko.label("department_ko"),
            there.name_en.label("department_en"),
            there.district,
            there.duty_ko,
            there.duty_en,
            there.number,
            nothing.label("absent_until"),
            nothing.label("absence_reason"),
            nothing.label("deputy_id"),
            nothing.label("deputy_name"),
            nothing.label("deputy_number"),
            score.label("score"),
        )
        .where(_found(text, there))
        .order_by(score.desc(), func.length(there.name_ko), there.department_id)
        .limit(limit)
    )


def _officials(text: str, now: datetime, limit: int) -> Any:
    there, deputy = officials.c, officials.alias("deputy")
    absent = and_(
        there.absence_reason.is_not(None),
        or_(there.absent_from.is_(None), there.absent_from <= now),
        or_(there.absent_until.is_(None), there.absent_until > now),
    )
    score = _score(text, there, fold_of_name=[there.name, there.name_latin])

    def while_absent(column: ColumnElement[Any]) -> ColumnElement[Any]:
        return case((absent, column), else_=None)

    return (
        select(
            literal("official").label("kind"),
            there.department_id,
            there.official_id,
            there.name.label("name_ko"),
            there.name_latin.label("name_en"),
            there.title,
            departments.c.name_ko.label("department_ko"),
            departments.c.name_en.label("department_en"),
            departments.c.district,
            there.duty.label("duty_ko"),
            literal("").label("duty_en"),
            there.number,
            while_absent(there.absent_until).label("absent_until"),
            while_absent(there.absence_reason).label("absence_reason"),
            while_absent(deputy.c.official_id).label("deputy_id"),
            while_absent(deputy.c.name).label("deputy_name"),
            while_absent(deputy.c.number).label("deputy_number"),
            score.label("score"),
        )
        .select_from(
            officials.join(departments, departments.c.department_id == there.department_id).outerjoin(
                deputy, deputy.c.official_id == there.deputy_id
            )
        )
        .where(_found(text, there))
        .order_by(score.desc(), there.official_id)
        .limit(limit)
    )


def _digits(text: str) -> str:
    digits = "".join(sign for sign in text if sign.isascii() and sign.isdigit())
    return digits if len(digits) >= _FIRST_DIGITS else ""


def _all_words(text: str, there: Any) -> ColumnElement[bool]:
    return and_(*(there.folded.contains(word, autoescape=True) for word in words(text)))


def _telling_words(text: str) -> list[str]:
    """Words long enough to mean something by themselves: `쓰레기 버리는 곳` is about 쓰레기."""
    return [word for word in words(text) if len(word) >= 2]


def _found(text: str, there: Any) -> ColumnElement[bool]:
    ways = [
        there.folded.contains(fold(text), autoescape=True),
        _all_words(text, there),
        func.word_similarity(letters(text), there.letters) >= ALIKE,
        *(there.folded.contains(word, autoescape=True) for word in _telling_words(text)),
    ]
    if _digits(text):
        ways.append(there.number.startswith(_digits(text)))
    return or_(*ways)


def _score(text: str, there: Any, fold_of_name: list[ColumnElement[str]]) -> ColumnElement[float]:
    """4 the number, 3 the whole name, 2 all words, then how many of them; likeness orders equals."""
    alike = func.word_similarity(letters(text), there.letters)
    names = [func.lower(func.replace(name, " ", "")) == fold(text) for name in fold_of_name]
    steps = [(or_(*names), 3.0), (_all_words(text, there), 2.0)]
    if _digits(text):
        steps.insert(0, (there.number.startswith(_digits(text)), 4.0))
    telling = _telling_words(text)
    some = [case((there.folded.contains(word, autoescape=True), 1.0), else_=0.0) for word in telling]
    share = sum(some, literal(0.0)) / max(1, len(telling))
    return case(*steps, else_=share) + alike


def find_department(tx: Transaction, department_id: int) -> Department | None:
    """One department."""
    query = select(*columns_of(Department, departments)).where(departments.c.department_id == department_id)
    row = tx.execute(query).one_or_none()
    return to_value(Department, row) if row else None


def list_departments(
    tx: Transaction, *, kind: str | None = None, parent_id: int | None = None
) -> list[Department]:
    """By code; of one kind, or below one parent."""
    query = select(*columns_of(Department, departments)).order_by(departments.c.code)
    if kind is not None:
        query = query.where(departments.c.kind == kind)
    if parent_id is not None:
        query = query.where(departments.c.parent_id == parent_id)
    return to_values(Department, tx.execute(query))


def list_department_names(tx: Transaction) -> list[tuple[int, str, str]]:
    """(department_id, Korean, English) of all."""
    query = select(departments.c.department_id, departments.c.name_ko, departments.c.name_en)
    return [(row.department_id, row.name_ko, row.name_en) for row in tx.execute(query)]


def record_departments(tx: Transaction, rows: list[dict[str, Any]]) -> dict[str, int]:
    """Write departments by their code (insert or replace); code -> department_id."""
    searched = [
        row | _search_text(row, "name_ko", "name_en", "district", "duty_ko", "duty_en", "number")
        for row in rows
    ]
    return _write(tx, departments, searched, "department_id")


def record_officials(tx: Transaction, rows: list[dict[str, Any]]) -> dict[str, int]:
    """Write officials by their code (insert or replace); code -> official_id."""
    searched = [row | _search_text(row, "name", "name_latin", "title", "duty", "number") for row in rows]
    return _write(tx, officials, searched, "official_id")


def _search_text(row: Mapping[str, Any], *names: str) -> dict[str, str]:
    parts = [str(row.get(name) or "") for name in names]
    return {
        "folded": " ".join(filter(None, map(fold, parts))),
        "letters": " ".join(filter(None, map(letters, parts))),
    }


def _write(tx: Transaction, table: Any, rows: list[dict[str, Any]], key: str) -> dict[str, int]:
    known: dict[str, int] = {}
    for start in range(0, len(rows), 500):
        statement = insert(table).values(rows[start : start + 500])
        replaced = {name: statement.excluded[name] for name in rows[start] if name != "code"}
        written = statement.on_conflict_do_update(index_elements=[table.c.code], set_=replaced)
        known |= {code: ident for code, ident in tx.execute(written.returning(table.c.code, table.c[key]))}
    return known
