"""`./120 users` and `./120 password USER`: who may log in, and a way back in when a password is lost.

Whoever owns the home may do anything to the centre anyway; nobody else may use these, root goes on as the owner.
"""

import json
import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click

from centre120.errors import CentreError, Fault
from centre120.settings import Settings, load_settings
from centre120.store.database import Database, StoreUnavailable
from centre120.store.first_logins import random_password
from centre120.store.users import Login, list_logins, replace_lost_password


@click.command("users")
@click.option("--json", "as_json", is_flag=True, help="A list of objects, for programs.")
def users(as_json: bool) -> None:
    """Who may log in to the pages: login, role, last login."""
    settings = load_settings()
    with asked(settings, "The logins were not listed") as database, database.transaction() as tx:
        logins = list_logins(tx)
    if as_json:
        print(json.dumps([asdict(one) for one in logins], default=str, ensure_ascii=False))
    else:
        print(as_text(logins, ZoneInfo(settings.time_zone), datetime.now(UTC)))


@click.command("password")
@click.argument("user")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def password(user: str, as_json: bool) -> None:
    """Give USER a new random password, shown once, to be changed at the next login.

    Ends all sessions of this login, unlocks it, and is on record in the access log.
    """
    settings = load_settings()
    account, new = owner(settings), random_password()
    with asked(settings, "The password was not changed") as database:
        changed = replace_lost_password(database, user, new, f"account:{account}", datetime.now(UTC))
    if as_json:
        facts = {"login": changed.login, "role": changed.role, "password": new, "active": changed.active}
        print(json.dumps(facts, ensure_ascii=False))
        return
    print(f"{changed.login} ({changed.role}), shown once: {new}")
    print("It must be changed at the next login. All sessions of this login have ended.")
    if not changed.active:
        print("This login is switched off: the telecom admin switches it on (page Agents).")


def owner(settings: Settings) -> str:
    """The account that runs this, which must own the home. Raises `not-the-owner`."""
    account = pwd.getpwuid(os.geteuid()).pw_name
    owns = settings.home.stat().st_uid
    if owns != os.geteuid():
        raise CentreError(
            "not-the-owner",
            f"The home {settings.home} belongs to {_name(owns)}; {account} may not give out passwords.",
            f"Run the same command as {_name(owns)} or as root.",
            Fault.CONFIGURATION,
        )
    return account


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


@contextmanager
def asked(settings: Settings, undone: str) -> Iterator[Database]:
    """The database. Raises `store-unavailable` that begins with `undone`."""
    database = Database(settings.sqlalchemy_url, pool_size=1, application="users")
    try:
        yield database
    except StoreUnavailable as error:
        raise CentreError(
            error.code,
            f"{undone}: {error.text}",
            "Start the centre with ./120 up, or its PostgreSQL alone with ./120 restart postgresql, and try again.",
            Fault.MACHINE,
        ) from error
    finally:
        database.close()


def as_text(logins: list[Login], zone: ZoneInfo, now: datetime) -> str:
    """For a person."""
    lines = [f"{'login':<14}{'role':<15}{'last login':<18}"]
    for one in logins:
        last = f"{one.last_login_at.astimezone(zone):%Y-%m-%d %H:%M}" if one.last_login_at else "never"
        notes = [one.name] if one.name else []
        notes += [] if one.active else ["switched off"]
        notes += ["must choose a password"] if one.must_change_password else []
        if one.locked_until is not None and one.locked_until > now:
            notes.append(f"locked until {one.locked_until.astimezone(zone):%H:%M}")
        lines.append(f"{one.login:<14}{one.role:<15}{last:<18}{', '.join(notes)}".rstrip())
    return "\n".join(lines)
