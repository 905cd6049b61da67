"""What a new leader asks of Asterisk first: whose channels there are, and since when Asterisk lives."""

from datetime import datetime

import structlog

from ari_app.agent_phones import event_sources
from ari_app.connection import Connection
from centre120 import names

log = structlog.get_logger("worker")


async def claim_channels(connection: Connection, app: str) -> set[str]:
    """Move what other workers left in Stasis to `app`; returns their channels, watched ones too. Raises AriError.

    Only the leader does this: the others are dead or stand by.
    """
    moved: set[str] = set()
    for application in await connection.request("GET", "applications"):
        name = str(application.get("name"))
        if name == app or not name.startswith(f"{names.ARI_APP_PREFIX}-"):
            continue
        for channel_id in application.get("channel_ids", ()):
            moved.add(str(channel_id))
            connection.send(
                "POST", f"channels/{channel_id}/move", {"app": app, "appArgs": names.STASIS_MOVED}
            )
        for sources in event_sources(application.get("endpoint_ids", ())):
            # what nobody reads costs Asterisk as much as what is read
            connection.send("DELETE", f"applications/{name}/subscription", {"eventSource": sources})
    if moved:
        log.warning("taken over", channels=len(moved))
    return moved


async def asterisk_since(connection: Connection) -> datetime | None:
    """When Asterisk was started; None when it does not say. Raises AriError."""
    info = await connection.request("GET", "asterisk/info", {"only": "status"})
    try:
        return datetime.fromisoformat(str(info["status"]["startup_time"]))
    except (KeyError, TypeError, ValueError):
        return None
