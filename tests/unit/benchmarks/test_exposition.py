"""What is read from `/metrics`: samples, what was counted between two moments, quantiles of histograms."""

from __future__ import annotations

import pytest

from tests.benchmarks.exposition import add, difference, quantile, read_samples, share_of

TEXT = """\
# HELP lag_seconds How late
# TYPE lag_seconds histogram
lag_seconds_bucket{le="0.001"} 50.0
lag_seconds_bucket{le="0.01"} 90.0
lag_seconds_bucket{le="0.1"} 100.0
lag_seconds_bucket{le="+Inf"} 100.0
lag_seconds_count 100.0
lag_seconds_sum 1.5e-01
answered_count{stage="lexical"} 75.0
answered_count{stage="encoder"} 25.0
"""


def test_samples_are_read_by_series() -> None:
    """Comments are not samples."""
    samples = read_samples(TEXT)

    assert len(samples) == 8
    assert samples["lag_seconds_sum"] == 0.15
    assert samples['answered_count{stage="encoder"}'] == 25.0


def test_differences_add_up() -> None:
    """A series that was not there before began at zero."""
    counted = difference({"a": 2.0}, {"a": 5.0, "b": 1.0})

    assert counted == {"a": 3.0, "b": 1.0}
    assert add(counted, counted, {}) == {"a": 6.0, "b": 2.0}


@pytest.mark.parametrize(
    ("share", "expected", "reason"),
    [
        (0.25, 0.0005, "half way into the first bucket, which begins at zero"),
        (0.50, 0.001, "its upper bound"),
        (0.70, 0.0055, "half way into the second"),
        (0.99, 0.091, "nine tenths into the third"),
    ],
)
def test_quantile_is_interpolated(share: float, expected: float, reason: str) -> None:
    assert quantile(read_samples(TEXT), "lag_seconds", share) == pytest.approx(expected), reason


def test_quantile_beyond_the_last_bound_is_that_bound() -> None:
    """More cannot be known."""
    samples = {'h_bucket{le="1.0"}': 1.0, 'h_bucket{le="+Inf"}': 100.0}

    assert quantile(samples, "h", 0.99) == 1.0


def test_nothing_counted_is_not_known() -> None:
    """Neither a quantile nor a share."""
    assert quantile({'h_bucket{le="+Inf"}': 0.0}, "h", 0.5) is None
    assert quantile({}, "h", 0.5) is None
    assert share_of({}, "answered_count", "stage", "lexical") is None


def test_share_of_a_label() -> None:
    assert share_of(read_samples(TEXT), "answered_count", "stage", "lexical") == 0.75
