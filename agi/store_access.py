"""The store, asked from the event loop: in a few threads of its own, so that a slow database holds up no other call."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Concatenate, ParamSpec, TypeVar

from centre120.settings import settings
from centre120.store.database import Database, StoreUnavailable, Transaction

_Args = ParamSpec("_Args")
_Value = TypeVar("_Value")

STATEMENT_SECONDS = 1.0
_THREADS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="store")
_waiting = 0
_MAX_WAITING = 32
"""With the database frozen, questions beyond this many are not asked at all: the dialplan goes on at once."""


@cache
def _database() -> Database:
    return Database(
        settings().sqlalchemy_url,
        statement_seconds=STATEMENT_SECONDS,
        pool_size=8,
        application="centre120-agi",
    )


async def ask_store(
    question: Callable[Concatenate[Transaction, _Args], _Value], *args: _Args.args, **kwargs: _Args.kwargs
) -> _Value | None:
    """`question(tx, ...)` in a transaction of its own; None when the store cannot answer now. Raises TimeoutError after 2 s."""
    global _waiting
    if _waiting >= _MAX_WAITING:
        return None

    def answer() -> _Value | None:
        try:
            with _database().transaction() as tx:
                return question(tx, *args, **kwargs)
        except StoreUnavailable:
            return None

    _waiting += 1
    try:
        async with asyncio.timeout(2.0):
            return await asyncio.get_running_loop().run_in_executor(_THREADS, answer)
    finally:
        _waiting -= 1
