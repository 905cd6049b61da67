"""The private centre of a simulation: all programs, a database of its own, agents in it, real recording."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from centre120 import names
from centre120.errors import CentreError, Fault
from ops import asterisk_config, migrate
from ops.private_centre import Centre, poll, running, write_tone
from ops.simulate import mmsg

PROGRAMS = ("asterisk", "agi", "ari_app", "recorder", "web")
BUSY_HERTZ, BUSY_SECONDS = 350, 3.0
RTP_PORTS = (10_000, 19_999)
"""Below the default installation's 20000: enough for 2,500 citizens with an agent each."""


@contextmanager
def private_centre(
    agents: dict[str, list[str]],
    say: Callable[[str], None],
    wrap_up_seconds: int,
    max_citizens: int,
    max_wait_seconds: int,
    database_url: str = "",
) -> Iterator[tuple[Centre, dict[str, str]]]:
    """Start it; yields it with the agents' SIP passwords; removes it at the end.

    `database_url`: an empty database that is there already, instead of a PostgreSQL of its own.
    """
    _check(database_url)
    centre = Centre(
        agents,
        database_url,
        own_database=not database_url,
        wrap_up_seconds=wrap_up_seconds,
        max_wait_seconds=max_wait_seconds,
    )
    more = {"rtp_start": RTP_PORTS[0], "rtp_end": RTP_PORTS[1], "max_citizens": max_citizens}
    asterisk_config.write_configuration(centre.settings.model_copy(update=more), centre.asterisk)
    for language in names.LANGUAGES:
        # a third of a second, as the other prompts here have, could be over before anybody listens
        sound = centre.home / "sounds" / language / f"{names.CTX_ALL_LINES_BUSY}.wav"
        write_tone(sound, BUSY_HERTZ, BUSY_SECONDS)
    with running(centre, *([] if database_url else ["postgresql"])):
        if database_url:
            migrate.upgrade(centre.settings)
        say(f"database; {len(agents)} agents")
        centre.employ(agents)
        for program in PROGRAMS:
            centre.start(program)
        poll(lambda: set(centre.health().get("agents", {})) == set(agents), 30, "ari_app knows every agent")
        say("Asterisk, agi, ari_app, recorder, web")
        yield centre, {extension: centre.password(extension) for extension in agents}


def _check(database_url: str) -> None:
    if os.geteuid() == 0 and not database_url:
        raise CentreError(
            "not-as-root",
            "The simulation's own PostgreSQL does not run as root.",
            "Run it as ./120 simulate, which hands over to an ordinary account.",
            Fault.CONFIGURATION,
        )
    if not mmsg.supported():
        raise CentreError(
            "machine-not-supported",
            "The simulation's audio needs sendmmsg on a 64-bit Linux.",
            "Run it on x86-64 or arm64.",
            Fault.MACHINE,
        )
