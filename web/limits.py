"""How often a login may be tried: counted per login and address, so that one address can shut out nobody but itself.

The store's own lock counts per login from everywhere; this limit is lower, and a browser that has logged in with that
login before is not subject to the lock (`web.areas.login`).
"""

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from centre120.store.users import FAILURES_BEFORE_LOCK

FAILURES = FAILURES_BEFORE_LOCK - 1

limiter = Limiter(key_func=get_remote_address, storage_uri="memory://", strategy="moving-window")


def login_and_address() -> str:
    """The key of the limit."""
    return f"{request.form.get('login', '').strip().lower()[:100]} {get_remote_address()}"


failed_logins = limiter.limit(
    f"{FAILURES} per 15 minutes",
    key_func=login_and_address,
    methods=["POST"],
    deduct_when=lambda response: response.status_code == 401,
)


def install(app: Flask) -> None:
    """Counted in memory: a restart forgives."""
    limiter.init_app(app)
