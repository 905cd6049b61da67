"""The steps of `up` that fill the centre: demo city, robots, first logins, roster, prompts.

Imported late: SQLAlchemy and the audio tools take a second that `status` and `down` need not pay.
"""

import json
from datetime import UTC, datetime

from centre120.settings import Settings
from ops.progress import say
from ops.secrets import write_secret


def load_demo(settings: Settings) -> None:
    """The demo city and its robots, when asked for; loading them twice changes nothing."""
    if not settings.demo:
        return
    from centre120.store.demo import AGENTS, load_demo

    counts = load_demo(settings)
    write_robots(settings, [agent[0] for agent in AGENTS])
    say(
        f"demo city loaded: {counts.departments} departments and offices, {counts.officials} officials,"
        f" {counts.agents} agents, {counts.entries} consultation entries"
    )


def write_robots(settings: Settings, extensions: list[str]) -> None:
    """SIP passwords for the robots that play the demo's agents, made once.

    Who resets an agent's secret on the web takes that agent over from its robot.
    """
    path = settings.home / "state" / "robots.json"
    if path.exists():
        return
    from centre120.store.agents import reset_agent_secret
    from centre120.store.database import Database
    from phones.tones import AGENTS as TONES

    database = Database(settings.sqlalchemy_url)
    try:
        with database.transaction() as tx:
            robots = [
                {"extension": extension, "password": reset_agent_secret(tx, extension), "tone": tone}
                for extension, tone in zip(extensions, TONES, strict=True)
            ]
    finally:
        database.close()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_secret(path, json.dumps({"agents": robots}))


def first_logins(settings: Settings) -> list[str]:
    """One line for each login made now (random, shown once); empty when they were made before."""
    from centre120.store.first_logins import create_first_logins

    return [
        f"{login.login:12} {login.password}   {login.role}"
        for login in create_first_logins(settings.sqlalchemy_url, settings.demo)
    ]


def write_roster(settings: Settings) -> None:
    """The agents as a file, so that calls are answered even when PostgreSQL is not there."""
    from centre120.store.database import Database
    from centre120.store.roster import publish_roster

    database = Database(settings.sqlalchemy_url)
    try:
        publish_roster(database, settings.roster_file, datetime.now(UTC))
    finally:
        database.close()


def render_prompts(settings: Settings) -> None:
    """Every prompt in every language, as far as it is not there yet."""
    from ops.prompts import render_all

    render_all(settings, say)
