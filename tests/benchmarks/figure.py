"""Figures of a run and of several: percentiles and medians."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one case came to, in one round or as the median of several."""

    requests_per_second: float
    """Answers with status 200 alone, as everywhere in here."""
    p50_ms: float
    p99_ms: float
    generator_busy: float
    """Share of one core that the load generator itself used; near 1.0 it measures itself."""
    answered: int
    """All answers, those of the warm-up too."""
    errors: Mapping[str, int]
    """By status, or by what went wrong with the connection."""
    cpu_ms: float = math.nan
    """Processor time of the server for one answer: what other work on the machine changes least. NaN: not known."""


def percentile(ordered: Sequence[float], share: float) -> float:
    """The least value that at least `share` of all values do not exceed; NaN where there are none."""
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median_of(rounds: Sequence[Figures]) -> Figures:
    """Medians of the rounds; errors are added up."""
    errors: Counter[str] = Counter()
    for figures in rounds:
        errors.update(figures.errors)
    return Figures(
        requests_per_second=statistics.median(figures.requests_per_second for figures in rounds),
        p50_ms=statistics.median(figures.p50_ms for figures in rounds),
        p99_ms=statistics.median(figures.p99_ms for figures in rounds),
        generator_busy=max(figures.generator_busy for figures in rounds),
        answered=sum(figures.answered for figures in rounds),
        errors=dict(errors),
        cpu_ms=statistics.median(figures.cpu_ms for figures in rounds),
    )
