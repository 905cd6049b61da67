"""Whether sound comes from both ends of a talk, from Asterisk's RTP counters. Pure: text and monotonic seconds in.

The text is that of `pjsip show channelstats` (Asterisk 22): one line for each leg, with the packets received from it. A leg from
which nothing comes cannot be heard by the other. A phone that sends nothing while its user is silent (no comfort noise,
RFC 3389) looks the same as one that is cut off: so this is told to a person, who asks, and ends nothing by itself.

The other direction is not watched: whether what we send arrives is only known from the far end's reports, every 5 s if at
all (RFC 3550, 6.2), and who does not hear us says so.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

NAME_LETTERS: Final = 18
"""Asterisk cuts the name of a leg (without `PJSIP/`) after so many."""

_LINE: Final = re.compile(r"^ \S+ +(?P<name>\S+) +\d+:\d\d:\d\d +\S+ +(?P<received>\d+) ")
"""A count above 100,000 (33 minutes of 20 ms) is shown in thousands with a K, too coarse to judge: such lines do not match."""


@dataclass(frozen=True)
class Ear:
    """One leg as last looked at: packets received from it, and the last moment when there were more than before."""

    received: int
    since: float


def parse(text: str) -> dict[str, int]:
    """Packets received from each leg, by its cut name. Lines that are not understood are passed over."""
    found = (_LINE.match(line) for line in text.splitlines())
    return {one["name"]: int(one["received"]) for one in found if one}


def cut_name(channel_name: str) -> str:
    """`PJSIP/201-0000002a` as the table shows it."""
    return channel_name.removeprefix("PJSIP/")[:NAME_LETTERS]


def listen(
    ears: Mapping[str, Ear], received: Mapping[str, int], legs: Iterable[str], now: float
) -> dict[str, Ear]:
    """The ears after this look. Only `legs` are remembered; one that is new counts from now."""
    after = {}
    for name in legs:
        packets, before = received.get(name), ears.get(name)
        if packets is None:
            continue
        heard = before is None or packets != before.received
        after[name] = Ear(packets, now if before is None or heard else before.since)
    return after


def silent(ear: Ear | None, now: float, seconds: float) -> bool:
    """Nothing has come for so long. A leg that nothing is known of is not silent."""
    return ear is not None and now - ear.since >= seconds
