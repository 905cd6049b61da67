"""The private centre of the PBX tests, and polling: nothing here ever sleeps for a fixed time.

Nothing is faked but the far ends (citizens, agents' phones, departments), which are real SIP phones of ours; SIPp and
baresip cross-check them.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from ops.private_centre import Centre, free_port_base, poll, running, write_tone

__all__ = ["Centre", "free_port_base", "poll", "running", "until", "write_tone"]


async def until(fact: Callable[[], Any], within: float, what: str) -> Any:
    """The first true value of `fact()`; fails after `within` seconds, saying what never came."""
    deadline = time.monotonic() + within
    while True:
        value = fact()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"within {within} s never: {what}")
        await asyncio.sleep(0.02)
