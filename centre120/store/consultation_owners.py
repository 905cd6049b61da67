"""Who may be in charge of an entry: departments and officials by what people write of them, and how pages name them."""

from dataclasses import dataclass

from sqlalchemy import select

from centre120.entries import RowRefused
from centre120.store.database import Transaction
from centre120.store.schema.cases import topics
from centre120.store.schema.directory import departments, officials


@dataclass(frozen=True)
class OfficialInCharge:
    official_id: int
    code: str
    name: str
    title: str
    number: str
    duty: str


@dataclass(frozen=True)
class Owners:
    """Keys are codes, names and numbers as written; a name that several have maps to None."""

    departments: dict[str, int | None]
    officials: dict[str, int | None]
    topics: frozenset[str]
    department_codes: dict[int, str]
    official_codes: dict[int, str]

    def department(self, text: str) -> int | None:
        """Raises RowRefused when nobody, or more than one, is called so."""
        return _one(self.departments, text, "department")

    def official(self, text: str) -> int | None:
        """Raises RowRefused when nobody, or more than one, is called so."""
        return _one(self.officials, text, "official")

    def topic(self, text: str) -> str | None:
        """Raises RowRefused when there is no such topic."""
        if text.strip() and text.strip() not in self.topics:
            raise RowRefused(f"topic: there is no topic {text.strip()[:40]}")
        return text.strip() or None


def _one(known: dict[str, int | None], text: str, name: str) -> int | None:
    key = _key(text)
    if not key:
        return None
    if key not in known:
        raise RowRefused(f"{name}: the directory has no {text.strip()[:60]}")
    found = known[key]
    if found is None:
        raise RowRefused(f"{name}: the directory has several {text.strip()[:60]}; write the code")
    return found


def _key(text: str) -> str:
    stripped = "".join(text.split()).casefold()
    digits = stripped.replace("-", "")
    return digits if digits.isascii() and digits.isdigit() else stripped


def read_owners(tx: Transaction) -> Owners:
    """The whole directory, a few thousand rows at most."""
    there, people = departments.c, officials.c
    offices = tx.execute(select(there.department_id, there.code, there.name_ko, there.name_en)).all()
    persons = tx.execute(select(people.official_id, people.code, people.name, people.number)).all()
    return Owners(
        _by_key([(row.department_id, (row.code,), (row.name_ko, row.name_en)) for row in offices]),
        _by_key([(row.official_id, (row.code,), (row.name, row.number)) for row in persons]),
        frozenset(tx.scalars(select(topics.c.code))),
        {row.department_id: row.code for row in offices},
        {row.official_id: row.code for row in persons},
    )


def _by_key(rows: list[tuple[int, tuple[str, ...], tuple[str, ...]]]) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for ident, _, names in rows:
        for name in {_key(name) for name in names if name}:
            found[name] = None if name in found else ident
    for ident, codes, _ in rows:
        found |= {_key(code): ident for code in codes}  # a code beats a name
    return found


def find_official(tx: Transaction, official_id: int) -> OfficialInCharge | None:
    """One official."""
    there = officials.c
    row = tx.execute(
        select(there.official_id, there.code, there.name, there.title, there.number, there.duty).where(
            there.official_id == official_id
        )
    ).one_or_none()
    return OfficialInCharge(**row._mapping) if row else None
