"""The figures supervisors answer for: one plain definition, one formula each (docs/reports.md). Pure: sums in, figures out.

`Totals` are sums that can be added: of intervals to a day, of queues to the centre. Figures are made of totals, never of other
figures: a mean of means is not a mean. A call counts where it joined the queue, whenever it ended; one that is not over yet is
offered and nothing else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

REPEAT_HOURS: Final = 72
"""The same number called again within so long after the talk: it was not settled at the first contact."""


@dataclass(frozen=True)
class CallFacts:
    """What of one call goes into the figures; None where it did not happen."""

    outcome: str  # centre120/call_words.py
    queued_at: datetime | None
    waited_seconds: float | None = None
    talked_seconds: float | None = None
    hold_seconds: float | None = None
    wrap_up_seconds: float | None = None
    forwarded: bool = False  # a department picked up
    number_known: bool = True
    called_again: bool = False  # within REPEAT_HOURS


@dataclass(frozen=True)
class Totals:
    """Of the calls that joined a queue. Seconds are sums over the answered ones, `longest_wait_seconds` over all."""

    offered: int = 0
    answered: int = 0
    answered_within: int = 0  # of the answered: waited no longer than T
    abandoned_within: int = 0  # of the abandoned and the short abandoned: gave up within T
    abandoned: int = 0  # without the short ones
    short_abandoned: int = 0
    callback_requested: int = 0
    cut_by_system: int = 0
    in_progress: int = 0
    forwarded: int = 0  # of the answered: a department picked up
    known: int = 0  # of the answered: the number is known, so a second call would be seen
    settled_at_once: int = 0  # of the known: neither forwarded nor called again
    waited_seconds: float = 0.0
    talked_seconds: float = 0.0
    hold_seconds: float = 0.0
    wrap_up_seconds: float = 0.0
    longest_wait_seconds: float = 0.0

    def __add__(self, other: "Totals") -> "Totals":
        both = {one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(Totals)}
        both["longest_wait_seconds"] = max(self.longest_wait_seconds, other.longest_wait_seconds)
        return Totals(**both)


def totals_of(calls: Iterable[CallFacts], within_seconds: float) -> Totals:
    """The plain definition, call by call; `store/reports.py` computes the same in PostgreSQL."""
    total = Totals()
    for call in calls:
        if call.queued_at is not None:
            total += _one(call, within_seconds)
    return total


def _one(call: CallFacts, within_seconds: float) -> Totals:
    waited = call.waited_seconds or 0.0
    answered = call.outcome == "answered"
    return Totals(
        offered=1,
        answered=answered,
        answered_within=answered and waited <= within_seconds,
        abandoned_within=call.outcome in ("abandoned", "short-abandoned") and waited <= within_seconds,
        abandoned=call.outcome == "abandoned",
        short_abandoned=call.outcome == "short-abandoned",
        callback_requested=call.outcome == "callback-requested",
        cut_by_system=call.outcome == "cut-by-system",
        in_progress=call.outcome == "in-progress",
        forwarded=answered and call.forwarded,
        known=answered and call.number_known,
        settled_at_once=answered and call.number_known and not call.forwarded and not call.called_again,
        waited_seconds=waited if answered else 0.0,
        talked_seconds=(call.talked_seconds or 0.0) if answered else 0.0,
        hold_seconds=(call.hold_seconds or 0.0) if answered else 0.0,
        wrap_up_seconds=(call.wrap_up_seconds or 0.0) if answered else 0.0,
        longest_wait_seconds=waited,
    )


def service_level(total: Totals) -> float | None:
    """Answered within T / (answered + abandoned). Short abandons are left out, call-backs are not answers; None of nothing."""
    return _share(total.answered_within, total.answered + total.abandoned)


def asterisk_service_level(total: Totals) -> float | None:
    """Asterisk's SL: answered within T / answered. Who gave up is not in it, so it is the higher one."""
    return _share(total.answered_within, total.answered)


def asterisk_service_level_2(total: Totals) -> float | None:
    """Asterisk's SL2: (answered within T + abandoned within T) / (answered + abandoned, short ones too): giving up soon
    counts as served."""
    everybody = total.answered + total.abandoned + total.short_abandoned
    return _share(total.answered_within + total.abandoned_within, everybody)


def answered_share(total: Totals) -> float | None:
    """Answered / (answered + abandoned), short abandons left out."""
    return _share(total.answered, total.answered + total.abandoned)


def abandonment_rate(total: Totals) -> float | None:
    """Abandoned / offered, short abandons reported apart."""
    return _share(total.abandoned, total.offered)


def asa_seconds(total: Totals) -> float | None:
    """Mean wait from joining the queue to the answer, of answered calls."""
    return _share(total.waited_seconds, total.answered)


def aht_seconds(total: Totals) -> float | None:
    """Mean handling: (talk + hold + wrap-up) / answered."""
    return _share(total.talked_seconds + total.hold_seconds + total.wrap_up_seconds, total.answered)


def talk_seconds(total: Totals) -> float | None:
    """The talk's part of AHT."""
    return _share(total.talked_seconds, total.answered)


def hold_seconds(total: Totals) -> float | None:
    """The hold's part of AHT."""
    return _share(total.hold_seconds, total.answered)


def wrap_up_seconds(total: Totals) -> float | None:
    """The wrap-up's part of AHT."""
    return _share(total.wrap_up_seconds, total.answered)


def without_forwarding(total: Totals) -> float | None:
    """Answered calls that no department was given / answered (Seoul's "handled by agents without forwarding")."""
    return _share(total.answered - total.forwarded, total.answered)


def first_contact(total: Totals) -> float | None:
    """Not forwarded and not called again within REPEAT_HOURS / answered calls with a known number (Busan's)."""
    return _share(total.settled_at_once, total.known)


FIGURES: Final = {
    "service_level": service_level,
    "asterisk_service_level": asterisk_service_level,
    "asterisk_service_level_2": asterisk_service_level_2,
    "answered_share": answered_share,
    "abandonment_rate": abandonment_rate,
    "asa_seconds": asa_seconds,
    "aht_seconds": aht_seconds,
    "talk_seconds": talk_seconds,
    "hold_seconds": hold_seconds,
    "wrap_up_seconds": wrap_up_seconds,
    "without_forwarding": without_forwarding,
    "first_contact": first_contact,
}
"""Every figure by its name, in the order of docs/reports.md."""


def figures(total: Totals) -> dict[str, float | None]:
    """All of them; shares 0-1 and seconds, not rounded."""
    return {name: formula(total) for name, formula in FIGURES.items()}


BUSY_STATES: Final = ("on-call", "wrap-up")
READY_STATES: Final = ("available", "offered")


def occupancy(seconds: Mapping[str, float]) -> float | None:
    """(Talk + hold + wrap-up) / (that + available), of the time in each agent state; a ringing phone is not work yet."""
    busy = sum(seconds.get(state, 0.0) for state in BUSY_STATES)
    return _share(busy, busy + sum(seconds.get(state, 0.0) for state in READY_STATES))


@dataclass(frozen=True)
class PickUp:
    """Transfers to one department."""

    tried: int
    picked_up: int
    ring_seconds: float  # of those picked up, all together

    @property
    def share(self) -> float | None:
        """Picked up / tried, without those that the citizen or the agent broke off."""
        return _share(self.picked_up, self.tried)

    @property
    def mean_ring_seconds(self) -> float | None:
        """Of those picked up."""
        return _share(self.ring_seconds, self.picked_up)


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
