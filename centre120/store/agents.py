"""Agents: extension, languages, skills, and the HA1 their phone logs in with. The SIP secret is stored
nowhere.

Whoever changes an agent also publishes the roster (centre120/store/roster.py); the recorder does it
anyway within a second, so that a forgotten call does no harm.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict, Unpack

from sqlalchemy import func, insert, select, update

from centre120.names import AGENT_REALM, EXTENSION, LANGUAGES
from centre120.store.database import Transaction
from centre120.store.errors import NotFound, Refused
from centre120.store.rows import columns_of, to_value, to_values
from centre120.store.schema.people import agents


@dataclass(frozen=True)
class Agent:
    extension: str
    name: str
    name_latin: str
    ha1: str
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    districts: tuple[str, ...]
    active: bool


class AgentFields(TypedDict, total=False):
    name: str
    name_latin: str
    languages: Sequence[str]
    skills: Sequence[str]
    districts: Sequence[str]
    active: bool


def new_secret() -> str:
    """A random SIP secret: letters and digits, 22 signs."""
    return secrets.token_urlsafe(24).replace("-", "").replace("_", "")[:22]


def ha1(extension: str, secret: str) -> str:
    """RFC 2617 section 3.2.2.2: what Asterisk and the phone need instead of the secret."""
    return hashlib.md5(f"{extension}:{AGENT_REALM}:{secret}".encode(), usedforsecurity=False).hexdigest()


def list_agents(tx: Transaction, *, active_only: bool = False) -> list[Agent]:
    """By extension."""
    query = select(*columns_of(Agent, agents)).order_by(func.length(agents.c.extension), agents.c.extension)
    if active_only:
        query = query.where(agents.c.active)
    return to_values(Agent, tx.execute(query))


def find_agent(tx: Transaction, extension: str) -> Agent | None:
    """The agent with this extension, active or not."""
    row = tx.execute(select(*columns_of(Agent, agents)).where(agents.c.extension == extension)).one_or_none()
    return to_value(Agent, row) if row else None


def add_agent(tx: Transaction, extension: str, **fields: Unpack[AgentFields]) -> str:
    """A new agent; returns the SIP secret, which can not be read again."""
    _check(fields)
    if not (extension.isascii() and extension.isdigit() and 2 <= len(extension) <= 8):
        raise Refused(
            "extension-not-digits", f"Extension {extension} is not 2 to 8 digits.", "Choose another."
        )
    if find_agent(tx, extension):
        raise Refused("extension-taken", f"Agent {extension} exists.", "Choose another extension.")
    if not EXTENSION.fullmatch(extension):
        raise Refused(
            "extension-unreachable",
            f"The dialplan reaches agents by three or four digits, not {extension[:20]!r}.",
            "Choose such an extension.",
        )
    secret = new_secret()
    tx.execute(
        insert(agents).values(_values(fields) | {"extension": extension, "ha1": ha1(extension, secret)})
    )
    return secret


def change_agent(tx: Transaction, extension: str, **fields: Unpack[AgentFields]) -> Agent:
    """Change what is given; returns the agent as it is now."""
    _check(fields)
    changed = update(agents).where(agents.c.extension == extension)
    row = tx.execute(
        changed.values(_values(fields) | {"changed_at": func.clock_timestamp()}).returning(
            *columns_of(Agent, agents)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("agent", extension)
    return to_value(Agent, row)


def reset_agent_secret(tx: Transaction, extension: str) -> str:
    """A new SIP secret, returned once; the old one stops working with the next roster."""
    secret = new_secret()
    changed = tx.execute(
        update(agents)
        .where(agents.c.extension == extension)
        .values(ha1=ha1(extension, secret), changed_at=func.clock_timestamp())
    )
    if changed.rowcount != 1:
        raise NotFound("agent", extension)
    return secret


def _check(fields: AgentFields) -> None:
    unknown = set(fields.get("languages", ())) - set(LANGUAGES)
    if unknown:
        raise Refused(
            "language-unknown",
            f"Unknown languages: {', '.join(sorted(unknown))}.",
            f"Choose from {', '.join(LANGUAGES)}.",
        )


def _values(fields: AgentFields) -> dict[str, object]:
    return {
        name: list(given) if isinstance(given, (list, tuple, set)) else given
        for name, given in fields.items()
    }
