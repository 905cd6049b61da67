"""The first logins of a new centre: random passwords, shown once, to be changed at first login."""

import secrets
from dataclasses import dataclass

from sqlalchemy import select

from centre120.store.agents import add_agent, list_agents
from centre120.store.database import Database
from centre120.store.schema.people import users
from centre120.store.users import add_user

_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike: the password is read from a terminal
FIRST_AGENT = "201"


def random_password() -> str:
    """Four groups of four signs, 79 bits: to be read from a terminal and typed once."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(4))


@dataclass(frozen=True)
class FirstLogin:
    login: str
    password: str
    role: str
    extension: str | None


def create_first_logins(url: str, demo: bool) -> list[FirstLogin]:
    """Create what is missing and return only that: admin, supervisor, and agents.

    In the demo every agent gets a login (its extension); elsewhere one agent is made, so that the first
    call can be answered. Called again it returns an empty list: a password is never shown twice.
    """
    database = Database(url, statement_seconds=30)
    try:
        with database.transaction() as tx:
            there = set(tx.scalars(select(users.c.login)))
            agents = list_agents(tx)
            if not agents and not demo:
                add_agent(tx, FIRST_AGENT, name="첫 상담사", name_latin="First Agent", languages=["ko", "en"])
                agents = list_agents(tx)
            wanted: list[tuple[str, str, str | None, str]] = [
                ("admin", "telecom-admin", None, ""),
                ("supervisor", "supervisor", None, ""),
            ]
            # elsewhere than in the demo further agents get their logins from the admin, not from a restart
            chosen = agents if demo else [agent for agent in agents if agent.extension == FIRST_AGENT]
            wanted += [(agent.extension, "agent", agent.extension, agent.name) for agent in chosen]
            created = []
            for login, role, extension, name in wanted:
                if login in there:
                    continue
                password = random_password()
                add_user(tx, login, password, role, extension=extension, name=name)
                created.append(FirstLogin(login, password, role, extension))
            return created
    finally:
        database.close()
