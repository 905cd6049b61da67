"""What runs and where: the answer of `./120 status`, for people and for programs."""

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from centre120.ban_policy import in_force
from centre120.settings import Settings
from centre120.watch_policy import ALARM_SECONDS
from ops import asterisk_part, supervise
from ops.checks import loopback_for
from ops.guard.book import read_book
from ops.postgres import database_url
from ops.programs import programs
from ops.watch.watch import silent_programs

SILENT = "not answering"
"""A state that the supervisor does not know: the process is there and says nothing (program `watch`)."""
ALL_RUN, SOME_DO_NOT, NOTHING_RUNS = 0, 1, 3


def exit_code(states: Mapping[str, str]) -> int:
    """0 when all run, 3 when none does, 1 in between."""
    if all(state == "running" for state in states.values()) and states:
        return ALL_RUN
    return NOTHING_RUNS if all(state == "stopped" for state in states.values()) else SOME_DO_NOT


def facts(settings: Settings) -> dict[str, Any]:
    """The answer of `./120 status --json`. `database_url` is libpq's form, as psql and psycopg take it."""
    known = supervise.states(settings)
    names = list(known) or [program.name for program in programs(settings)]
    stopped = supervise.State("stopped", None)
    found = asterisk_part.find(settings.parts_dir)
    listed = {name: known.get(name, stopped) for name in names}
    host = loopback_for(settings.bind_host)
    told = silent_programs(settings.state_dir, datetime.now(UTC)) or {}
    silent = {name for name, seconds in told.items() if seconds >= ALARM_SECONDS}
    return {
        "sip": f"{host}:{settings.sip_port}",
        "web": f"http://{host}:{settings.web_port}",
        "live": f"ws://{host}:{settings.live_port}",
        "database_url": database_url(settings),
        "asterisk": found.version if found else None,
        "refused": len(in_force(read_book(settings).bans, time.time())),
        "programs": {
            name: {"pid": one.pid, "state": SILENT if name in silent and one.pid else one.state}
            for name, one in listed.items()
        },
    }


def as_text(answer: dict[str, Any]) -> str:
    """The same for a person."""
    lines = [f"{'web':<12}{answer['web']}", f"{'SIP':<12}{answer['sip']}", f"{'live':<12}{answer['live']}"]
    lines += [
        f"{'database':<12}{answer['database_url']}",
        f"{'Asterisk':<12}{answer['asterisk'] or 'not fetched yet'}",
    ]
    if answer["refused"]:
        lines.append(f"{'refused':<12}{answer['refused']} addresses (./120 bans)")
    for name, one in answer["programs"].items():
        pid = f" (pid {one['pid']})" if one["pid"] else ""
        lines.append(f"{name:<12}{one['state']}{pid}")
    return "\n".join(lines)


def report(settings: Settings, as_json: bool) -> int:
    """Prints the answer; returns the exit code."""
    answer = facts(settings)
    print(json.dumps(answer) if as_json else as_text(answer))
    return exit_code({name: one["state"] for name, one in answer["programs"].items()})
