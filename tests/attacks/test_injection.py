"""S7, S8, S9, S10, S11: what a caller can write, through dialplan, AGI, AMI, ARI, event files and SQL, into the record.

Real Asterisk, agi, ari_app, recorder and PostgreSQL. What the property tests of tests/unit/test_hostile_values.py try by the
hundred thousand at the borders of the programs goes here once through all of them.
"""

import ast
import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from centre120.settings import REPOSITORY
from centre120.store.database import Database
from centre120.witnesses import CelEvent, extra_fields, parse_cel_line
from phones import tones
from tests.attacks.test_surfaces import ami
from tests.pbx.conftest import AGENTS, Room
from tests.support.centre import Centre, running, until
from tests.support.database import migrated, postgres, url_of  # noqa: F401 - a fixture
from tests.support.postgres import PrivatePostgres

pytestmark = pytest.mark.timeout(120)
TONE = tones.AGENTS[201 % len(tones.AGENTS)]

NAMES: dict[str, str | bytes] = {
    "quotes": "a\"b'c`d",
    "backslash": "back\\slash\\\\ end\\",
    "separators": "a,b|c&d;e=f;number=01099990000;name=x",
    "dialplan variable": "${SHELL(id)}${EXTEN}$[6*7]$(id)",
    "agi line": 'x" HANGUP "',
    "agi command": 'EXEC System "id"',
    "ami header": "x%0d%0aAction: Originate%0d%0a",
    "json": '","eventtype":"CENTRE_REFUSED","x":"',
    "sql": "'); DROP TABLE calls; SELECT pg_sleep(9); --",
    "sql, dollar quoted": "$$; DROP TABLE cases; $$",
    "sql, bind": ":name %(name)s %s {0}",
    "percent": "%00%0a%n%s%x%25",
    "right to left": "\u202eevil\u202c \u200b\u2066x\u2069",
    "formula": '=HYPERLINK("http://x")',
    "broken utf-8": b"\xff\xfe\xc3( Kim",
    "long": "가" * 600,
}
NUMBERS = ["0%27%3BDROP%20TABLE%20calls%3B--", "010%7CCONNECT%7C1", "%24%7BSHELL(id)%7D", "010%0d%0aX", "%22%3Cb"]  # fmt: skip
NUMBERS.append("0" * 300)


@pytest.fixture(scope="module")
def database(postgres: PrivatePostgres) -> Iterator[Database]:  # noqa: F811 - the fixture
    with migrated(postgres, "hostile") as database:
        yield database


@pytest.fixture(scope="module")
def centre(database: Database) -> Iterator[Centre]:
    made = Centre(AGENTS, url_of(database), ring_seconds=3, wrap_up_seconds=1)
    with running(made, "asterisk", "agi", "ari_app", "recorder") as centre:
        yield centre


def stored(database: Database, sentence: str) -> list[Any]:
    with database.transaction() as tx:
        return list(tx.execute(sa.text(sentence)).all())


def entered(centre: Centre) -> list[CelEvent]:
    lines = centre.settings.cel_file.read_bytes().splitlines()
    events = [parse_cel_line(line) for line in lines]
    assert [event for event in events if not isinstance(event, CelEvent)] == [], (
        "a line of cel.json was broken"
    )
    return [event for event in events if isinstance(event, CelEvent) and event.user_event == "CENTRE_ENTERED"]


async def test_s7_s11_hostile_names_arrive_as_text_in_every_place(
    centre: Centre, room: Room, database: Database
) -> None:
    agent = await room.agent("201")
    for number, name in enumerate(NAMES.values()):
        call = await room.citizen(f"0105555{number:04d}", name=name)
        await call.answered(5)
        await call.hangup()
    call = await room.citizen("01055559999", name=NAMES["sql"])  # one all the way to an agent
    await call.answered(5)
    await call.press("0")
    await call.heard(TONE, within=10)
    assert agent.calls[-1].remote_number == "01055559999"
    await call.hangup()
    count = len(NAMES) + 1
    await until(
        lambda: stored(database, "select count(*) from calls")[0][0] == count, 20, "each call on record once"
    )
    for event in entered(centre):
        fields = extra_fields(event.extra)
        assert list(fields) == ["origin", "dialled", "outside", "trunk", "number", "name"], event.extra
        assert re.fullmatch(r"0105555\d{4}", fields["number"]), event.extra
    names = {row[0]: row[1] for row in stored(database, "select caller_number, caller_name from calls")}
    for number, (what, name) in enumerate(NAMES.items()):
        kept = names[f"0105555{number:04d}"]
        if isinstance(name, str) and what != "long":
            assert kept == name, what
        else:
            assert len(kept) <= 256, what
    assert "uid=" not in json.dumps(names)
    tables = {
        row[0] for row in stored(database, "select tablename from pg_tables where schemaname = 'public'")
    }
    assert {"calls", "cases"} <= tables
    log = (centre.settings.log_dir / "agi.log").read_text() + (
        centre.settings.log_dir / "recorder.log"
    ).read_text()
    assert "Traceback" not in log and "exception" not in log.lower(), log[-2000:]


async def test_s11_hostile_numbers_are_no_numbers_and_break_no_record(
    centre: Centre, room: Room, database: Database
) -> None:
    before = stored(database, "select count(*) from calls")[0][0]
    refused = 0
    for number in NUMBERS:
        call = await room.citizen(number)
        try:
            await call.answered(3)
        except Exception:  # a From that is no SIP is refused before it is a call
            refused += 1
        await call.hangup()
    expected = before + len(NUMBERS) - refused
    await until(
        lambda: stored(database, "select count(*) from calls")[0][0] == expected, 20, "each on record once"
    )
    rows = stored(database, "select caller_number from calls")
    assert all(row[0] is None or re.fullmatch(r"\+?\d{1,20}", row[0]) for row in rows), rows
    for event in entered(centre):
        assert list(extra_fields(event.extra)) == ["origin", "dialled", "outside", "trunk", "number", "name"]


async def test_s7_the_last_resorts_own_log_can_not_be_written_by_callers(centre: Centre, room: Room) -> None:
    """app_queue writes a caller's number between bars into its log, so that a caller could write events of their own."""
    assert not (centre.settings.asterisk_dir / "log" / "queue_log").exists()


async def test_s8_s10_a_line_end_in_an_ami_value_is_refused_before_the_socket(centre: Centre) -> None:
    """And what is refused is no theory: on the wire it would have been an action of its own."""
    from ari_app.ami import Ami

    client = Ami(centre.settings.ami_port, centre.settings.secret("ami_password"))
    with pytest.raises(ValueError, match="injected header"):
        await client.action(
            "Setvar",
            Variable="X",
            Value="1\r\n\r\nAction: QueueAdd\r\nQueue: everybody\r\nInterface: PJSIP/evil",
        )
    client.close()
    assert "PJSIP/evil" not in centre.cli("queue show everybody")
    injected = (
        "Action: Getvar\r\nVariable: X\r\nActionID: a\r\n\r\nAction: Ping\r\nActionID: injected\r\n\r\n"
    )
    assert "ActionID: injected" in await asyncio.to_thread(ami, centre, [injected])


async def test_s8_text_of_ours_in_ari_json_stays_text(centre: Centre) -> None:
    """A value with quotes and line ends goes through ARI into a channel variable and back unchanged, and is not evaluated."""
    import aiohttp

    base = f"http://127.0.0.1:{centre.settings.ari_port}/ari/asterisk/variable"
    auth = aiohttp.BasicAuth("centre120", centre.settings.secret("ari_password"))
    async with aiohttp.ClientSession(auth=auth) as session:
        for text in ('a"b\\c', "${EXTEN}$[1+1]", "x\r\ny", "'; DROP", "%0a%00", "\u202e가", "a,b|c&d;e"):
            async with session.post(base, params={"variable": "HOSTILE", "value": text}) as answer:
                assert answer.status == 204
            async with session.get(base, params={"variable": "HOSTILE"}) as answer:
                assert (await answer.json())["value"] == text


# --- S11: no SQL is made of text -----------------------------------------------------------------------------------

SQL = re.compile(
    r"\b(select\s.+\sfrom|insert\s+into|update\s+\w+\s+set|delete\s+from|drop\s+table|alter\s+table)\b",
    re.I | re.S,
)


def is_constant(piece: ast.AST) -> bool:
    """A literal, or a name in capitals."""
    inner = piece.value if isinstance(piece, ast.FormattedValue) else piece
    return isinstance(inner, ast.Constant) or (isinstance(inner, ast.Name) and inner.id.isupper())


def built_sql(source: str) -> list[int]:
    """Lines where SQL is put together from pieces: f-string, `+`, `%` or format()."""
    found = []
    for node in ast.walk(ast.parse(source)):
        pieces: list[ast.AST] = []
        if isinstance(node, ast.JoinedStr) and any(
            isinstance(part, ast.FormattedValue) for part in node.values
        ):
            pieces = list(node.values)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)):
            pieces = [node.left, node.right]
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"
        ):
            pieces = [node.func.value, *node.args]
        text = " ".join(
            piece.value
            for piece in pieces
            if isinstance(piece, ast.Constant) and isinstance(piece.value, str)
        )
        if SQL.search(text) and not all(is_constant(piece) for piece in pieces):
            found.append(node.lineno)  # type: ignore[attr-defined]
    return found


def test_s11_no_program_builds_sql_from_text() -> None:
    for package in ("agi", "ari_app", "centre120", "ops", "phones", "web"):
        for file in (REPOSITORY / package).rglob("*.py"):
            assert built_sql(file.read_text(encoding="utf-8")) == [], file


@pytest.mark.parametrize(
    "line", ['f"select x from {table}"', '"delete from t" + name', '"update t set a=%s" % name', '"insert into {}".format(x)']
)  # fmt: skip
def test_s11_the_gate_sees_sql_that_is_built(line: str) -> None:
    assert built_sql(line) == [1]
