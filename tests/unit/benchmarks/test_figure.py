"""Percentiles are values that were measured; rounds are told by their medians, errors by their sum."""

from __future__ import annotations

import math

import pytest

from tests.benchmarks.figure import Figures, median_of, percentile


def figures(requests_per_second: float, **errors: int) -> Figures:
    return Figures(
        requests_per_second=requests_per_second,
        p50_ms=10_000 / requests_per_second,
        p99_ms=50_000 / requests_per_second,
        generator_busy=requests_per_second / 10_000,
        answered=int(requests_per_second),
        errors=errors,
        cpu_ms=1000 / requests_per_second,
    )


@pytest.mark.parametrize(
    ("count", "share", "expected", "reason"),
    [
        (100, 0.50, 50, "half of a hundred values are 50 or less"),
        (100, 0.99, 99, "the second largest of a hundred"),
        (101, 0.50, 51, "the middle one"),
        (10, 0.99, 10, "of few values the largest"),
        (1, 0.50, 1, "the only one"),
        (3, 0.0, 1, "the least"),
        (3, 1.0, 3, "the largest"),
    ],
)
def test_percentile(count: int, share: float, expected: int, reason: str) -> None:
    assert percentile(range(1, count + 1), share) == expected, reason


def test_percentile_of_nothing_is_not_a_number() -> None:
    """Rather than a zero that would look fast."""
    assert math.isnan(percentile([], 0.5))


def test_rounds_become_medians_and_errors_add_up() -> None:
    """One bad round of three moves no figure, but its errors are told; the generator is judged by its busiest."""
    median = median_of([figures(1000, lost=1), figures(100, lost=2, refused=3), figures(1250)])

    assert median == Figures(
        requests_per_second=1000,
        p50_ms=10,
        p99_ms=50,
        generator_busy=0.125,
        answered=2350,
        errors={"lost": 3, "refused": 3},
        cpu_ms=1,
    )
