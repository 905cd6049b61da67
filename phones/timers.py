"""When to send again and when to give up (RFC 3261 section 17.1.1.1 and table 4), as plain numbers. No
clock here."""

from collections.abc import Iterator

T1 = 0.5  # estimate of the round trip
T2 = 4.0  # longest pause between two retransmissions
T4 = 5.0  # longest a message stays in the network
GIVE_UP = 64 * T1  # timers B, F, H: 32 s


def invite_pauses() -> Iterator[float]:
    """Timer A: 0.5, 1, 2, 4, 8, 16 s; the pauses double until timer B ends them."""
    return _doubling(GIVE_UP)


def other_pauses() -> Iterator[float]:
    """Timers E and G: 0.5, 1, 2, 4, 4, ... s; also for a 2xx that waits for its ACK (section 13.3.1.4)."""
    return _doubling(T2)


def _doubling(ceiling: float) -> Iterator[float]:
    pause, spent = T1, 0.0
    while spent + pause < GIVE_UP:
        yield pause
        spent += pause
        pause = min(2 * pause, ceiling)
    yield GIVE_UP - spent
