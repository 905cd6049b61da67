"""A PostgreSQL connection that can not hang for ever.

The server's own statement_timeout does not help when the server is frozen (stopped by a signal, its disk
hung, its machine gone without a FIN): nobody is there to count. So every wait for an answer has a deadline on
our side, and a connection that misses it is thrown away, not asked again.
"""

import select
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg.waiting import Ready, Wait

RV = TypeVar("RV")

_READABLE = select.POLLIN | select.POLLHUP | select.POLLERR | select.POLLNVAL


class DeadlineConnection(psycopg.Connection[Any]):
    """psycopg's connection with `answer_seconds` as the longest wait for one answer."""

    answer_seconds: float = 4.0

    def wait(self, gen: Any, interval: float = 0.0, timeout: float | None = None) -> Any:
        """Drive psycopg's generator; abandon the connection when the deadline passes."""
        deadline = monotonic() + (self.answer_seconds if timeout is None else timeout)
        poll = select.poll()
        try:
            wanted = next(gen)
            while True:
                poll.register(self.pgconn.socket, _events(wanted))
                found = poll.poll(max(0.0, deadline - monotonic()) * 1000)
                if not found:
                    self.pgconn.finish()
                    raise psycopg.OperationalError(
                        f"PostgreSQL did not answer within {self.answer_seconds:g} s; connection abandoned"
                    )
                wanted = gen.send(_ready(found[0][1]))
        except StopIteration as done:
            return done.value
        except (KeyboardInterrupt, SystemExit):
            self.pgconn.finish()
            raise


def _events(wanted: Wait) -> int:
    events = 0
    if wanted & Wait.R:
        events |= select.POLLIN
    if wanted & Wait.W:
        events |= select.POLLOUT
    return events


def _ready(found: int) -> Ready:
    readable, writable = bool(found & _READABLE), bool(found & select.POLLOUT)
    if readable and writable:
        return Ready.RW
    return Ready.R if readable else Ready.W
