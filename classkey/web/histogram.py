"""A small plot of the marks of a test, as an SVG that says in words what it shows."""

from collections.abc import Iterable
from dataclasses import dataclass

from classkey.school.assessing.results import Grade

STEPS = 10
"""Bars, each as wide as ten percent; the last one holds 100 percent, too."""

BAR, GAP, TALL = 30, 4, 100
"""How wide a bar is, how far from the next, and how tall the tallest."""


@dataclass(frozen=True)
class Bar:
    """So many students have a grade from `low` to `high` percent; whole numbers, for an SVG."""

    low: int
    high: int
    count: int
    x: int
    height: int

    @property
    def y(self) -> int:
        """Where the bar begins, from the top."""
        return TALL - self.height

    @property
    def middle(self) -> int:
        """Where its label stands."""
        return self.x + BAR // 2


@dataclass(frozen=True)
class Histogram:
    """The bars from left to right."""

    bars: list[Bar]
    bar_width: int = BAR
    width: int = STEPS * (BAR + GAP)
    height: int = TALL

    @property
    def filled(self) -> list[Bar]:
        """The bars in which there is somebody."""
        return [bar for bar in self.bars if bar.count]


def histogram(grades: Iterable[Grade]) -> Histogram | None:
    """Return the plot of those grades that are known; None if none is."""
    percents = [percent for grade in grades if (percent := grade.percent) is not None]
    if not percents:
        return None
    counts = [0] * STEPS
    for percent in percents:
        counts[min(percent * STEPS // 100, STEPS - 1)] += 1
    width = 100 // STEPS
    return Histogram(
        [
            Bar(
                low=step * width,
                high=100 if step == STEPS - 1 else step * width + width - 1,
                count=count,
                x=step * (BAR + GAP) + GAP // 2,
                height=count * TALL // max(counts),
            )
            for step, count in enumerate(counts)
        ]
    )
