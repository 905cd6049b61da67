"""Waiting for facts with a deadline: the one way in which calls and tests wait."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

Fact = TypeVar("Fact")


class Signal:
    """`notify()` after every change; `until(fact)` returns the first true value of `fact()`."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def until(self, fact: Callable[[], Fact], within: float, what: str) -> Fact:
        """`TimeoutError` naming `what` when it has not become true `within` seconds."""
        deadline = time.monotonic() + within
        while not (value := fact()):
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"{what}: not within {within:g} s")
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.add(waiter)
            try:
                await asyncio.wait([waiter], timeout=left)
            finally:
                self._waiters.discard(waiter)
        return value
