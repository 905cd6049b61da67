"""The bans on disk: `<home>/state/bans.json`, the truth, and `<home>/state/bans.conf`, what Asterisk reads of it.

The program and the command both change it, each under the lock of the file, so that `./120 bans lift` works with the program
dead. A file that can not be read (a disk that was full) counts as empty: nobody is shut out by mistake.
"""

import contextlib
import fcntl
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from centre120.ban_policy import Alarm, Ban, Known, Rules, in_force, parse_networks, refused_by_asterisk
from centre120.errors import CentreError, Fault
from centre120.settings import Settings
from ops.secrets import write_secret

LOCK_SECONDS = 3.0
ALARMS_KEPT = 50


@dataclass
class Book:
    """What is remembered: bans, offences (network -> count, time of the last), alarms."""

    bans: list[Ban] = field(default_factory=list)
    offences: dict[str, tuple[int, float]] = field(default_factory=dict)
    alarms: list[dict[str, Any]] = field(default_factory=list)
    read_until: float = 0.0  # events up to here (seconds since 1970) have been judged

    def ban(self, ban: Ban, rules: Rules) -> None:
        """Put a ban in force; one address has one. When there are too many the one that ends first goes."""
        self.bans = [one for one in self.bans if one.address != ban.address] + [ban]
        self.bans = sorted(self.bans, key=lambda one: one.until)[-rules.most_bans :]
        self.offences[ban.address] = (ban.offence, ban.since)

    def lift(self, address: str) -> bool:
        """Forget an address and its offences; False when nothing was known of it."""
        known = address in self.offences or any(one.address == address for one in self.bans)
        self.bans = [one for one in self.bans if one.address != address]
        self.offences.pop(address, None)
        return known

    def alarm(self, alarm: Alarm, now: float) -> None:
        self.alarms = [*self.alarms, {"at": now, **asdict(alarm)}][-ALARMS_KEPT:]

    def forget_old(self, now: float, rules: Rules) -> bool:
        """Drop what has run out; True when Asterisk has to be told."""
        before = len(self.bans)
        self.bans = in_force(self.bans, now)
        old = now - rules.memory_seconds
        self.offences = {name: seen for name, seen in self.offences.items() if seen[1] > old}
        self.alarms = [one for one in self.alarms if one["at"] > old]
        return len(self.bans) != before

    def counts(self) -> dict[str, int]:
        """Offences per network, as the policy asks for them."""
        return {name: count for name, (count, _) in self.offences.items()}


def known_addresses(settings: Settings) -> Known:
    """Trunks, and the networks of the agents with this machine's own address. Raises `agent-networks-invalid`."""
    try:
        networks = parse_networks(settings.agent_networks)
        own = parse_networks(settings.bind_host)
    except ValueError as error:
        raise CentreError(
            "agent-networks-invalid",
            f"CENTRE120_AGENT_NETWORKS={settings.agent_networks}: {error}.",
            "Write networks as 192.0.2.0/24, with commas between them.",
            Fault.CONFIGURATION,
        ) from error
    own = tuple(network for network in own if network.num_addresses == 1)
    return Known(frozenset({settings.trunk_a_host, settings.trunk_b_host}), (*networks, *own))


def bans_file(settings: Settings) -> Path:
    return settings.home / "state" / "bans.json"


def read_book(settings: Settings) -> Book:
    """What is on disk; empty when there is nothing readable."""
    try:
        raw = json.loads(bans_file(settings).read_text(encoding="utf-8"))
        return Book(
            [Ban(**one) for one in raw["bans"]],
            {str(name): (int(seen[0]), float(seen[1])) for name, seen in raw["offences"].items()},
            list(raw["alarms"]),
            float(raw["read_until"]),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        return Book()


@contextlib.contextmanager
def changing(settings: Settings) -> Iterator[Book]:
    """The book, locked; written back, with what Asterisk reads of it, when the block ends well.

    Raises `bans-locked` when somebody holds it for `LOCK_SECONDS`.
    """
    path = bans_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / "bans.lock").open("a") as lock:
        _take(lock, settings)
        book = read_book(settings)
        yield book
        write_secret(path, json.dumps(asdict(book), indent=1) + "\n")
        text = refused_by_asterisk(book.bans, known_addresses(settings), time.time())
        write_secret(path.with_suffix(".conf"), text)


def _take(lock: Any, settings: Settings) -> None:
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise CentreError(
                    "bans-locked",
                    f"{bans_file(settings)} has been held by another program for {LOCK_SECONDS:.0f} s.",
                    "./120 restart guard, then try again.",
                    Fault.PROGRAM,
                ) from error
            time.sleep(0.05)
        else:
            return
