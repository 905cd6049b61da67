"""Agents pushed into Asterisk through ARI: 6 ms each, in force at once, kept in astdb through every restart.

Only the HA1 goes over, so nobody who reads Asterisk's database learns a password (asterisk-facts, "Provisioning").
"""

import structlog

from ari_app.connection import AriError, Connection
from ari_app.roster import RosterAgent
from centre120 import names

log = structlog.get_logger("provisioning")

_DYNAMIC = "asterisk/config/dynamic/res_pjsip"
_NOT_IN_CALLER_IDS = str.maketrans(dict.fromkeys('"<>', " "))


def objects_for(agent: RosterAgent, agent_lost_seconds: int) -> list[tuple[str, dict[str, str]]]:
    """What Asterisk is told about one agent, in the order it must be told."""
    return [
        (
            "auth",
            {
                "auth_type": "digest",
                "username": agent.extension,
                "realm": names.AGENT_REALM,
                "password_digest": f"MD5:{agent.ha1}",
            },
        ),
        (
            "aor",
            {
                "max_contacts": "1",
                "remove_existing": "yes",
                "qualify_frequency": "15",
                "qualify_timeout": "3",
                "default_expiration": "300",
                "maximum_expiration": "600",
            },
        ),
        (
            "endpoint",
            {
                "auth": agent.extension,
                "aors": agent.extension,
                "context": names.CTX_AGENT,
                "disallow": "all",
                "allow": "alaw,ulaw",
                "direct_media": "no",
                "rtp_symmetric": "yes",
                "force_rport": "yes",
                "rewrite_contact": "yes",
                "dtmf_mode": "auto",
                "allow_transfer": "no",
                "device_state_busy_at": "1",
                "rtp_timeout": str(
                    agent_lost_seconds
                ),  # then the citizen is taken to another agent; 0: never
                "rtp_timeout_hold": "600",
                "language": "ko",
                "callerid": f"{_words(agent.name_latin)} <{agent.extension}>",
            },
        ),
    ]


def _words(name: str) -> str:
    """A name as it may stand in a caller id: no quotes, no brackets, one line."""
    return " ".join(name.translate(_NOT_IN_CALLER_IDS).split())


async def provision(connection: Connection, agent: RosterAgent, agent_lost_seconds: int) -> bool:
    """Push one agent; False (and a log line) when Asterisk refused."""
    try:
        for kind, fields in objects_for(agent, agent_lost_seconds):
            body = {"fields": [{"attribute": name, "value": value} for name, value in fields.items()]}
            await connection.request("PUT", f"{_DYNAMIC}/{kind}/{agent.extension}", body=body)
    except AriError as error:
        log.error("agent not provisioned", agent=agent.extension, error=str(error))
        return False
    return True


async def withdraw(connection: Connection, extension: str) -> None:
    """Remove an agent who left; objects that are gone already are fine."""
    for kind in ("endpoint", "aor", "auth"):
        try:
            await connection.request("DELETE", f"{_DYNAMIC}/{kind}/{extension}")
        except AriError as error:
            if error.status != 404:
                log.error("agent not withdrawn", agent=extension, kind=kind, error=str(error))
