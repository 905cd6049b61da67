"""How often a login, or a tracking code, may be tried. Logins are counted per login and address, so that one address can shut
out nobody but itself.

The store's own lock counts per login from everywhere; this limit is lower, and a browser that has logged in with that
login before is not subject to the lock (`web.areas.login`).
"""

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from centre120.store.users import FAILURES_BEFORE_LOCK
from centre120.tracking import MISSES_PER_CALLER, MISSES_PER_CENTRE

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


wrong_codes = limiter.limit(
    f"{MISSES_PER_CALLER // 2} per hour",  # of each of the two processes
    deduct_when=lambda response: response.status_code == 404,
)
"""Of one network address."""
everybodys_wrong_codes = limiter.limit(
    f"{MISSES_PER_CENTRE // 2} per hour",
    key_func=lambda: "everybody",
    deduct_when=lambda response: response.status_code == 404,
)
"""Of all addresses together: a guesser with many gains nothing. Citizens then have key 7 and the agents."""


def install(app: Flask) -> None:
    """Counted in memory: a restart forgives."""
    limiter.init_app(app)
