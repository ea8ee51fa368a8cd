"""Overload is judged by its bars: goodput kept, refusals quick and told when to come again, health, memory."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.offered import OpenFigures
from tests.benchmarks.overloaded import Phase, as_json, judged, page_of
from tests.benchmarks.page import write_page

FIGURES = OpenFigures(
    offered=2_400,
    offered_per_second=1_200.0,
    goodput=390.0,
    full_goodput=300.0,
    degraded_share=0.1,
    statuses={"200": 800, "503": 1_600},
    without_retry_after=0,
    p50_ms=200.0,
    p99_ms=900.0,
    refused_p50_ms=2.0,
    refused_p99_ms=8.0,
)
WELL = Phase(
    multiple=3.0,
    figures=FIGURES,
    late_p99_ms=1.0,
    generator_busy=0.2,
    connections=600,
    health_worst_ms=60.0,
    lag_p99_ms=15.0,
    megabytes_before=260.0,
    megabytes_after=270.0,
)


def test_what_bears_overload_reaches_every_bar() -> None:
    assert [bar.reached for bar in judged(400.0, [WELL])] == [True] * 4


@pytest.mark.parametrize(
    ("figures", "fields", "missed", "reason"),
    [
        ({"goodput": 350.0}, {}, 0, "350 of 400 is less than nine tenths"),
        ({"refused_p99_ms": 11.0}, {}, 1, "refusals that take long"),
        ({"without_retry_after": 1}, {}, 1, "a refusal that does not say when to come again"),
        ({"statuses": {"200": 800, "lost": 3}}, {}, 1, "neither answered nor refused"),
        ({}, {"health_worst_ms": 101.0}, 2, "health that takes long"),
        ({}, {"health_worst_ms": math.inf}, 2, "health that was not answered"),
        ({}, {"megabytes_after": 287.0}, 3, "more than a tenth on top of 260 MB"),
    ],
)
def test_each_bar_can_be_missed(figures: dict[str, Any], fields: dict[str, Any], missed: int, reason: str) -> None:
    phase = replace(WELL, figures=replace(FIGURES, **figures), **fields)

    assert [place for place, bar in enumerate(judged(400.0, [phase])) if not bar.reached] == [missed], reason


def test_goodput_is_judged_at_the_highest_rate_and_health_at_all() -> None:
    """Wherever that one stands."""
    half = replace(WELL, multiple=0.5, figures=replace(FIGURES, goodput=200.0), health_worst_ms=300.0)

    goodput, _, health, _ = judged(400.0, [WELL, half])

    assert goodput.reached
    assert (health.measured, health.reached) == ("300 ms", False)


def test_where_nobody_is_refused_no_refusal_is_slow() -> None:
    figures = replace(FIGURES, statuses={"200": 2_400}, refused_p50_ms=math.nan, refused_p99_ms=math.nan)
    bar = judged(400.0, [replace(WELL, figures=figures)])[1]

    assert (bar.measured, bar.reached) == ("none refused", True)


def test_json_has_no_figures_that_are_not_numbers() -> None:
    """Other programs could not read them."""
    figures = replace(FIGURES, refused_p99_ms=math.nan)
    phases = [replace(WELL, figures=figures, health_worst_ms=math.inf)]

    told = json.loads(json.dumps(as_json(phases, judged(400.0, phases)), allow_nan=False))

    assert told["phases"][0]["figures"]["refused_p99_ms"] is None
    assert told["phases"][0]["health_worst_ms"] is None
    assert told["phases"][0]["figures"]["goodput"] == 390.0


def test_page_stands_alone(tmp_path: Path) -> None:
    """Both charts are drawn, nothing is fetched or run, and each verdict is on it."""
    phases = [replace(WELL, multiple=0.5, health_worst_ms=200.0), WELL]
    file = tmp_path / "new" / "page.html"

    write_page(page_of("/intent", 400.0, phases, judged(400.0, phases), seconds=8.0, deadline_ms=1000.0), file)

    page = file.read_text(encoding="utf-8")
    assert page.count("<svg") == 2
    assert page.count("<polyline") == 3 + 4
    assert not [word for word in ("<script", "http:", "https:", "@import", "url(") if word in page]
    assert page.count('class="reached"') == 3
    assert page.count('class="missed"') == 1
