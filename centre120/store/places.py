"""The gazetteer: landmarks and addresses with the district that answers for them; searched with typing errors."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert

from centre120.folding import letters
from centre120.store.database import Transaction
from centre120.store.rows import columns_of, to_value, to_values
from centre120.store.schema.case_work import places

_SEARCH = sql("""
SELECT place_id, code, kind, name_ko, name_en, address, district, latitude, longitude,
       word_similarity(:asked, letters) AS score
FROM places WHERE active AND (letters LIKE :inside OR :asked <% letters)
ORDER BY (letters LIKE :begins) DESC, score DESC, name_ko LIMIT :limit
""")


@dataclass(frozen=True)
class Place:
    place_id: int
    code: str
    kind: str
    name_ko: str
    name_en: str
    address: str
    district: str
    latitude: float | None
    longitude: float | None


def find_place(tx: Transaction, place_id: int) -> Place | None:
    """By its key."""
    row = tx.execute(select(*columns_of(Place, places)).where(places.c.place_id == place_id)).one_or_none()
    return to_value(Place, row) if row else None


def search_places(tx: Transaction, text: str, limit: int = 8) -> list[Place]:
    """Best first; spaces do not matter, a wrong letter is forgiven."""
    asked = letters(text)
    if len(asked) < 2:
        return []
    values = {"asked": asked, "inside": f"%{asked}%", "begins": f"{asked}%", "limit": limit}
    found = [row._mapping for row in tx.execute(_SEARCH, values)]
    return [Place(**{name: value for name, value in row.items() if name != "score"}) for row in found]


def list_districts(tx: Transaction) -> list[str]:
    """Every district that has a place."""
    return list(tx.scalars(select(places.c.district).distinct().order_by(places.c.district)))


def record_places(tx: Transaction, rows: Iterable[Mapping[str, Any]]) -> int:
    """Add, or change by `code`; the number of rows."""
    values = [
        {**row, "letters": letters(f"{row['name_ko']} {row.get('name_en', '')} {row.get('address', '')}")}
        for row in rows
    ]
    if values:
        statement = insert(places)
        again = {name: statement.excluded[name] for name in values[0] if name != "code"}
        tx.execute(statement.on_conflict_do_update(index_elements=["code"], set_=again), values)
    return len(values)


def place_row(cells: Mapping[str, str]) -> dict[str, Any]:
    """A row of a CSV file as record_places takes it. Raises KeyError for a missing column, ValueError for a coordinate."""
    named = {name: cells[name].strip() for name in ("code", "kind", "name_ko", "district")}
    more = {name: (cells.get(name) or "").strip() for name in ("name_en", "address")}
    found = {name: (cells.get(name) or "").strip() for name in ("latitude", "longitude")}
    return {**named, **more, **{name: float(text) if text else None for name, text in found.items()}}


def list_places(tx: Transaction) -> list[Place]:
    """All that are used, by name."""
    return to_values(
        Place,
        tx.execute(select(*columns_of(Place, places)).where(places.c.active).order_by(places.c.name_ko)),
    )
