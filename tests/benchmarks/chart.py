"""Curves as they are drawn: axes with round ticks, and where each point lies between them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
"""Of a linear axis, times a power of ten."""
FEWEST_TICKS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    title: str
    ticks: Sequence[float]
    """From one end to the other."""
    is_logarithmic: bool = False

    def place(self, value: float) -> float:
        """Where a value lies: 0 at the first tick, 1 at the last, and never beyond them."""
        low, high = self.ticks[0], self.ticks[-1]
        if self.is_logarithmic:
            low, high, value = math.log(low), math.log(high), math.log(max(value, low))
        return min(1.0, max(0.0, (value - low) / (high - low)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    name: str
    points: Sequence[tuple[float, float]]
    is_aim: bool = False
    """Drawn as a dotted line: what is compared with, not what was measured."""
    has_dots: bool = False

    @property
    def drawn(self) -> list[tuple[float, float]]:
        """The points that have a place."""
        return [(x, y) for x, y in self.points if math.isfinite(x) and math.isfinite(y)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    title: str
    caption: str
    across: Axis
    up: Axis
    series: Sequence[Series]


def linear_axis(title: str, values: Iterable[float], *, from_zero: bool = True) -> Axis:
    """Some four to ten round ticks that hold all values."""
    known = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = (0.0 if from_zero else min(known)), max(known)
    span = (high - low) or 1.0
    power = 10.0 ** math.floor(math.log10(span / FEWEST_TICKS))
    step = power * max(factor for factor in STEPS if factor * power <= span / FEWEST_TICKS * (1 + 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil((low + span) / step - 1e-9)
    return Axis(title=title, ticks=[round(step * number, 10) for number in range(first, last + 1)])


def logarithmic_axis(title: str, values: Iterable[float]) -> Axis:
    """Powers of ten that hold all values above zero."""
    known = [value for value in values if math.isfinite(value) and value > 0] or [1.0]
    first, last = math.floor(math.log10(min(known)) + 1e-9), math.ceil(math.log10(max(known)) - 1e-9)
    return Axis(
        title=title, ticks=[10.0**power for power in range(first, max(last, first + 1) + 1)], is_logarithmic=True
    )
