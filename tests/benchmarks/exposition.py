"""What a server tells of itself at `/metrics`, between two moments."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping

LINE = re.compile(r"^(?P<series>[a-zA-Z_:][^ {]*(?:\{[^}]*\})?) (?P<value>\S+)", re.MULTILINE)
BOUND = re.compile(r'le="([^"]+)"')

Samples = Mapping[str, float]
"""Value by series, written as in the exposition: `name{label="value"}`."""


def read_samples(text: str) -> dict[str, float]:
    """All samples of an exposition in the Prometheus text format."""
    return {found["series"]: float(found["value"]) for found in LINE.finditer(text)}


def difference(before: Samples, after: Samples) -> dict[str, float]:
    """What was counted in between; series that appeared began at zero."""
    return {series: value - before.get(series, 0.0) for series, value in after.items()}


def add(*parts: Samples) -> dict[str, float]:
    """Several differences as one."""
    total: Counter[str] = Counter()
    for part in parts:
        for series, value in part.items():
            total[series] += value  # type: ignore[assignment]  # counts of any number
    return dict(total)


def quantile(samples: Samples, histogram: str, share: float) -> float | None:
    """A quantile of a histogram without other labels, interpolated within its bucket as Prometheus does.

    `None` where nothing was observed; the last finite bound where the quantile lies beyond it.
    """
    bounds = sorted(
        (float(BOUND.findall(series)[0]), count)
        for series, count in samples.items()
        if series.startswith(f"{histogram}_bucket{{")
    )
    if not bounds or not bounds[-1][1]:
        return None
    rank = share * bounds[-1][1]
    low, below = 0.0, 0.0
    for high, count in bounds:
        if count >= rank:
            return low if math.isinf(high) else low + (high - low) * (rank - below) / (count - below)
        low, below = high, count
    return low


def share_of(samples: Samples, name: str, label: str, value: str) -> float | None:
    """The share of `name{label="…"}` with this value of the label; `None` where nothing was counted."""
    total = sum(count for series, count in samples.items() if series.startswith(f"{name}{{{label}="))
    return samples.get(f'{name}{{{label}="{value}"}}', 0.0) / total if total else None
