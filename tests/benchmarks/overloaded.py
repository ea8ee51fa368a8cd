"""What becomes of answers when more is asked than can be answered: judged, as a table and as a page."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from tests.benchmarks.bar import Bar
from tests.benchmarks.chart import Chart, Series, linear_axis, logarithmic_axis
from tests.benchmarks.offered import OpenFigures
from tests.benchmarks.page import Listing, Page

CONNECTIONS = 16
LEAST_GOODPUT = 0.9
LONGEST_REFUSAL_MS = 10.0
LONGEST_HEALTH_MS = 100.0
MOST_GROWTH = 0.10
BUSY = 0.7
"""Share of a core above which the generator's own lateness is in the figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One rate, offered for some seconds."""

    multiple: float
    """Of the peak."""
    figures: OpenFigures
    late_p99_ms: float
    """How late the generator itself was."""
    generator_busy: float
    connections: int
    health_worst_ms: float
    lag_p99_ms: float
    megabytes_before: float
    megabytes_after: float


def judged(peak: float, phases: Sequence[Phase]) -> list[Bar]:
    """The bars, at the highest rate that was offered; memory and `/healthz` at their worst of all rates."""
    most = max(phases, key=lambda phase: phase.multiple)
    times = f"{most.multiple:g} times the peak"
    goodput = most.figures.goodput / peak if peak else math.nan
    growth = max(phase.megabytes_after for phase in phases) / phases[0].megabytes_before - 1
    health = max(phase.health_worst_ms for phase in phases)
    return [
        Bar(
            name=f"goodput at {times} ÷ peak",
            measured=f"{goodput:.2f}",
            to_reach=f"≥ {LEAST_GOODPUT:g}",
            reached=goodput >= LEAST_GOODPUT,
        ),
        _judged_refusals(most.figures, times),
        Bar(
            name="/healthz, worst of all",
            measured="not answered" if math.isinf(health) else f"{health:.0f} ms",
            to_reach=f"≤ {LONGEST_HEALTH_MS:g} ms",
            reached=health <= LONGEST_HEALTH_MS,
        ),
        Bar(
            name="memory, growth since the peak was found",
            measured=f"{growth:+.1%}",
            to_reach=f"≤ {MOST_GROWTH:+.0%}",
            reached=growth <= MOST_GROWTH,
        ),
    ]


def _judged_refusals(figures: OpenFigures, times: str) -> Bar:
    """Whoever is neither answered nor refused breaks this bar too: nothing tells when to come again."""
    says = "none refused"
    if figures.refusals:
        says = f"{figures.refused_p99_ms:.1f} ms, {_all_but(figures.without_retry_after)} with Retry-After"
    if figures.failures:
        says += f"; failed {_counts(figures.failures)}"
    in_time = not figures.refusals or figures.refused_p99_ms <= LONGEST_REFUSAL_MS
    return Bar(
        name=f"refusals at {times}, p99",
        measured=says,
        to_reach=f"503 or 429 within {LONGEST_REFUSAL_MS:g} ms, all with Retry-After",
        reached=in_time and not figures.without_retry_after and not figures.failures,
    )


COLUMNS = (
    "times\npeak",
    "offered\n/s",
    "goodput\n/s",
    "degra-\nded %",
    "refused\n/s",
    "Retry-\nAfter",
    "failed",
    "p50\nms",
    "p99\nms",
    "refused\np50 ms",
    "refused\np99 ms",
    "health\nworst ms",
    "loop lag\np99 ms",
    "before\nMB",
    "after\nMB",
    "sent late\np99 ms",
)


def _row(phase: Phase) -> list[str]:
    figures = phase.figures
    seconds = figures.offered / figures.offered_per_second if figures.offered_per_second else math.nan
    refused = {status: round(count / seconds, 1) for status, count in figures.refusals.items()}
    return [
        f"{phase.multiple:g}",
        f"{figures.offered_per_second:,.0f}",
        f"{figures.goodput:,.0f}",
        f"{100 * figures.degraded_share:.1f}",
        _counts(refused) or "0",
        _all_but(figures.without_retry_after) if refused else "-",
        _counts(figures.failures) or "0",
        _ms(figures.p50_ms),
        _ms(figures.p99_ms),
        _ms(figures.refused_p50_ms),
        _ms(figures.refused_p99_ms),
        _ms(phase.health_worst_ms),
        _ms(phase.lag_p99_ms),
        f"{phase.megabytes_before:.0f}",
        f"{phase.megabytes_after:.0f}",
        _ms(phase.late_p99_ms),
    ]


def print_phases(console: Console, path: str, peak: float, phases: Sequence[Phase]) -> None:
    """The table, then doubts."""
    table = Table(title=f"{path}: peak {peak:,.0f}/s", title_justify="left", box=box.SIMPLE_HEAD, collapse_padding=True)
    for column in COLUMNS:
        table.add_column(column, justify="right")
    for phase in phases:
        table.add_row(*_row(phase))
    console.print(table)
    for phase in phases:
        if phase.generator_busy > BUSY:
            console.print(f"[yellow]{phase.multiple:g} times the peak: the load generator was at its limit.[/]")


def page_of(
    path: str, peak: float, phases: Sequence[Phase], bars: Sequence[Bar], *, seconds: float, deadline_ms: float
) -> Page:
    """Goodput and latencies by what was offered."""
    offered = [phase.figures.offered_per_second for phase in phases]
    across = linear_axis("offered a second", offered)
    latencies = (
        Series(name="answered, p50", points=_points(phases, "p50_ms"), has_dots=True),
        Series(name="refused, p99", points=_points(phases, "refused_p99_ms"), has_dots=True),
        Series(name="answered, p99", points=_points(phases, "p99_ms"), has_dots=True),
        Series(
            name="/healthz, worst",
            points=[(phase.figures.offered_per_second, phase.health_worst_ms) for phase in phases],
            has_dots=True,
        ),
    )
    goodput = (
        Series(name="answered in time", points=_points(phases, "goodput"), has_dots=True),
        Series(name="of these not degraded", points=_points(phases, "full_goodput"), has_dots=True),
        Series(name="peak", points=[(0.0, peak), (across.ticks[-1], peak)], is_aim=True),
    )
    return Page(
        eyebrow="Overload",
        title=f"{path} when more is asked than can be answered",
        lead=f"{CONNECTIONS} connections that wait for their answers get {peak:,.0f} a second. Then requests came by "
        f"themselves for {seconds:g} s at each rate; in time is within {deadline_ms:g} ms of when a "
        f"request was due. {os.cpu_count()} cores, shared with the load generator.",
        bars=bars,
        charts=[
            Chart(
                title="Does it go on answering?",
                caption="Answers with status 200 in time, by what was offered. Beyond its peak a service can only keep "
                "to it; one that collapses falls.",
                across=across,
                up=linear_axis("in time, a second", [peak, *(phase.figures.goodput for phase in phases)]),
                series=goodput,
            ),
            Chart(
                title="How long does one wait?",
                caption="From the moment when a request was due, so that waiting to be sent counts as waiting.",
                across=across,
                up=logarithmic_axis("milliseconds", [y for each in latencies for _, y in each.points]),
                series=latencies,
            ),
        ],
        listings=[Listing(title="Every rate", columns=COLUMNS, rows=[_row(phase) for phase in phases])],
        footer="Times are in milliseconds. Late is how late the generator itself sent; that is in the figures.",
    )


def _points(phases: Sequence[Phase], figure: str) -> list[tuple[float, float]]:
    return [(phase.figures.offered_per_second, float(getattr(phase.figures, figure))) for phase in phases]


def as_json(phases: Sequence[Phase], bars: Sequence[Bar]) -> dict[str, Any]:
    """Everything, for programs."""
    return {"phases": [_numbers(asdict(phase)) for phase in phases], "bars": [asdict(bar) for bar in bars]}


def _numbers(fields: dict[str, Any]) -> dict[str, Any]:
    """Figures that are not numbers are null."""
    return {
        name: _numbers(value) if isinstance(value, dict) else value if not _is_no_number(value) else None
        for name, value in fields.items()
    }


def _is_no_number(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _ms(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def _counts(counts: dict[str, Any]) -> str:
    return ", ".join(f"{kind}: {count:g}" for kind, count in sorted(counts.items()))


def _all_but(count: int) -> str:
    return "all" if not count else f"all but {count}"
