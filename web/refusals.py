"""Saying no to somebody who asks for another's data, on record."""

from typing import NoReturn

import structlog
from flask import abort
from flask_login import current_user

from centre120.clean_text import clean_text
from web.storage import record_access, transaction

log = structlog.get_logger("web")


def refuse(what: str, text: str) -> NoReturn:
    """403, kept in the access log: who tried to open what."""
    with transaction() as tx:
        record_access(tx, whose=None, what=clean_text(what, 100), purpose="refused")
    log.warning("refused", login=current_user.login, what=what)
    abort(403, text)
