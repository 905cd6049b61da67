"""A private centre with the guard on watch; the intruders are sockets at addresses of their own, all on loopback."""

from collections.abc import Iterator

import pytest

from tests.pbx.conftest import AGENTS, no_leaks, room
from tests.support.centre import Centre, running

__all__ = ["no_leaks", "room"]


@pytest.fixture(scope="module")
def centre() -> Iterator[Centre]:
    """Asterisk, agi, ari_app and guard; agents' phones are at 127.0.0.1, the one known network."""
    with running(
        Centre(AGENTS, ring_seconds=3, wrap_up_seconds=1), "asterisk", "agi", "ari_app", "guard"
    ) as centre:
        yield centre


@pytest.fixture(scope="module")
def target(centre: Centre) -> tuple[str, int]:
    return ("127.0.0.1", centre.settings.sip_port)
