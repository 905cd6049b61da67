"""The roster: what `ari_app` knows of agents while PostgreSQL is away (format: docs/architecture.md)."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from centre120.store.agents import list_agents
from centre120.store.database import Database, Transaction
from centre120.store.interpreters import list_partners
from centre120.store.schema.interpreters import interpreter_partners
from centre120.store.schema.people import agents


def export_roster(tx: Transaction, now: datetime) -> dict[str, Any]:
    """All agents, also inactive ones (`active` false), as the value of the roster file."""
    keys = ("extension", "name", "name_latin", "ha1", "languages", "skills", "districts", "active")
    return {
        "written_at": now.isoformat(),
        "agents": [
            {key: list(got) if isinstance(got := getattr(agent, key), tuple) else got for key in keys}
            for agent in list_agents(tx)
        ],
        "interpreters": [
            {
                "language": one.language,
                "name": one.name,
                "number": one.number,
                "ring_seconds": one.ring_seconds,
            }
            for one in list_partners(tx)
        ],
    }


def find_roster_stamp(tx: Transaction) -> tuple[int, datetime | None, int, datetime | None]:
    """Changes whenever the roster would."""
    row = tx.execute(select(func.count(), func.max(agents.c.changed_at))).one()
    partner = interpreter_partners.c
    others = tx.execute(select(func.count(), func.max(partner.changed_at)).where(partner.active)).one()
    return int(row[0]), row[1], int(others[0]), others[1]


def write_roster(path: Path, roster: dict[str, Any]) -> None:
    """Replace the file at once (0600: HA1 is as good as a password): a reader sees the old or the new,
    whole.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    passing = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(roster, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    passing.replace(path)


def publish_roster(database: Database, path: Path, now: datetime) -> None:
    """Export and write: after every change of an agent, and at every `up`."""
    with database.transaction() as tx:
        roster = export_roster(tx, now)
    write_roster(path, roster)
