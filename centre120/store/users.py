"""Web logins: argon2 hashes, a lock after too many wrong passwords, a change of password at first login.

No transaction is open while argon2 works (about 50 ms of one core): these functions take the Database.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, insert, select, update

from centre120.clean_text import clean_text
from centre120.store.access import record_access
from centre120.store.database import Database, Transaction
from centre120.store.errors import NotFound, Refused
from centre120.store.rows import columns_of, to_value, to_values
from centre120.store.schema.people import users

FAILURES_BEFORE_LOCK = 5
LOCK = timedelta(minutes=15)
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1024  # argon2 would hash megabytes of somebody's nonsense

_hasher = PasswordHasher()


@dataclass(frozen=True)
class User:
    user_id: int
    login: str
    name: str
    role: str
    extension: str | None
    active: bool
    must_change_password: bool
    session_epoch: int  # a session carries it; another number means: log in again


@dataclass(frozen=True)
class Login:
    """A user as `./120 users` lists them."""

    login: str
    role: str
    name: str
    extension: str | None
    active: bool
    must_change_password: bool
    locked_until: datetime | None
    last_login_at: datetime | None


@dataclass(frozen=True)
class LoginRefused:
    """`reason`: wrong (login or password; which one is nobody's business) or locked."""

    reason: str
    locked_until: datetime | None = None


def authenticate_user(
    database: Database, login: str, password: str, now: datetime, *, known_browser: bool = False
) -> User | LoginRefused:
    """Check a login; failures are counted and lock it for a while.

    The lock does not hold for a browser that has logged in with this login before, nor do its failures count
    (the caller limits them): somebody who guesses from elsewhere must not keep an agent from the desk.
    """
    by_login = users.c.login == login.strip().lower()
    with database.transaction() as tx:
        row = tx.execute(
            select(users.c.password_hash, users.c.locked_until, *columns_of(User, users)).where(by_login)
        ).one_or_none()
    if row is None or not row.active:
        _matches(_nobodys_hash(), password)  # the same time as for a login that exists
        return LoginRefused("wrong")
    if row.locked_until is not None and row.locked_until > now and not known_browser:
        return LoginRefused("locked", row.locked_until)
    good = _matches(row.password_hash, password)
    with database.transaction() as tx:
        if good:
            renewed = {"password_hash": _hasher.hash(password)} if _stale(row.password_hash) else {}
            tx.execute(
                update(users)
                .where(by_login)
                .values(failed_count=0, locked_until=None, last_login_at=now, **renewed)
            )
            return get_user(tx, row.user_id)
        return LoginRefused("wrong") if known_browser else _count_failure(tx, by_login, now)


def _count_failure(tx: Transaction, by_login: ColumnElement[bool], now: datetime) -> LoginRefused:
    failed = tx.scalar(
        update(users)
        .where(by_login)
        .values(failed_count=users.c.failed_count + 1)
        .returning(users.c.failed_count)
    )
    if (failed or 0) < FAILURES_BEFORE_LOCK:
        return LoginRefused("wrong")
    tx.execute(update(users).where(by_login).values(failed_count=0, locked_until=now + LOCK))
    return LoginRefused("locked", now + LOCK)


def change_password(database: Database, user_id: int, old: str, new: str) -> User:
    """Change one's own password; all other sessions end. Raises Refused."""
    with database.transaction() as tx:
        stored = tx.scalar(select(users.c.password_hash).where(users.c.user_id == user_id))
    if stored is None:
        raise NotFound("user", user_id)
    if not _matches(stored, old):
        raise Refused("password-wrong", "The present password is not right.", "Type it again.")
    if not SHORTEST_PASSWORD <= len(new) <= LONGEST_PASSWORD:
        raise Refused(
            "password-short", f"A password has at least {SHORTEST_PASSWORD} signs.", "Make it longer."
        )
    if new == old:
        raise Refused("password-same", "The new password is the old one.", "Choose another.")
    with database.transaction() as tx:
        return _set_password(tx, user_id, new, must_change=False)


def reset_password(database: Database, user_id: int, password: str) -> User:
    """An admin gives a password that must be changed at the next login; unlocks."""
    with database.transaction() as tx:
        return _set_password(tx, user_id, password, must_change=True)


def replace_lost_password(database: Database, login: str, password: str, by: str, now: datetime) -> User:
    """A password given on the machine, by the account `by`: as reset_password, and on record in the access log.

    Raises Refused (`user-unknown`) when nobody has this login.
    """
    with database.transaction() as tx:
        user_id = tx.scalar(select(users.c.user_id).where(users.c.login == login.strip().lower()))
        if user_id is None:
            raise Refused(
                "user-unknown",
                f"Nobody has the login {clean_text(login, 40)}.",
                "./120 users lists who has one.",
            )
        user = _set_password(tx, user_id, password, must_change=True)
        record_access(
            tx, who=by, address=None, whose=None, what=f"login:{user.login}", purpose="lost password", now=now
        )  # fmt: skip
        return user


def _set_password(tx: Transaction, user_id: int, password: str, *, must_change: bool) -> User:
    tx.execute(
        update(users)
        .where(users.c.user_id == user_id)
        .values(
            password_hash=_hasher.hash(password),
            must_change_password=must_change,
            session_epoch=users.c.session_epoch + 1,
            failed_count=0,
            locked_until=None,
        )
    )
    return get_user(tx, user_id)


def add_user(
    tx: Transaction, login: str, password: str, role: str, *, extension: str | None = None, name: str = ""
) -> User:
    """A new login that must change its password."""
    login = login.strip().lower()
    if tx.scalar(select(users.c.user_id).where(users.c.login == login)):
        raise Refused("login-taken", f"Login {login} exists.", "Choose another.")
    values = {"login": login, "name": name, "role": role, "extension": extension}
    hashed = {"password_hash": _hasher.hash(password)}
    user_id = tx.scalar(insert(users).values(values | hashed).returning(users.c.user_id))
    assert user_id is not None  # noqa: S101 - RETURNING of one inserted row
    return get_user(tx, user_id)


def find_user(tx: Transaction, user_id: int) -> User | None:
    """For the session: None when gone; the caller compares `active` and `session_epoch`."""
    row = tx.execute(select(*columns_of(User, users)).where(users.c.user_id == user_id)).one_or_none()
    return to_value(User, row) if row else None


def get_user(tx: Transaction, user_id: int) -> User:
    """find_user that raises NotFound."""
    user = find_user(tx, user_id)
    if user is None:
        raise NotFound("user", user_id)
    return user


def list_users(tx: Transaction) -> list[User]:
    """By login."""
    return to_values(User, tx.execute(select(*columns_of(User, users)).order_by(users.c.login)))


def list_logins(tx: Transaction) -> list[Login]:
    """By role, then login; with what `list_users` does not tell."""
    query = select(*columns_of(Login, users)).order_by(users.c.role, users.c.login)
    return to_values(Login, tx.execute(query))


def change_user(tx: Transaction, user_id: int, *, active: bool) -> User:
    """Switch a login off or on; switching ends its sessions."""
    changed = update(users).where(users.c.user_id == user_id)
    tx.execute(changed.values(active=active, session_epoch=users.c.session_epoch + 1))
    return get_user(tx, user_id)


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")


def _matches(stored: str, password: str) -> bool:
    if len(password) > LONGEST_PASSWORD:
        return False
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _stale(stored: str) -> bool:
    return _hasher.check_needs_rehash(stored)
