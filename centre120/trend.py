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


def trend(samples: Sequence[tuple[float, float]]) -> Trend:
    """Of (seconds, value). Fewer than three samples show nothing."""
    count = len(samples)
    if count < 3:
        level = samples[0][1] if samples else 0.0
        return Trend(0.0, math.inf, level, samples[-1][1] if samples else 0.0, count)
    hours = [seconds / 3600 for seconds, _ in samples]
    values = [value for _, value in samples]
    mean_hours, mean_value = sum(hours) / count, sum(values) / count
    spread = sum((hour - mean_hours) ** 2 for hour in hours)
    if spread == 0:
        return Trend(0.0, math.inf, mean_value, mean_value, count)
    slope = sum((h - mean_hours) * (v - mean_value) for h, v in zip(hours, values, strict=True)) / spread
    level = mean_value - slope * mean_hours
    residual = sum((v - level - slope * h) ** 2 for h, v in zip(hours, values, strict=True))
    error = math.sqrt(residual / (count - 2) / spread)
    return Trend(slope, error, level + slope * hours[0], level + slope * hours[-1], count)
