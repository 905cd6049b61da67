"""The soak's verdict: what grows is said to grow, what wobbles is not."""

import random

import pytest

from centre120.trend import trend


def noisy(
    per_hour: float, noise: float, samples: int = 200, every: float = 18.0
) -> list[tuple[float, float]]:
    source = random.Random(1)
    return [(n * every, 100 + per_hour * n * every / 3600 + source.gauss(0, noise)) for n in range(samples)]


@pytest.mark.parametrize(
    ("per_hour", "noise", "grows"),
    [
        pytest.param(0.0, 2.0, False, id="flat and wobbling"),
        pytest.param(20.0, 2.0, True, id="a leak in the noise"),
        pytest.param(2.0, 0.0, False, id="grows, but as little as is tolerated"),
        pytest.param(-30.0, 2.0, False, id="shrinks"),
        pytest.param(6.0, 40.0, False, id="nothing to be sure of"),
    ],
)
def test_growth_is_more_than_tolerated_and_no_accident(per_hour: float, noise: float, grows: bool) -> None:
    line = trend(noisy(per_hour, noise))
    assert line.grows(tolerated_per_hour=5.0) is grows
    if noise == 0:
        assert line.per_hour == pytest.approx(per_hour)


@pytest.mark.parametrize(
    "samples", [[], [(0.0, 1.0)], [(0.0, 1.0), (1.0, 9.0)], [(5.0, 1.0), (5.0, 2.0), (5.0, 3.0)]]
)
def test_too_few_samples_show_nothing(samples: list[tuple[float, float]]) -> None:
    assert not trend(samples).grows(0.0)
