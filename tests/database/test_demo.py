"""The demo city is whole, the same every time, and quick to load."""

import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from centre120.names import LANGUAGES
from centre120.settings import Settings
from centre120.store import agents
from centre120.store.database import Database
from centre120.store.demo import load_demo
from centre120.store.directory import list_departments, search_directory
from centre120.store.first_logins import create_first_logins
from centre120.store.schema import metadata


def test_demo_city(fresh: Database, fresh_url: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=fresh_url)
    steps: list[str] = []
    counts = load_demo(settings, steps.append)
    assert len(steps) == 5 and settings.roster_file.exists()
    assert (counts.entries, counts.questions, counts.officials, counts.agents) == (456, 5518, 60, 12)
    with fresh.transaction() as tx:
        kinds = Counter(department.kind for department in list_departments(tx))
        assert kinds == {"department": 100, "office": 44, "district": 25, "district-department": 25 * 50}
        departments = list_departments(tx)
        numbers = [department.number for department in departments]
        numbers += tx.scalars(sa.select(metadata.tables["officials"].c.number)).all()
        assert len(set(numbers)) == len(numbers)
        assert all(len(number) == 10 and number.startswith("027") for number in numbers)
        speaking = Counter(language for agent in agents.list_agents(tx) for language in agent.languages)
        assert speaking["ko"] == 12 and all(speaking[language] >= 2 for language in LANGUAGES)
        before = {agent.extension: agent.ha1 for agent in agents.list_agents(tx)}
        now = datetime.now(UTC)
        assert search_directory(tx, "강남구 청소 행정과", now)[0].name_ko == "강남구 청소행정과"
        assert search_directory(tx, "텍시정책과", now)[0].name_ko == "택시정책과"
        begun = time.monotonic()
        search_directory(tx, "쓰레기 무단투기", now)
        assert time.monotonic() - begun < 1
        absent = [hit for hit in search_directory(tx, "0274", now, 100) if hit.absence_reason]
        assert len(absent) == 10 and all(hit.deputy_number for hit in absent)
    rows = {name: count(fresh, name) for name in metadata.tables}
    assert load_demo(settings) == counts
    assert {name: count(fresh, name) for name in metadata.tables} == rows
    with fresh.transaction() as tx:
        assert {agent.extension: agent.ha1 for agent in agents.list_agents(tx)} == before
    logins = create_first_logins(fresh_url, demo=True)
    assert [login.extension for login in logins] == [None, None, *sorted(before)]


def count(database: Database, table: str) -> int:
    with database.transaction() as tx:
        return tx.scalar(sa.select(sa.func.count()).select_from(metadata.tables[table])) or 0
