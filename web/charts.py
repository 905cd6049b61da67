"""Charts as numbers: where each bar and point of an SVG stands. The template draws them; colours are the stylesheet's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 1000, 240, 48, 22, 12
MOST_BARS: Final = 120
_STEPS: Final = (1, 2, 5)


@dataclass(frozen=True)
class Bar:
    """One row: answered below, the rest of the offered above; the point of the service level, if there is one."""

    x: float
    width: float
    answered_y: float
    answered_height: float
    rest_y: float
    rest_height: float
    level_y: float | None
    title: str
    word: str  # below it; empty where there is no room


@dataclass(frozen=True)
class Chart:
    bars: tuple[Bar, ...]
    lines: tuple[tuple[float, str], ...]  # y and what is written beside it
    level: tuple[str, ...]  # points of the line, in pieces where there is a gap


def nice_top(highest: float) -> float:
    """The least 1, 2, 5 times a power of ten that holds it."""
    step = 1.0
    while True:
        for times in _STEPS:
            if highest <= times * step:
                return times * step
        step *= 10


def chart_of(rows: Sequence[tuple[str, int, int, float | None]]) -> Chart | None:
    """Of (word, offered, answered, service level); None when there is nothing to draw, or too much."""
    if not 2 <= len(rows) <= MOST_BARS or not any(offered for _, offered, _, _ in rows):
        return None
    top = nice_top(max(offered for _, offered, _, _ in rows))
    room, height = (WIDTH - LEFT) / len(rows), HEIGHT - BOTTOM - TOP
    every = max(1, -(-len(rows) * 62 // (WIDTH - LEFT)))

    def y(part: float) -> float:
        return round(TOP + height * (1 - part), 1)

    bars = []
    for place, (word, offered, answered, level) in enumerate(rows):
        bars.append(
            Bar(
                x=round(LEFT + place * room + room * 0.12, 1),
                width=round(room * 0.76, 1),
                answered_y=y(answered / top),
                answered_height=round(height * answered / top, 1),
                rest_y=y(offered / top),
                rest_height=round(height * (offered - answered) / top, 1),
                level_y=None if level is None else y(level),
                title=f"{word}: {answered:,} / {offered:,}" + ("" if level is None else f" · {level:.1%}"),
                word=word if place % every == 0 else "",
            )
        )
    lines = tuple(
        (y(share), f"{top * share:,.0f}" if top >= 2 else f"{top * share:g}") for share in (0.0, 0.5, 1.0)
    )
    return Chart(tuple(bars), lines, _pieces(bars))


def _pieces(bars: Sequence[Bar]) -> tuple[str, ...]:
    pieces: list[list[str]] = [[]]
    for bar in bars:
        if bar.level_y is None:
            pieces.append([])
        else:
            pieces[-1].append(f"{bar.x + bar.width / 2:.1f},{bar.level_y}")
    return tuple(" ".join(piece) for piece in pieces if len(piece) > 1)
