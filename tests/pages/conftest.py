"""The application with a real, migrated database of its own per module, a few people and a few calls."""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from centre120.cases import case_number
from centre120.settings import Settings
from centre120.store.agents import add_agent
from centre120.store.database import Database
from centre120.store.schema.calls import call_events, calls, offers
from centre120.store.users import add_user, change_password
from ops.secrets import ensure_secrets
from tests.support.database import create_database, postgres, template  # noqa: F401 - fixtures
from tests.support.postgres import PrivatePostgres
from web.app import create_app
from web.limits import limiter

PASSWORD = "a password for tests"
FIRST = "the first password"
HOSTILE = "\u202e</bdi></script><script>alert(1)</script><img src=x onerror=alert(2)>'\"&{{1234577*7}}"
NUMBER = "01099998888"


class Browser:
    """A person's browser without scripts."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()

    def get(self, path: str, **more: object) -> TestResponse:
        return self.client.get(path, **more)  # type: ignore[arg-type]

    def token(self, path: str = "/login") -> str:
        page = self.client.get(path, headers={"Accept": "text/html"})
        return re.search(r'name="csrf-token" content="([^"]+)"', page.text).group(1)  # type: ignore[union-attr]

    def log_in(self, login: str, password: str = PASSWORD) -> TestResponse:
        data = {"csrf_token": self.token(), "login": login, "password": password}
        return self.client.post("/login", data=data)

    def post(self, path: str, data: dict[str, object], form_page: str = "/password") -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token(form_page), **data})

    def post_json(self, path: str, value: object) -> TestResponse:
        return self.client.post(path, json=value, headers={"X-CSRFToken": self.token("/password")})


def settings_for(**given: object) -> Settings:
    """Settings of this test alone: the run's own ports and folders are not the page's."""
    with pytest.MonkeyPatch.context() as environment:
        for name in [name for name in os.environ if name.startswith("CENTRE120_")]:
            environment.delenv(name)
        return Settings(**given)  # type: ignore[arg-type]


class City:
    """What is in the database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.count = 0

    def call(
        self,
        agent: str | None = "201",
        *,
        name: str = "",
        number: str | None = NUMBER,
        result: str | None = "answered",
    ) -> UUID:
        """A call that was offered to `agent`."""
        call_id, now = uuid4(), datetime.now(UTC) - timedelta(seconds=20)
        answered = agent if result == "answered" else None
        with self.database.transaction() as tx:
            tx.execute(
                sa.insert(calls).values(
                    call_id=call_id,
                    caller_number=number,
                    caller_name=name,
                    origin_number="120",
                    dialled_number="02120",
                    language="ko",
                    arrived_at=now,
                    agent_extension=answered,
                    outcome="answered" if answered else "in-progress",
                )
            )
            details = {"caller_number": number, "caller_name": name, "origin_number": "120"}
            tx.execute(
                sa.insert(call_events).values(
                    call_id=call_id, at=now, kind="CallQueued", details=details, writer=f"t-{call_id}", seq=1
                )
            )
            if agent:
                tx.execute(
                    sa.insert(offers).values(
                        offer_id=str(uuid4()),
                        call_id=call_id,
                        agent_extension=agent,
                        offered_at=now,
                        result=result,
                    )
                )
        return call_id

    def number(self) -> str:
        """A case number of today that nobody has."""
        self.count += 1
        return case_number((datetime.now(UTC) + timedelta(hours=9)).date(), 1, self.count)


def own_case(agent: Browser, city: City) -> tuple[UUID, str]:
    """A call of this agent and the number of its case, which the agent has saved."""
    call_id = city.call("201")
    saved = agent.post_json(f"/desk/cases/{call_id}", {"text": "x", "case_number": city.number()})
    return call_id, saved.json["case"]["case_number"]  # type: ignore[index]


@pytest.fixture(scope="module")
def pages_url(postgres: PrivatePostgres, template: str, request: pytest.FixtureRequest) -> str:
    return create_database(postgres, f"pages_{request.module.__name__.rpartition('.')[2]}"[:60], template)


@pytest.fixture(scope="module")
def settings(pages_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home: Path = tmp_path_factory.mktemp("home")
    ensure_secrets(home)
    return settings_for(home=home, database_url=pages_url)


@pytest.fixture(scope="module")
def city(pages_url: str) -> Iterator[City]:
    database = Database(pages_url)
    with database.transaction() as tx:
        for extension in ("201", "202"):
            add_agent(tx, extension, name=f"상담사 {extension}", languages=["ko"])
        people = [
            ("201", "agent", "201"),
            ("202", "agent", "202"),
            ("boss", "supervisor", None),
            ("admin", "telecom-admin", None),
        ]
        users = [
            add_user(tx, login, FIRST, role, extension=extension, name=login)
            for login, role, extension in people
        ]
        add_user(tx, "fresh", FIRST, "supervisor", name="fresh")
    for user in users:
        change_password(database, user.user_id, FIRST, PASSWORD)
    yield City(database)
    database.close()


@pytest.fixture(scope="module")
def app(settings: Settings, city: City) -> Flask:
    made = create_app(settings)
    made.testing = True
    made.config["PROPAGATE_EXCEPTIONS"] = False
    return made


@pytest.fixture(autouse=True)
def tries_forgotten(app: Flask) -> None:
    with app.app_context():
        limiter.reset()


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


def logged_in(app: Flask, login: str) -> Browser:
    """A browser in which this person has logged in."""
    browser = Browser(app)
    assert browser.log_in(login).status_code == 302
    return browser


@pytest.fixture
def agent(app: Flask) -> Browser:
    return logged_in(app, "201")


@pytest.fixture
def other_agent(app: Flask) -> Browser:
    return logged_in(app, "202")


@pytest.fixture
def supervisor(app: Flask) -> Browser:
    return logged_in(app, "boss")


@pytest.fixture
def admin(app: Flask) -> Browser:
    return logged_in(app, "admin")
