"""Whether something that should be flat grows: a straight line through samples, and how sure its slope is. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

SIGMAS = 3.0
"""So many standard errors above zero a slope must be before it counts as growth."""


@dataclass(frozen=True)
class Trend:
    """Least squares: value = level + per_hour * hours."""

    per_hour: float
    standard_error: float  # of per_hour
    level: float  # the fitted value at the first sample
    last: float  # the fitted value at the last
    samples: int

    def grows(self, tolerated_per_hour: float) -> bool:
        """Growth that is both larger than tolerated and no accident of the samples."""
        return self.per_hour - SIGMAS * self.standard_error > 0 and self.per_hour > tolerated_per_hour


def trend(samples: Sequence[tuple[float, float]], explained_by: Sequence[float] | None = None) -> Trend:
    """Of (seconds, value). What goes up and down with `explained_by` (one value for each sample) is taken out first.

    With a second cause both the values and the hours are freed of it before the line is drawn: the slope is then that of
    a regression on both (Frisch and Waugh, 1933). Fewer than four samples show nothing.
    """
    count = len(samples)
    if count < 4:
        level = samples[0][1] if samples else 0.0
        return Trend(0.0, math.inf, level, samples[-1][1] if samples else 0.0, count)
    start = samples[0][0]
    hours = [(seconds - start) / 3600 for seconds, _ in samples]
    values = [value for _, value in samples]
    mean_value, mean_hours = sum(values) / count, sum(hours) / count
    time, rest = _without(hours, explained_by), _without(values, explained_by)
    spread = sum(one * one for one in time)
    if spread < 1e-12:
        return Trend(0.0, math.inf, mean_value, mean_value, count)
    slope = sum(t * v for t, v in zip(time, rest, strict=True)) / spread
    residual = sum((v - slope * t) ** 2 for t, v in zip(time, rest, strict=True))
    error = math.sqrt(residual / (count - 3) / spread)
    level = mean_value - slope * mean_hours
    return Trend(slope, error, level, level + slope * hours[-1], count)


def _without(values: Sequence[float], cause: Sequence[float] | None) -> list[float]:
    """Deviations from the mean, less what a straight line through `cause` explains of them."""
    mean = sum(values) / len(values)
    centred = [value - mean for value in values]
    if cause is None:
        return centred
    middle = sum(cause) / len(cause)
    causes = [one - middle for one in cause]
    spread = sum(one * one for one in causes)
    if spread < 1e-12:
        return centred
    share = sum(c * v for c, v in zip(causes, centred, strict=True)) / spread
    return [value - share * one for value, one in zip(centred, causes, strict=True)]
