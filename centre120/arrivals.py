"""The calls of a simulated hour, drawn before the first one is placed: when, how long, how patient, in which language.

Pure: the same options and the same seed are the same calls. All seconds here are of the run, that is, of the centre's time
divided by `speed`: talk, wrap-up, answer delay and patience are shortened in that proportion and calls come as much more
often, so that the offered load in erlang stays what it was.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from centre120 import names

EXPONENTIAL, LOGNORMAL = "exponential", "lognormal"
SHORTEST_TALK_SECONDS = 0.2
FILL_RATE = 8.0  # calls a second


@dataclass(frozen=True)
class PlannedCall:
    """One citizen who will call."""

    number: str  # caller ID, of this call alone: it is how the witnesses' accounts are joined
    at: float  # seconds from the beginning of the run
    talk_seconds: float
    patience_seconds: float | None = None  # waiting longer than this the citizen hangs up; None: never
    language: str = "ko"
    keys: str = "0"  # pressed in the menu; empty: the menu runs to its end and connects by itself
    citizen_hangs_up: bool = True  # or the agent
    counted: bool = True  # False: of the warm-up


@dataclass(frozen=True)
class Traffic:
    """What is asked for, in the centre's own time (before `speed`)."""

    calls_per_hour: float
    seconds: float  # counted time
    warm_up_seconds: float = 0.0  # after the room was filled, before anything counts
    mean_handling_seconds: float = 180.0
    handling: str = EXPONENTIAL
    wrap_up_seconds: float = 20.0
    answer_seconds: float = 1.0  # an agent's delay until the phone is picked up
    patience_seconds: float | None = None  # mean; exponential
    foreign_share: float = 0.005  # Seoul: 87-168 foreign-language calls of 25,000 contacts a day
    silent_share: float = 0.2  # citizens who press nothing and are connected when the menu is over
    speed: float = 1.0

    @property
    def mean_talk_seconds(self) -> float:
        """Handling is answer delay + talk + wrap-up; what the others leave is talk. Centre's time."""
        rest = self.mean_handling_seconds - self.wrap_up_seconds - self.answer_seconds
        return max(SHORTEST_TALK_SECONDS, rest)

    @property
    def load(self) -> float:
        """Erlang."""
        return self.calls_per_hour * self.mean_handling_seconds / 3600

    # --- of the run's own clock, so after `speed` ---------------------------------------------------------
    @property
    def fill_seconds(self) -> float:
        """In this time the room is filled, eight calls a second: it would take several handling times by itself."""
        return self.load / FILL_RATE

    @property
    def counted_from(self) -> float:
        return self.fill_seconds + self.warm_up_seconds / self.speed

    @property
    def end(self) -> float:
        return self.counted_from + self.seconds / self.speed


def planned_calls(traffic: Traffic, seed: int) -> list[PlannedCall]:
    """Every call of the run in the order of arrival."""
    source = random.Random(seed)  # noqa: S311 - a simulation has to be repeatable
    rate = traffic.calls_per_hour * traffic.speed / 3600
    moments = _fill(source, traffic)
    moments += [
        traffic.fill_seconds + at for at in _poisson(source, rate, traffic.end - traffic.fill_seconds)
    ]
    calls = []
    for index, at in enumerate(moments):
        language, keys = _choice(source, traffic)
        talk = _drawn(source, traffic.handling, traffic.mean_talk_seconds) / traffic.speed
        patience = None
        if traffic.patience_seconds is not None:
            patience = source.expovariate(1 / traffic.patience_seconds) / traffic.speed
        calls.append(
            PlannedCall(
                number=caller(index),
                at=at,
                talk_seconds=max(SHORTEST_TALK_SECONDS, talk),
                patience_seconds=patience,
                language=language,
                keys=keys,
                citizen_hangs_up=source.random() < 0.5,
                counted=at >= traffic.counted_from,
            )
        )
    return calls


def flash_crowd(
    calls_per_second: float, seconds: float, talk_seconds: float, patience_seconds: float | None, seed: int
) -> list[PlannedCall]:
    """A disaster's first minute: everybody at once, all press 0."""
    source = random.Random(seed)  # noqa: S311 - a simulation has to be repeatable
    return [
        PlannedCall(
            number=caller(index),
            at=at,
            talk_seconds=max(SHORTEST_TALK_SECONDS, source.expovariate(1 / talk_seconds)),
            patience_seconds=source.expovariate(1 / patience_seconds) if patience_seconds else None,
            citizen_hangs_up=source.random() < 0.5,
        )
        for index, at in enumerate(_poisson(source, calls_per_second, seconds))
    ]


def caller(index: int) -> str:
    """A mobile number nobody has: 010-0 is not given out."""
    return f"0100{index:07d}"


def agents_languages(count: int) -> dict[str, list[str]]:
    """Extensions from 201 (1001 when there are more than 699), and the languages of the demo city, over and over."""
    mix = (
        "ko en",
        "ko en",
        "ko en zh",
        "ko en ja",
        "ko zh",
        "ko ja",
        "ko vi",
        "ko vi en",
        "ko mn",
        "ko mn en",
        "ko",
        "ko",
    )
    first = 201 if count <= 699 else 1001
    return {str(first + number): mix[number % len(mix)].split() for number in range(count)}


def _fill(source: random.Random, traffic: Traffic) -> list[float]:
    """So many calls, evenly spread, that at the end of filling as many are under way as the load in erlang.

    Exponential talks have no memory, so that room is in its steady state at once; for others the warm-up does the rest.
    """
    handling, lasts = traffic.mean_handling_seconds / traffic.speed, traffic.fill_seconds
    if lasts <= 0:
        return []
    count = round(traffic.load * (lasts / handling) / (1 - math.exp(-lasts / handling)))
    return sorted(source.uniform(0, lasts) for _ in range(count))


def _poisson(source: random.Random, rate: float, end: float) -> Iterator[float]:
    """Moments before `end` with exponential gaps."""
    at = source.expovariate(rate) if rate > 0 else math.inf
    while at < end:
        yield at
        at += source.expovariate(rate)


def _drawn(source: random.Random, handling: str, mean: float) -> float:
    """Exponential, or lognormal with a standard deviation as large as the mean, like the exponential's."""
    if handling == LOGNORMAL:
        sigma = math.sqrt(math.log(2))  # cv = 1: sigma^2 = ln(1 + cv^2)
        return source.lognormvariate(math.log(mean) - sigma**2 / 2, sigma)
    return source.expovariate(1 / mean)


def keys_for(language: str) -> str:
    """What is pressed to wait for an agent of that language: the language menu's 1 to 5 in the order of names.LANGUAGES."""
    return "0" if language == names.LANGUAGES[0] else f"9{names.LANGUAGES.index(language)}"


def _choice(source: random.Random, traffic: Traffic) -> tuple[str, str]:
    """Language and keys."""
    if source.random() < traffic.foreign_share:
        language = source.choice(names.LANGUAGES[1:])
        return language, keys_for(language)
    return "ko", "" if source.random() < traffic.silent_share else "0"
