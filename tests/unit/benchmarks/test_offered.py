"""Answers are counted by what they are worth: in time, degraded, refused with a word on when to come again."""

from __future__ import annotations

import json
import math
from dataclasses import asdict

from tests.benchmarks.offered import KindTally, OpenRun, RoutedContact, read_run

HEAD = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2"


def a_tally() -> KindTally:
    """Ten requests: four answers in time, one of them degraded; one late; three refusals; one failure; one never."""
    tally = KindTally(deadline_seconds=1.0)
    tally.offered = 10
    for seconds in (0.1, 0.2, 1.0):
        tally.answered(seconds, 200, b"", b'{"degraded":false}')
    tally.answered(0.3, 200, b"", b'{"degraded":true}')
    tally.answered(1.5, 200, b"", b'{"degraded":true}')
    tally.answered(0.002, 503, HEAD + b"\r\nRetry-After: 1", b"{}")
    tally.answered(0.004, 429, HEAD + b"\r\nretry-after:3", b"{}")
    tally.answered(0.006, 503, HEAD, b'"Retry-After: 1"')
    tally.answered(0.5, 500, HEAD, b"{}")
    return tally


def test_goodput_is_what_came_in_time() -> None:
    """A late answer is none, though its latency counts; a degraded one is one."""
    figures = a_tally().figures(2.0)

    assert (figures.offered_per_second, figures.goodput, figures.full_goodput) == (5.0, 2.0, 1.5)
    assert figures.degraded_share == 2 / 5
    assert (figures.p50_ms, figures.p99_ms) == (300.0, 1500.0)


def test_refusals_are_told_from_failures() -> None:
    """What was never answered is a failure; a header counts in the head alone."""
    figures = a_tally().figures(2.0)

    assert figures.refusals == {"503": 2, "429": 1}
    assert figures.without_retry_after == 1
    assert (figures.refused_p50_ms, figures.refused_p99_ms) == (4.0, 6.0)
    assert figures.failures == {"500": 1, "no answer": 1}


def test_a_run_is_read_as_it_was_written() -> None:
    """Figures that nothing was measured for stay unknown on the way."""
    figures = KindTally(deadline_seconds=1.0).figures(1.0)
    run = OpenRun(
        kinds={"/route": figures},
        late_p99_ms=0.5,
        generator_busy=0.1,
        most_connections=3,
        contacts=[RoutedContact(decision_id="d-1", path="track_order", at=1.0, seconds=0.1)],
    )

    read = read_run(json.loads(json.dumps(asdict(run))))

    assert read.contacts == run.contacts
    assert math.isnan(read.kinds["/route"].p50_ms)
    assert asdict(read) | {"kinds": {}} == asdict(run) | {"kinds": {}}
