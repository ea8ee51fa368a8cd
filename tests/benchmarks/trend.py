"""Whether what is measured again and again grows: a straight line through it, and how sure its slope is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST = 10
"""Measurements below which a slope says nothing."""
ERRORS = 2.0
"""Standard errors beyond which a slope is not chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    slope: float
    """By unit of time."""
    standard_error: float
    intercept: float

    @property
    def at_least(self) -> float:
        """The slope less its error."""
        return self.slope - ERRORS * self.standard_error


def trend_of(times: Sequence[float], values: Sequence[float]) -> Trend:
    """Least squares; the standard error is that of Newey and West (1987).

    What a process holds now resembles what it held a moment ago, so that neighbouring measurements tell less than as
    many independent ones would. Raises ValueError below ten measurements.
    """
    if len(values) < FEWEST:
        raise ValueError(f"{len(values)} measurements are too few for a slope; it takes {FEWEST}.")
    x, y = np.asarray(times, dtype=float), np.asarray(values, dtype=float)
    x_mean = float(x.mean())
    apart = x - x_mean
    square = float(apart @ apart)
    slope = float(apart @ (y - y.mean())) / square
    intercept = float(y.mean()) - slope * x_mean
    moments = apart * (y - intercept - slope * x)
    lags = math.floor(4 * (len(y) / 100) ** (2 / 9))
    spread = float(moments @ moments)
    for lag in range(1, lags + 1):
        spread += 2 * (1 - lag / (lags + 1)) * float(moments[lag:] @ moments[:-lag])
    return Trend(slope=slope, standard_error=math.sqrt(max(spread, 0.0)) / square, intercept=intercept)
