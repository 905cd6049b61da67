"""Agents pushed into Asterisk through ARI: 6 ms each, in force at once, kept in astdb through every restart.

Only the HA1 goes over, so nobody who reads Asterisk's database learns a password (asterisk-facts, "Provisioning").
An agent is one endpoint with one phone: their own SIP phone, or the phone in their page. So whatever rings, counts or
guards an agent knows nothing of the difference (docs/decisions/phone-in-the-page.md).
"""

import structlog

from ari_app.connection import AriError, Connection
from ari_app.page_phone import PagePhone
from ari_app.roster import RosterAgent
from centre120 import names

log = structlog.get_logger("provisioning")

_DYNAMIC = "asterisk/config/dynamic/res_pjsip"
_NOT_IN_CALLER_IDS = str.maketrans(dict.fromkeys('"<>', " "))

Object = tuple[str, str, dict[str, str]]
"""Kind, id, fields of one PJSIP object."""

_OWN_PHONE = {
    "allow": "!all,alaw,ulaw",
    "webrtc": "no",
    "media_encryption": "no",
    "use_avpf": "no",
    "ice_support": "no",
    "rtcp_mux": "no",
    "bundle": "no",
    "media_use_received_transport": "no",
    "dtls_auto_generate_cert": "no",
    "rtp_symmetric": "yes",
    "dtmf_mode": "auto",
}
_IN_PAGE = {
    # opus first: it bears a bad network. A call that came as A-law stays A-law all the way, nothing is transcoded
    "allow": "!all,opus,alaw,ulaw",
    "webrtc": "yes",
    "rtp_symmetric": "no",
    "dtmf_mode": "rfc4733",
}


def objects_for(agent: RosterAgent, agent_lost_seconds: int, page: PagePhone | None = None) -> list[Object]:
    """What Asterisk is told about one agent, in the order it must be told."""
    extension = agent.extension
    auth, aor, ha1 = (extension, extension, agent.ha1)
    if page is not None:
        auth, aor, ha1 = (_page_auth(extension), page.aor, page.ha1)
    return [
        (
            "auth",
            auth,
            {
                "auth_type": "digest",
                "username": extension,
                "realm": names.AGENT_REALM,
                "password_digest": f"MD5:{ha1}",
            },
        ),
        (
            "aor",
            aor,
            {
                "max_contacts": "1",
                "remove_existing": "yes",
                "qualify_frequency": "15" if page is None else "10",
                "qualify_timeout": "3",
                "default_expiration": "300",
                "maximum_expiration": "600",
            },
        ),
        (
            "endpoint",
            extension,
            {
                "auth": auth,
                "aors": aor,
                "context": names.CTX_AGENT,
                **(_OWN_PHONE if page is None else _IN_PAGE),
                "direct_media": "no",
                "force_rport": "yes",
                "rewrite_contact": "yes",
                "allow_transfer": "no",
                "device_state_busy_at": "1",
                "rtp_timeout": str(
                    agent_lost_seconds
                ),  # then the citizen is taken to another agent; 0: never
                "rtp_timeout_hold": "600",
                "language": "ko",
                "callerid": f"{_words(agent.name_latin)} <{extension}>",
            },
        ),
    ]


def _page_auth(extension: str) -> str:
    return f"{extension}-page"


def _words(name: str) -> str:
    """A name as it may stand in a caller id: no quotes, no brackets, one line."""
    return " ".join(name.translate(_NOT_IN_CALLER_IDS).split())


async def provision(
    connection: Connection,
    agent: RosterAgent,
    agent_lost_seconds: int,
    page: PagePhone | None = None,
    before: PagePhone | None = None,
) -> bool:
    """Push one agent, and remove what the page `before` had; False (and a log line) when Asterisk refused."""
    try:
        for kind, name, fields in objects_for(agent, agent_lost_seconds, page):
            body = {"fields": [{"attribute": field, "value": value} for field, value in fields.items()]}
            await connection.request("PUT", f"{_DYNAMIC}/{kind}/{name}", body=body)
    except AriError as error:
        log.error("agent not provisioned", agent=agent.extension, error=str(error))
        return False
    if before is not None and before != page:
        await _forget_page(connection, before, keep_auth=page is not None)
    return True


async def withdraw(connection: Connection, extension: str, page: PagePhone | None = None) -> None:
    """Remove an agent who left; objects that are gone already are fine."""
    for kind in ("endpoint", "aor", "auth"):
        await _remove(connection, kind, extension)
    if page is not None:
        await _forget_page(connection, page, keep_auth=False)


async def _forget_page(connection: Connection, page: PagePhone, keep_auth: bool) -> None:
    await _remove(connection, "aor", page.aor)
    if not keep_auth:
        await _remove(connection, "auth", _page_auth(page.extension))


async def _remove(connection: Connection, kind: str, name: str) -> None:
    try:
        await connection.request("DELETE", f"{_DYNAMIC}/{kind}/{name}")
    except AriError as error:
        if error.status != 404:
            log.error("not withdrawn", agent=name, kind=kind, error=str(error))
