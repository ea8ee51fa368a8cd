"""What becomes of answers when more is asked than can be answered: `python -m tests.benchmarks.overload`.

The peak is what 16 connections get that each wait for their answer. Then requests come by themselves, up to three
times as many, and do not care how long the others take. A service that bears this goes on giving about its peak,
refuses the rest at once, and stays alive.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from tests.benchmarks.bar import print_bars
from tests.benchmarks.case import Case, measure
from tests.benchmarks.errand import TEXTS, end_on_signals, running_errand
from tests.benchmarks.exposition import difference, quantile, read_samples
from tests.benchmarks.health import watching_health
from tests.benchmarks.mix import INTENT, ROUTE
from tests.benchmarks.offered import OpenLoadOrder, offer
from tests.benchmarks.overloaded import CONNECTIONS, Phase, as_json, judged, page_of, print_phases
from tests.benchmarks.page import write_page
from tests.benchmarks.server import Server, ServerError

MULTIPLES = (0.5, 0.8, 1.0, 1.5, 2.0, 3.0)
console = Console(width=None if sys.stdout.isatty() else 150)
progress_console = Console(stderr=True)


def main() -> None:
    """Measure, print the table and the bars, and write what was asked for."""
    arguments = _arguments()
    end_on_signals()
    path = ROUTE if arguments.route else INTENT
    try:
        with (
            tempfile.TemporaryDirectory(prefix="errand-overload-") as folder,
            running_errand(Path(folder), bundle=arguments.bundle) as server,
        ):
            peak = _peak(server, path, arguments)
            progress_console.print(f"Peak of {path}: {peak:,.0f}/s.", highlight=False)
            phases = [_phase(server, path, multiple, peak, arguments) for multiple in arguments.multiples]
    except (ServerError, OSError, ValueError) as error:
        progress_console.print(str(error), style="red", markup=False, highlight=False)
        sys.exit(1)
    bars = judged(peak, phases)
    print_phases(console, path, peak, phases)
    print_bars(console, bars)
    if arguments.json is not None:
        about = {
            "python": platform.python_version(),
            "platform": platform.platform(),
            "cores": os.cpu_count(),
            "seconds": arguments.seconds,
            "deadline_ms": arguments.deadline_ms,
            "path": path,
            "peak": peak,
        }
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps({**about, **as_json(phases, bars)}, indent=1) + "\n", encoding="utf-8")
    if arguments.page is not None:
        page = page_of(path, peak, phases, bars, seconds=arguments.seconds, deadline_ms=arguments.deadline_ms)
        write_page(page, arguments.page)


def _peak(server: Server, path: str, arguments: argparse.Namespace) -> float:
    """Answers a second to connections that wait for them, the median of the rounds."""
    case = Case(title=path, server=server, path=path, connections=CONNECTIONS)

    def tell(*_: object) -> None:
        progress_console.print("  one round of the peak", highlight=False)

    (measured,) = measure([case], texts=arguments.texts, seconds=arguments.seconds, rounds=arguments.rounds, tell=tell)
    if not measured.figures.requests_per_second:
        raise ServerError(f"{path} gave no answer: {dict(measured.figures.errors)}")
    return measured.figures.requests_per_second


def _phase(server: Server, path: str, multiple: float, peak: float, arguments: argparse.Namespace) -> Phase:
    order = OpenLoadOrder(
        port=server.port,
        texts=str(arguments.texts.resolve()),
        shares={path: 1.0},
        rate=multiple * peak,
        seconds=arguments.seconds,
        deadline_seconds=arguments.deadline_ms / 1000,
    )
    megabytes, before = server.resident_megabytes() or math.nan, read_samples(server.get("/metrics"))
    with watching_health(server) as health:
        run = offer(order)
    lag = quantile(difference(before, read_samples(server.get("/metrics"))), "errand_event_loop_lag_seconds", 0.99)
    progress_console.print(f"  {multiple:g} times the peak: {run.kinds[path].goodput:,.0f}/s in time", highlight=False)
    return Phase(
        multiple=multiple,
        figures=run.kinds[path],
        late_p99_ms=run.late_p99_ms,
        generator_busy=run.generator_busy,
        connections=run.most_connections,
        health_worst_ms=health.worst_ms,
        lag_p99_ms=math.nan if lag is None else lag * 1000,
        megabytes_before=megabytes,
        megabytes_after=server.resident_megabytes() or math.nan,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.overload", description=__doc__)
    parser.add_argument("--route", action="store_true", help="POST /route instead of POST /intent")
    parser.add_argument("--seconds", type=float, default=8.0, help="length of one measurement (%(default)g)")
    parser.add_argument("--rounds", type=int, default=3, help="of the peak (%(default)s)")
    parser.add_argument("--multiples", type=float, nargs="+", default=MULTIPLES, help="of the peak, to be offered")
    parser.add_argument("--deadline-ms", type=float, default=1000.0, help="an answer is in time within (%(default)g)")
    parser.add_argument("--bundle", type=Path, help="bundle to serve; without it, Errand builds its own at start")
    parser.add_argument("--texts", type=Path, default=TEXTS, help="file of texts (default: the held-out texts)")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write all figures here")
    parser.add_argument("--page", type=Path, metavar="OUT.html", help="draw the curves on a page")
    arguments = parser.parse_args()
    if arguments.seconds <= 0 or arguments.rounds < 1 or min(arguments.multiples) <= 0:
        parser.error("--seconds and --multiples must be more than 0, --rounds 1 or more")
    return arguments


if __name__ == "__main__":
    main()
