"""What `web` tells `ari_app` itself: that an agent's sessions have ended, so that streams close and a phone in a page ends."""

import urllib.request

import structlog
from itsdangerous import URLSafeTimedSerializer

from centre120.settings import Settings

log = structlog.get_logger("web")

PATIENCE_SECONDS = 1.0
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - an address to connect to is made of it


def end_live_session(settings: Settings, extension: str | None) -> None:
    """In force when this returns. A worker that is away ends the phone by itself, when its page has been gone for a minute."""
    if not extension:
        return
    signer = URLSafeTimedSerializer(settings.secret("token_key"), salt="session-end")
    host = _ANYWHERE.get(settings.bind_host, settings.bind_host)
    host = f"[{host}]" if ":" in host else host
    asked = urllib.request.Request(
        f"http://{host}:{settings.live_port}/session-end",
        data=str(signer.dumps({"extension": extension})).encode("ascii"),
        method="POST",
    )
    try:
        urllib.request.urlopen(asked, timeout=PATIENCE_SECONDS).close()  # noqa: S310
    except OSError as error:
        log.warning("the live server was not told that a session ended", extension=extension, why=str(error))
