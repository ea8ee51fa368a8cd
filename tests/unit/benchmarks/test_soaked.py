"""A soak fails where memory or descriptors grow beyond doubt, and where a request is lost; settling is not judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.benchmarks.offered import KindTally, OpenRun
from tests.benchmarks.page import write_page
from tests.benchmarks.soak import capacity
from tests.benchmarks.soaked import Sample, Soaked, judged, page_of

SAMPLE = Sample(
    seconds=0.0,
    resident=260.0,
    descriptors=40.0,
    threads=16.0,
    encoder_depth=1.0,
    commit_depth=0.0,
    lag_p99_ms=4.0,
    database=10.0,
    log=4.3,
)


def soaked(
    *,
    resident: Callable[[float], float] | None = None,
    descriptors: Callable[[float], float] | None = None,
    lost: int = 0,
) -> Soaked:
    """Half an hour with a sample every five seconds; figures are functions of the minute."""
    samples = [
        replace(
            SAMPLE,
            seconds=5.0 * number,
            resident=resident(number / 12) if resident else 260.0 + number % 2,
            descriptors=descriptors(number / 12) if descriptors else 40.0 + number % 3,
        )
        for number in range(360)
    ]
    tally = KindTally(deadline_seconds=1.0, offered=1 + lost)
    tally.answered(0.01, 200, b"", b"{}")
    run = OpenRun(kinds={"/intent": tally.figures(1.0)}, late_p99_ms=1.0, generator_busy=0.1, most_connections=9)
    return Soaked(samples=samples, rate=100.0, run=run)


@pytest.mark.parametrize(
    ("result", "reached", "reason"),
    [
        (soaked(), [True, True, True], "what only wavers"),
        (soaked(resident=lambda minute: 260 + 0.5 * minute), [False, True, True], "5 MB in ten minutes"),
        (soaked(resident=lambda minute: 260 + 0.2 * minute), [True, True, True], "2 MB are less than one in a hundred"),
        (soaked(resident=lambda minute: min(300, 260 + 10 * minute)), [True, True, True], "settled in the first fifth"),
        (soaked(descriptors=lambda minute: 40 + minute // 10), [True, False, True], "one that is not given back"),
        (soaked(descriptors=lambda minute: 40 - minute // 10), [True, True, True], "fewer and fewer"),
        (soaked(lost=1), [True, True, False], "one request without an answer"),
    ],
)  # fmt: skip
def test_judged(result: Soaked, reached: list[bool], reason: str) -> None:
    assert [bar.reached for bar in judged(result)] == reached, reason


def test_capacity_of_a_mix_is_the_harmonic_mean_of_its_parts() -> None:
    """A second is spent on each kind in its share."""
    assert capacity({"/intent": 400.0, "/route": 200.0}, {"/intent": 0.5, "/route": 0.5}) == pytest.approx(800 / 3)


def test_page_draws_all_that_was_sampled(tmp_path: Path) -> None:
    result, file = soaked(), tmp_path / "page.html"

    write_page(page_of(result, judged(result), every_seconds=5.0), file)

    page = file.read_text(encoding="utf-8")
    assert page.count("<svg") == 6
    assert page.count("<polyline") == 9
    assert "<script" not in page
