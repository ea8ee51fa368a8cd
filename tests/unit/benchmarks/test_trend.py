"""A slope is told with an error that neighbouring measurements do not make look small."""

from __future__ import annotations

import random

import pytest

from tests.benchmarks.trend import trend_of

TIMES = [float(time) for time in range(200)]


def test_a_line_is_found_without_error() -> None:
    """Slope, where it begins, and no doubt."""
    trend = trend_of(TIMES, [250.0 + 0.5 * time for time in TIMES])

    assert (trend.slope, trend.intercept) == pytest.approx((0.5, 250.0))
    assert trend.standard_error == pytest.approx(0.0, abs=1e-9)


def test_what_stays_has_no_slope() -> None:
    trend = trend_of(TIMES, [40.0] * len(TIMES))

    assert (trend.slope, trend.standard_error, trend.at_least) == (0.0, 0.0, 0.0)


def test_noise_alone_is_no_growth() -> None:
    """The slope is within its error."""
    noise = random.Random(3)  # noqa: S311  (noise)

    trend = trend_of(TIMES, [250 + noise.gauss(0, 1) for _ in TIMES])

    assert trend.standard_error > 0
    assert trend.at_least < 0 < trend.slope + 2 * trend.standard_error


def test_growth_shows_through_noise() -> None:
    noise = random.Random(3)  # noqa: S311  (noise)

    trend = trend_of(TIMES, [250 + 0.05 * time + noise.gauss(0, 1) for time in TIMES])

    assert 0.04 < trend.at_least < 0.05 + 2 * trend.standard_error


def test_neighbours_that_resemble_each_other_tell_less() -> None:
    """The same noise, each value four times running, leaves more doubt than as many independent ones."""
    noise = random.Random(3)  # noqa: S311  (noise)
    independent = [noise.gauss(0, 1) for _ in TIMES]
    alike = [independent[place // 4] for place in range(len(TIMES))]

    assert trend_of(TIMES, alike).standard_error > 1.4 * trend_of(TIMES, independent).standard_error


def test_a_few_measurements_are_refused() -> None:
    """Rather than a slope that means nothing."""
    with pytest.raises(ValueError, match="9 measurements are too few"):
        trend_of(TIMES[:9], TIMES[:9])
