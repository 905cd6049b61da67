"""Cases for a benchmark: made up, the same every time, in the mix of the real centres. Only ever into a database of its own."""

import random
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import text as sql

from centre120.case_terms import DISTRICT, STATUS, TOPIC
from centre120.cases import case_number
from centre120.search_terms import index_terms
from centre120.settings import REPOSITORY
from centre120.store.case_search import analyse_cases
from centre120.store.database import Database
from centre120.tracking import RANDOM_CODES, tracking_code

FIRST_DAY, DAYS = datetime(2024, 1, 1, tzinfo=UTC), timedelta(days=1060)
COLUMNS = (
    "case_id, case_number, tracking_code, citizen_number, topic, status, summary, text, district, opened_at"
)
_Row = tuple[tuple[object, ...], list[str]]


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads((REPOSITORY / "demo" / "synthetic_cases.toml").read_text(encoding="utf-8"))


def names(choice: random.Random, count: int = 4_000) -> list[str]:
    """Made-up names of citizens."""
    family, given = _words()["family"], _words()["given"]
    return [choice.choice(family) + choice.choice(given) + choice.choice(given) for _ in range(count)]


def fill(database: Database, count: int, progress: Callable[[str], None] = lambda _: None) -> None:
    """`count` cases over three years. Refuses a database that has any."""
    with database.transaction() as tx:
        if tx.scalar(sql("SELECT 1 FROM cases LIMIT 1")):
            raise ValueError("this database has cases already; synthetic ones only go into one of their own")
        tx.execute(sql("DROP INDEX case_search_terms_idx"))
    for start in range(0, count, 50_000):
        _copy(database, start, min(start + 50_000, count), count)
        progress(f"{min(start + 50_000, count):,} of {count:,} cases")
    with database.transaction() as tx:
        progress("index of the terms")
        tx.execute(sql("SET LOCAL maintenance_work_mem = '512MB'"))
        tx.execute(sql("CREATE INDEX case_search_terms_idx ON case_search USING gin (terms)"))
    with database.transaction() as tx:
        progress("statistics")
        analyse_cases(tx)


def _copy(database: Database, start: int, end: int, count: int) -> None:
    rows = list(_rows(start, end, count))
    connection = database.engine.raw_connection()
    try:
        with connection.cursor() as cursor:  # type: ignore[attr-defined]
            with cursor.copy(f"COPY cases ({COLUMNS}) FROM STDIN") as copy:
                for row, _ in rows:
                    copy.write_row(row)
            with cursor.copy("COPY case_search (case_id, opened_at, terms) FROM STDIN") as copy:
                for row, terms in rows:
                    # psycopg's own arrays take five times as long; these terms hold no quotes
                    copy.write_row((row[0], row[-1], '{"' + '","'.join(terms) + '"}'))
        connection.commit()
    finally:
        connection.close()


def _rows(start: int, end: int, count: int) -> Iterator[_Row]:
    choice = random.Random(120 + start)  # noqa: S311 - a benchmark that is the same every time
    people, words = names(random.Random(120)), _words()  # noqa: S311
    terms = cache(lambda fragment: index_terms("", [fragment]))
    topics, statuses = words["topics"], words["statuses"]
    chosen = choice.choices(list(topics), list(topics.values()), k=end - start)
    stands = choice.choices(list(statuses), list(statuses.values()), k=end - start)
    for number, topic, status in zip(range(start, end), chosen, stands, strict=True):
        subjects = words["subjects"]
        subject = choice.choice(subjects.get(topic.split(".")[0], subjects["else"]))
        place, outcome = choice.choice(words["places"]), choice.choice(words["outcomes"])
        name, ticket = choice.choice(people), f"{choice.randrange(10**6):06d}"
        district = choice.choice(words["districts"])
        text = f"{subject}. {place} 근처. {name} 님. 접수 {ticket}. {outcome}"
        lists = {STATUS + status, TOPIC + topic, DISTRICT + district}
        said = {term for part in (subject, place, "근처", name, "님", outcome) for term in terms(part)}
        opened = FIRST_DAY + DAYS * (number / count)
        row = {
            "case_id": number + 1,
            "case_number": case_number(opened.date(), 1 + number // 90_000 % 9, number % 90_000 + 1),
            "tracking_code": tracking_code(number * 83_177 % RANDOM_CODES),
            "citizen_number": f"010{choice.randrange(10**8):08d}",
            "topic": topic,
            "status": status,
            "summary": subject,
            "text": text,
            "district": district,
            "opened_at": opened,
        }
        yield tuple(row.values()), sorted(said | lists | set(index_terms("", [ticket])))
