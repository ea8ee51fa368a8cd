"""Health is as bad as its worst probe, and worse than any if one was not answered."""

from __future__ import annotations

import math

from tests.benchmarks.health import HealthWatch
from tests.benchmarks.server import Server, free_port


def test_the_worst_probe_counts() -> None:
    watch = HealthWatch()
    assert math.isnan(watch.worst_ms)

    watch.seconds += [0.002, 0.05, 0.01]

    assert watch.worst_ms == 50.0


def test_a_probe_that_nobody_answers_is_the_worst() -> None:
    watch = HealthWatch()
    watch.seconds.append(0.002)

    watch.probe(Server(name="gone", port=free_port(), pid=0, ready_seconds=0.0))

    assert (watch.failures, watch.worst_ms) == (1, math.inf)
