"""Asterisk's CEL and CDR files are rotated under real calls, every few records: nothing lost, nothing doubled.

Real Asterisk writing, the recorder as its own program renaming, real PostgreSQL; then the books, by three witnesses.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from centre120.store.database import Database
from centre120.store.schema.witnesses import cdr, cel, rejected_lines
from ops.books import balance, to_text
from phones import tones
from tests.pbx.conftest import AGENTS, Room
from tests.support.centre import Centre, poll, running, until
from tests.support.database import migrated, postgres, url_of  # noqa: F401 - a fixture
from tests.support.postgres import PrivatePostgres

pytestmark = pytest.mark.timeout(180)
BEGAN = datetime.now(UTC)
PART_MB = 0.004  # about twelve records: each call is spread over several parts
CALLS, AT_A_TIME = 12, 3


@pytest.fixture(scope="module")
def database(postgres: PrivatePostgres) -> Iterator[Database]:  # noqa: F811 - the fixture
    with migrated(postgres, "rotation") as database:
        yield database


@pytest.fixture(scope="module")
def centre(database: Database) -> Iterator[Centre]:
    made = Centre(AGENTS, url_of(database), ring_seconds=3, wrap_up_seconds=1, events_part_mb=PART_MB)
    made.employ(AGENTS)
    with running(made, "asterisk", "agi", "ari_app") as centre:
        centre.start("recorder")
        yield centre


@pytest.fixture
async def room(centre: Centre) -> AsyncIterator[Room]:
    poll(lambda: set(centre.health().get("agents", {})) == set(AGENTS), 10, "the roster of the database")
    room = Room(centre)
    yield room
    for phone in room.phones:
        if phone.user in AGENTS:
            await room.key(phone, "*12")
    await room.close()


def lines_of(directory: Path) -> tuple[list[Path], list[dict[str, Any]]]:
    """All parts, and what they hold."""
    parts = [path for path in directory.rglob("*.json*") if path.is_file()]
    return parts, [json.loads(line) for part in parts for line in part.read_bytes().splitlines()]


async def test_calls_across_rotations_are_whole_and_the_books_balance(
    centre: Centre, room: Room, database: Database
) -> None:
    for extension in AGENTS:
        await room.agent(extension)
    agents = [tones.AGENTS[int(extension) % len(tones.AGENTS)] for extension in AGENTS]

    async def one(number: int) -> None:
        call = await room.citizen(f"0102100{number:04d}")
        await call.answered(5)
        await call.press("0")
        listening = [asyncio.create_task(call.heard(tone, within=25)) for tone in agents]
        done, rest = await asyncio.wait(listening, return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        assert [task for task in done if task.exception() is None], f"no agent for call {number}"
        await call.hangup()

    def archived() -> int:
        return len(list((centre.settings.cel_file.parent / "archive").glob("*")))

    for first in range(0, CALLS, AT_A_TIME):
        before = archived()
        await asyncio.gather(*(one(number) for number in range(first, first + AT_A_TIME)))
        await until(lambda before=before: archived() > before, 10, "a part of Asterisk's events put aside")

    query = sa.text("select count(*) from calls where outcome = 'answered' and ended_at is not null")

    def answered() -> bool:
        with database.transaction() as tx:
            return tx.scalar(query) == CALLS

    await until(answered, 20, "all calls on record")
    poll(lambda: not centre.leaks(), 10, "channels gone")
    books = balance(centre.settings, BEGAN, patience_seconds=15)
    assert books.balanced, to_text(books, ZoneInfo("Asia/Seoul"))
    assert (books.invites, books.endings["answered"]) == (CALLS, CALLS)

    settings = centre.settings
    witnesses = ((cel, settings.cel_file.parent, 4), (cdr, settings.cdr_file.parent, 1))
    for table, directory, rotations in witnesses:
        parts, records = lines_of(directory)
        assert len([part for part in parts if part.parent.name == "archive"]) >= rotations, table.name
        with database.transaction() as tx:
            stored = tx.scalar(sa.select(sa.func.count()).select_from(table))
            rejected = tx.scalar(sa.select(sa.func.count()).select_from(rejected_lines))
        assert (stored, rejected) == (len(records), 0), table.name
        if table is cel:
            doubled = [line for line, times in Counter(map(str, records)).items() if times > 1]
            assert doubled == []
            born = {one["uniqueid"] for one in records if one["eventtype"] == "CHAN_START"}
            assert born and born == {one["uniqueid"] for one in records if one["eventtype"] == "CHAN_END"}
        else:
            keys = Counter((one["uniqueid"], one["sequence"]) for one in records)
            assert max(keys.values()) == 1
