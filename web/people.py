"""Who is logged in. The signed cookie holds what a desk needs to open again while PostgreSQL is away.

While it is there, every request compares the cookie with the store: a login that was switched off, or whose password
changed, is out at once. A session lasts a shift; without an agent's desk it also ends after half an hour of nothing.
"""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from flask import Flask, session
from flask_login import LoginManager, UserMixin, login_user

from centre120.store.database import StoreUnavailable
from centre120.store.users import User, find_user
from web.storage import now, transaction

IDLE = timedelta(minutes=30)
SHIFT = timedelta(hours=12)
_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Person(UserMixin):  # type: ignore[misc]
    """A user of the store as the cookie remembers them."""

    user_id: int
    login: str
    name: str
    role: str
    extension: str | None
    must_change_password: bool
    session_epoch: int

    def get_id(self) -> str:
        return str(self.user_id)


def _person(user: User) -> Person:
    return Person(
        user.user_id,
        user.login,
        user.name,
        user.role,
        user.extension,
        user.must_change_password,
        user.session_epoch,
    )


def begin_session(user: User) -> None:
    """A new session: nothing of the one before, which somebody else may have begun, is taken over."""
    session.clear()
    session.permanent = True
    moment = int(now().timestamp())
    session.update(person=asdict(_person(user)), since=moment, seen=moment)
    login_user(_person(user))


def _load(user_id: str) -> Person | None:
    kept: dict[str, Any] | None = session.get("person")
    moment = now().timestamp()
    if (
        not kept
        or str(kept.get("user_id")) != user_id
        or moment - session.get("since", 0) > SHIFT.total_seconds()
    ):
        return None
    person = Person(**kept)
    if person.role != "agent" and moment - session.get("seen", 0) > IDLE.total_seconds():
        return None
    if moment - session.get("seen", 0) > _NOTED_EVERY.total_seconds():
        session["seen"] = int(moment)
    try:
        with transaction() as tx:
            user = find_user(tx, person.user_id)
    except StoreUnavailable:
        return person
    if user is None or not user.active or user.session_epoch != person.session_epoch:
        return None
    fresh = _person(user)
    if fresh != person:
        session["person"] = asdict(fresh)
    return fresh


def install(app: Flask) -> None:
    """Flask-Login; `web.access` decides, so it needs no login view."""
    manager = LoginManager(app)
    manager.session_protection = "strong"
    manager.user_loader(_load)
