"""What was measured, for people: one table, and the ratios with the figures to reach beside them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from tests.benchmarks.case import Measured
from tests.benchmarks.exposition import Samples, add, quantile, share_of
from tests.benchmarks.figure import Figures
from tests.benchmarks.peer import LITSERVE

CONSTANT, CANNED, INTENT, ROUTE = "constant endpoint", "bytes for bytes", "/intent", "/route"
BUSY = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    name: str
    value: float | None
    bar: str = ""
    """The figure to reach, as information."""


def derived(all_measured: Sequence[Measured], *, memory_megabytes: float | None, ready_seconds: float) -> list[Derived]:
    """The ratios of one run."""
    figures = {(one.case.title, one.case.connections): one.figures for one in all_measured}
    many = max(one.case.connections for one in all_measured)
    counted = add(*(one.counted for one in all_measured if one.case.connections == many))
    intent = figures[INTENT, many].requests_per_second
    lag = quantile(counted, "errand_event_loop_lag_seconds", 0.99)
    answered = sum(count for series, count in counted.items() if series.startswith("errand_confidence_count"))
    ratios = [
        Derived(
            name=f"/intent ÷ constant, requests/s at {many} connections",
            value=_ratio(intent, figures[CONSTANT, many].requests_per_second),
            bar="≥ 0.40",
        ),
        Derived(
            name="/intent ÷ constant, p50 at 1 connection",
            value=_ratio(figures[INTENT, 1].p50_ms, figures[CONSTANT, 1].p50_ms),
            bar="≤ 3",
        ),
        Derived(
            name=f"/route ÷ /intent, requests/s at {many} connections",
            value=_ratio(figures[ROUTE, many].requests_per_second, intent),
            bar="≥ 0.5",
        ),
        Derived(name="memory of Errand after load, MB", value=memory_megabytes, bar="≤ 300"),
        Derived(name="event-loop lag under load, p99 ms", value=None if lag is None else lag * 1000, bar="≤ 20"),
        Derived(name="Errand ready after start, s", value=ready_seconds, bar="≤ 3 with a bundle, ≤ 60 without"),
        Derived(
            name="texts answered by the lexical head",
            value=share_of(counted, "errand_confidence_count", "stage", "lexical"),
        ),
        Derived(
            name="texts that went without the encoder for want of time",
            value=_ratio(counted.get("errand_cut_short_total", 0.0), answered),
            bar="0",
        ),
        Derived(
            name=f"processor time of a constant answer ÷ that of /intent, {many} connections",
            value=_ratio(figures[CONSTANT, many].cpu_ms, figures[INTENT, many].cpu_ms),
        ),
        Derived(name="mean time in the lexical head, ms", value=_mean_ms(counted, "errand_lexical_seconds")),
        Derived(name="mean time in the encoder, ms", value=_mean_ms(counted, "errand_encoder_seconds")),
    ]
    if (LITSERVE.title, many) in figures:
        litserve = figures[LITSERVE.title, many].requests_per_second
        ratios.append(
            Derived(name="/intent ÷ LitServe on the same encoder", value=_ratio(intent, litserve), bar="≥ 12")
        )
    return ratios


def print_report(console: Console, all_measured: Sequence[Measured], ratios: Sequence[Derived]) -> None:
    """The table, then the ratios, then doubts."""
    constant = {one.case.connections: one.figures for one in all_measured if one.case.title == CONSTANT}
    table = Table(title="Medians of the rounds", title_justify="left", box=box.SIMPLE_HEAD, collapse_padding=True)
    table.add_column("case", no_wrap=True)
    for column in ("conn.", "requests/s", "p50 ms", "p99 ms", "÷ constant", "cpu ms", "errors"):
        table.add_column(column, justify="right")
    for one in all_measured:
        table.add_row(one.case.title, str(one.case.connections), *_row(one.figures, constant[one.case.connections]))
    console.print(table)
    for ratio in ratios:
        value = "not known" if ratio.value is None else f"{ratio.value:.3g}"
        bar = f"  to reach: {ratio.bar}" if ratio.bar else ""
        console.print(f"{ratio.name:<66} {value:>9}{bar}", markup=False, highlight=False, soft_wrap=True)
    for one in all_measured:
        if one.figures.generator_busy > BUSY and one.case.title != CANNED:
            console.print(f"[yellow]{one.case.name}: the load generator was at its limit; the figure is too low.[/]")


def as_json(all_measured: Sequence[Measured], ratios: Sequence[Derived], about: Mapping[str, Any]) -> dict[str, Any]:
    """Everything, for programs; figures that are not numbers are null."""
    cases = [
        {
            "case": one.case.title,
            "path": one.case.path,
            "connections": one.case.connections,
            "median": _numbers(one.figures),
            "rounds": [_numbers(figures) for figures in one.rounds],
        }
        for one in all_measured
    ]
    return {**about, "cases": cases, "derived": [asdict(ratio) for ratio in ratios]}


def _row(figures: Figures, constant: Figures) -> tuple[str, ...]:
    ratio = _ratio(figures.requests_per_second, constant.requests_per_second)
    errors = ", ".join(f"{kind}: {count}" for kind, count in sorted(figures.errors.items()))
    return (
        f"{figures.requests_per_second:,.0f}",
        f"{figures.p50_ms:.2f}",
        f"{figures.p99_ms:.2f}",
        "-" if ratio is None else f"{ratio:.3f}",
        f"{figures.cpu_ms:.2f}",
        errors or "0",
    )


def _ratio(one: float, other: float) -> float | None:
    return None if not other or math.isnan(one) or math.isnan(other) else one / other


def _mean_ms(counted: Samples, histogram: str) -> float | None:
    mean = _ratio(counted.get(f"{histogram}_sum", 0.0), counted.get(f"{histogram}_count", 0.0))
    return None if mean is None else mean * 1000


def _numbers(figures: Figures) -> dict[str, Any]:
    fields = asdict(figures)
    return {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in fields.items()}
