"""What a process held while it was left alone: judged, as a table and as a page."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table

from tests.benchmarks.bar import Bar
from tests.benchmarks.chart import Chart, Series, linear_axis
from tests.benchmarks.mix import INTENT, LOOK_UP, OUTCOME, ROUTE
from tests.benchmarks.offered import OpenRun
from tests.benchmarks.page import Listing, Page
from tests.benchmarks.trend import Trend, trend_of

SHARES = {INTENT: 0.70, ROUTE: 0.25, OUTCOME: 0.025, LOOK_UP: 0.025}
RETURNING = 0.5
SETTLING_SHARE = 0.2
"""Of the time, at its beginning: caches fill and pools open, which is no leak. It is drawn, and not judged."""
MOST_GROWTH = 0.01
"""Of memory in ten minutes."""
MOST_DESCRIPTORS = 1.0
"""That the trend may add over the whole run."""
TEN_MINUTES = 600.0
REQUEST_COLUMNS = ("request", "offered/s", "in time/s", "p50 ms", "p99 ms", "degraded %", "refused", "failed")
HELD = {
    "memory, MB": "resident",
    "file descriptors": "descriptors",
    "threads": "threads",
    "texts in or before the encoder": "encoder_depth",
    "decisions waiting for their commit": "commit_depth",
    "event-loop lag, p99 ms": "lag_p99_ms",
    "database, MB": "database",
    "write-ahead log, MB": "log",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What the process held at one moment; file sizes in megabytes."""

    seconds: float
    """Since the first one."""
    resident: float
    descriptors: float
    threads: float
    encoder_depth: float
    commit_depth: float
    lag_p99_ms: float
    """Since the sample before."""
    database: float
    log: float
    """The write-ahead log of SQLite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Soaked:
    samples: Sequence[Sample]
    rate: float
    run: OpenRun

    @property
    def settled(self) -> Sequence[Sample]:
        return self.samples[math.ceil(SETTLING_SHARE * len(self.samples)) :]

    def trend(self, figure: str) -> Trend:
        """Of one figure of the settled samples, by ten minutes."""
        times = [sample.seconds / TEN_MINUTES for sample in self.settled]
        return trend_of(times, [getattr(sample, figure) for sample in self.settled])


def judged(soaked: Soaked) -> list[Bar]:
    """Whether memory and descriptors stay, and whether everything was answered."""
    memory, descriptors = soaked.trend("resident"), soaked.trend("descriptors")
    start = soaked.settled[0].resident
    span = (soaked.settled[-1].seconds - soaked.settled[0].seconds) / TEN_MINUTES
    failures = {kind: figures.failures for kind, figures in soaked.run.kinds.items() if figures.failures}
    return [
        Bar(
            name="memory, in 10 minutes",
            measured=f"{memory.slope:+.2f} ± {memory.standard_error:.2f} MB",
            to_reach=f"beyond 2 errors ≤ {MOST_GROWTH:+.0%}, {MOST_GROWTH * start:+.1f} MB",
            reached=memory.at_least <= MOST_GROWTH * start,
        ),
        Bar(
            name="descriptors, in 10 minutes",
            measured=f"{descriptors.slope:+.2f} ± {descriptors.standard_error:.2f}",
            to_reach="beyond 2 errors no more than one in the whole time",
            reached=descriptors.at_least * span <= MOST_DESCRIPTORS,
        ),
        Bar(
            name="neither answered nor refused",
            measured=str(sum(sum(counts.values()) for counts in failures.values())),
            to_reach="0",
            reached=not failures,
        ),
    ]


def print_soaked(console: Console, soaked: Soaked) -> None:
    """What was asked, and what was held at the beginning and at the end."""
    table = Table(
        title=f"{soaked.rate:,.0f}/s offered over {soaked.samples[-1].seconds / 60:.1f} minutes",
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    for column in REQUEST_COLUMNS:
        table.add_column(column, justify="left" if column == REQUEST_COLUMNS[0] else "right")
    for row in _request_rows(soaked.run):
        table.add_row(*row)
    console.print(table)
    first, last = soaked.settled[0], soaked.settled[-1]
    for name, figure in HELD.items():
        values = [getattr(sample, figure) for sample in soaked.settled]
        console.print(
            f"{name:<34} {getattr(first, figure):>9,.1f} → {getattr(last, figure):>9,.1f}   most {max(values):,.1f}",
            highlight=False,
        )


def _request_rows(run: OpenRun) -> list[list[str]]:
    return [
        [
            kind,
            f"{figures.offered_per_second:,.1f}",
            f"{figures.goodput:,.1f}",
            f"{figures.p50_ms:.1f}",
            f"{figures.p99_ms:.1f}",
            f"{100 * figures.degraded_share:.2f}",
            str(sum(figures.refusals.values())),
            ", ".join(f"{how}: {count}" for how, count in sorted(figures.failures.items())) or "0",
        ]
        for kind, figures in run.kinds.items()
    ]


def page_of(soaked: Soaked, bars: Sequence[Bar], *, every_seconds: float) -> Page:
    """Everything that was sampled, over time."""
    minutes = soaked.samples[-1].seconds / 60
    return Page(
        eyebrow="Soak",
        title=f"{minutes:.3g} minutes at {soaked.rate:,.0f} requests a second",
        lead="They came by themselves: "
        f"{', '.join(f'{100 * share:g} % {kind}' for kind, share in SHARES.items())}; half of the routed turns were of "
        f"contacts that came back. A sample every {every_seconds:g} s; {os.cpu_count()} cores, shared with the load "
        "generator.",
        bars=bars,
        charts=_charts(soaked),
        listings=[Listing(title="Requests", columns=REQUEST_COLUMNS, rows=_request_rows(soaked.run))],
        footer=f"Trends and bars leave out the first {SETTLING_SHARE:.0%} of the time, in which caches fill.",
    )


def _charts(soaked: Soaked) -> list[Chart]:
    trend = soaked.trend("resident")
    ends = [soaked.settled[0].seconds, soaked.settled[-1].seconds]
    line = [(at / 60, trend.intercept + trend.slope * at / TEN_MINUTES) for at in ends]
    memory = _series(soaked, "resident")
    return [
        _chart(
            "Does memory grow?",
            "Resident memory of the process. The dotted line is the trend; the axis does not begin at zero.",
            "megabytes",
            (memory, Series(name="trend", points=line, is_aim=True)),
            from_zero=False,
        ),
        _chart(
            "Are descriptors given back?",
            "Open files and connections, and threads. Connections come and go with the requests on their way.",
            "number",
            (_series(soaked, "descriptors"), _series(soaked, "threads")),
        ),
        _chart(
            "Does work pile up?",
            "How much was waiting at the moment of each sample.",
            "number",
            (_series(soaked, "encoder_depth"), _series(soaked, "commit_depth")),
        ),
        _chart(
            "Is the event loop in time?",
            "How late timers ran, the 99th percentile between two samples.",
            "milliseconds",
            (_series(soaked, "lag_p99_ms"),),
        ),
        _chart("How large is the database?", "The file of SQLite.", "megabytes", (_series(soaked, "database"),)),
        _chart(
            "Is its log written back?",
            "The write-ahead log is written back into the file again and again; it must not grow for ever.",
            "megabytes",
            (_series(soaked, "log"),),
        ),
    ]


def _series(soaked: Soaked, figure: str) -> Series:
    name = next(name for name, held in HELD.items() if held == figure)
    return Series(name=name, points=[(sample.seconds / 60, getattr(sample, figure)) for sample in soaked.samples])


def _chart(title: str, caption: str, unit: str, series: Sequence[Series], *, from_zero: bool = True) -> Chart:
    return Chart(
        title=title,
        caption=caption,
        across=linear_axis("minutes", [x for each in series for x, _ in each.points]),
        up=linear_axis(unit, [y for each in series for _, y in each.points], from_zero=from_zero),
        series=series,
    )
