"""A system's death is read off the metrics of its caller: calls until the breaker opened, probes, cool-downs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from service.catalogue.loader import load_catalogue
from service.catalogue.schema import HttpRung
from service.domain.delivery import DeliveryOutcome
from service.fulfil.breaker import BreakerPolicy
from service.measure.instruments import Instruments
from tests.benchmarks.dying import (
    HEALTHY_PATH,
    OTHER_PATH,
    OTHER_RUNG,
    Condition,
    Made,
    Observation,
    Phase,
    calls_made,
    cool_downs_over,
    judged,
    watched,
    write_catalogue,
)
from tests.benchmarks.exposition import read_samples

POLICY = BreakerPolicy(cool_down_seconds=5.0, longest_cool_down_seconds=60.0)


def seen(*calls_and_breaker: tuple[float, float, bool]) -> list[Observation]:
    return [Observation(at=at, calls=calls, is_open=is_open) for at, calls, is_open in calls_and_breaker]


def test_calls_that_failed_are_counted_and_those_not_made_are_not() -> None:
    """As the service itself writes them down, of that rung alone."""
    instruments = Instruments()
    for outcome in (DeliveryOutcome.CONNECT, DeliveryOutcome.TIMEOUT, DeliveryOutcome.BUSY, DeliveryOutcome.SERVED):
        instruments.count_attempt(OTHER_RUNG, outcome, is_last=False)
    instruments.count_attempt("another-call", DeliveryOutcome.CONNECT, is_last=False)
    instruments.breaker_open.labels("http://127.0.0.1:1").set(0)

    def look() -> Observation:
        return watched(read_samples(instruments.exposition()[0].decode()), at=1.0)

    assert look() == Observation(at=1.0, calls=2, is_open=False)
    instruments.breaker_open.labels("http://127.0.0.1:1").set(1)
    assert look().is_open


def test_calls_that_end_after_the_opening_were_begun_before_it() -> None:
    """Until the first cool-down is over nothing is called; what comes then are probes."""
    observed = seen(
        (9.0, 0, False), (10.5, 3, False), (11.0, 5, True), (12.5, 9, True), (16.5, 10, True), (27.0, 11, True)
    )

    made = calls_made(observed, 10.0, cool_down_seconds=5.0)

    assert made == Made(until_open=9, opened_at=11.0, opened_after_seconds=1.0, probes=2)


def test_a_breaker_that_never_opens_tells_nothing() -> None:
    assert calls_made(seen((9.0, 0, False), (20.0, 40, False)), 10.0, cool_down_seconds=5.0) is None


@pytest.mark.parametrize(
    ("until", "probe_seconds", "expected", "reason"),
    [
        (4.9, 0.0, 0, "the first is not over"),
        (5.0, 0.0, 1, "five seconds"),
        (15.0, 0.0, 2, "and ten"),
        (35.0, 0.0, 3, "and twenty"),
        (35.0, 2.0, 2, "a probe that waits two seconds puts the next cool-down off"),
        (135.0, 0.0, 5, "5 + 10 + 20 + 40 + 60"),
        (195.0, 0.0, 6, "no longer than sixty"),
    ],
)
def test_cool_downs(until: float, probe_seconds: float, expected: int, reason: str) -> None:
    assert cool_downs_over(100.0, 100.0 + until, POLICY, probe_seconds=probe_seconds) == expected, reason


def a_phase(condition: Condition = Condition.DEAD, made: Made | None = None) -> Phase:
    return Phase(
        condition=condition,
        contacts=100,
        never_called=0,
        made=made,
        cool_downs=2,
        probed_cool_downs=1,
        extra_share=0.1,
        answered_p50_ms=10.0,
        answered_p99_ms=100.0,
        called_p50_ms=20.0,
        called_p99_ms=200.0,
    )


OPENED = Made(until_open=10, opened_at=1.0, opened_after_seconds=1.0, probes=2)
HEALTHY = a_phase(Condition.HEALTHY)
DEAD = a_phase(made=OPENED)


@pytest.mark.parametrize(
    ("dead", "missed", "reason"),
    [
        (DEAD, [], "all is as it should be"),
        (replace(DEAD, made=replace(OPENED, until_open=11)), [0], "one call too many"),
        (replace(DEAD, made=replace(OPENED, probes=3)), [1], "more probes than cool-downs"),
        (replace(DEAD, made=replace(OPENED, probes=0)), [1], "nobody finds out when it lives again"),
        (replace(DEAD, made=replace(OPENED, probes=1)), [], "the last probe is on its way"),
        (replace(DEAD, made=None), [0, 1], "a breaker that never opened"),
        (replace(DEAD, extra_share=0.21), [2], "too many retries"),
        (replace(DEAD, answered_p99_ms=130.0), [3], "the other path's answers take longer"),
        (replace(DEAD, called_p99_ms=260.0), [4], "the other path's calls come later"),
        (replace(DEAD, never_called=1), [3, 4], "one of the other path's calls did not come"),
    ],
)
def test_judged(dead: Phase, missed: list[int], reason: str) -> None:
    bars = judged([HEALTHY, dead, replace(HEALTHY, condition=Condition.HEALTHY_AGAIN)])

    assert [place for place, bar in enumerate(bars) if not bar.reached] == missed, reason
    assert len(bars) == 5


def test_the_catalogue_calls_both_systems(tmp_path: Path) -> None:
    """It loads, which proves that the paths end nowhere else than in a promise."""
    urls = {HEALTHY_PATH: "http://127.0.0.1:1/well", OTHER_PATH: "http://127.0.0.1:2/other"}

    catalogue = load_catalogue(write_catalogue(tmp_path / "catalogue", urls, timeout_seconds=2.0))

    rungs = {path: catalogue.paths[path].rungs[0] for path in urls}
    assert {path: rung.url for path, rung in rungs.items() if isinstance(rung, HttpRung)} == urls
    assert rungs[OTHER_PATH].name == OTHER_RUNG
