"""Whether Errand can be left alone with half of what it can bear: `python -m tests.benchmarks.soak --minutes 30`.

Customers ask, are routed, come back and tell what became of it, at half the rate that the mix would reach at most. What
the process holds is sampled all the while; it fails where memory or file descriptors grow.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from tests.benchmarks.bar import print_bars
from tests.benchmarks.case import Case, measure
from tests.benchmarks.errand import TEXTS, end_on_signals, running_errand
from tests.benchmarks.exposition import Samples, difference, quantile, read_samples
from tests.benchmarks.mix import INTENT, ROUTE
from tests.benchmarks.offered import OpenLoadOrder, offering
from tests.benchmarks.page import write_page
from tests.benchmarks.server import Server, ServerError
from tests.benchmarks.soaked import RETURNING, SETTLING_SHARE, SHARES, Sample, Soaked, judged, page_of, print_soaked
from tests.benchmarks.trend import FEWEST

CONNECTIONS = 16
LOAD = 0.5
"""Of the peak."""
console = Console(width=None if sys.stdout.isatty() else 110)
progress_console = Console(stderr=True)


def main() -> None:
    """Soak, print, and exit with 1 where something grows."""
    arguments = _arguments()
    end_on_signals()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="errand-soak-") as folder,
            running_errand(Path(folder), bundle=arguments.bundle) as server,
        ):
            rate = arguments.rate or LOAD * _peak(server, arguments)
            progress_console.print(f"Offering {rate:,.0f}/s for {arguments.minutes:g} minutes …", highlight=False)
            soaked = _soak(server, Path(folder) / "home" / "errand.db", rate, arguments)
    except (ServerError, OSError, ValueError) as error:
        progress_console.print(str(error), style="red", markup=False, highlight=False)
        sys.exit(1)
    bars = judged(soaked)
    print_soaked(console, soaked)
    print_bars(console, bars)
    if arguments.page is not None:
        write_page(page_of(soaked, bars, every_seconds=arguments.every), arguments.page)
    if not all(bar.reached for bar in bars):
        sys.exit(1)


def capacity(peaks: Mapping[str, float], shares: Mapping[str, float]) -> float:
    """Requests a second of a mix whose kinds reach these peaks, each alone."""
    return 1 / sum(share / peaks[kind] for kind, share in shares.items())


def _peak(server: Server, arguments: argparse.Namespace) -> float:
    cases = [Case(title=path, server=server, path=path, connections=CONNECTIONS) for path in (INTENT, ROUTE)]

    def tell(case: Case, _: object) -> None:
        progress_console.print(f"  peak of {case.title}", highlight=False)

    measured = measure(cases, texts=TEXTS, seconds=arguments.peak_seconds, rounds=1, tell=tell)
    peaks = {one.case.path: one.figures.requests_per_second for one in measured}
    if not all(peaks.values()):
        raise ServerError("There was no answer while the peak was looked for.")
    # A report or a look-up is a transaction, as a routed contact is, and needs no understanding.
    return capacity(peaks, {INTENT: SHARES[INTENT], ROUTE: 1 - SHARES[INTENT]})


def _soak(server: Server, database: Path, rate: float, arguments: argparse.Namespace) -> Soaked:
    order = OpenLoadOrder(
        port=server.port,
        texts=str(TEXTS),
        shares=SHARES,
        rate=rate,
        seconds=arguments.minutes * 60,
        returning=RETURNING,
    )
    samples: list[Sample] = []
    with offering(order) as load:
        began, before = time.monotonic(), read_samples(server.get("/metrics"))
        while True:
            time.sleep(arguments.every)
            if load.is_over:
                return Soaked(samples=samples[:-1], rate=rate, run=load.result(0))  # the last may be of the end
            now = read_samples(server.get("/metrics"))
            samples.append(_sample(server, database, before, now, time.monotonic() - began))
            before = now


def _sample(server: Server, database: Path, before: Samples, now: Samples, seconds: float) -> Sample:
    lag = quantile(difference(before, now), "errand_event_loop_lag_seconds", 0.99)
    return Sample(
        seconds=seconds,
        resident=server.resident_megabytes() or math.nan,
        descriptors=server.descriptors(),
        threads=server.threads(),
        encoder_depth=now.get("errand_encoder_in_flight", math.nan),
        commit_depth=now.get("errand_commit_queue_depth", math.nan),
        lag_p99_ms=math.nan if lag is None else lag * 1000,
        database=_megabytes(database),
        log=_megabytes(database.with_name(f"{database.name}-wal")),
    )


def _megabytes(file: Path) -> float:
    return file.stat().st_size / 1e6 if file.exists() else 0.0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="(%(default)g)")
    parser.add_argument("--every", type=float, default=5.0, help="seconds between two samples (%(default)g)")
    parser.add_argument("--rate", type=float, help="requests a second (default: half of the peak, which is measured)")
    parser.add_argument("--peak-seconds", type=float, default=8.0, help="spent on each peak (%(default)g)")
    parser.add_argument("--bundle", type=Path, help="bundle to serve; without it, Errand builds its own at start")
    parser.add_argument("--page", type=Path, metavar="OUT.html", help="draw the curves on a page")
    arguments = parser.parse_args()
    fewest = math.ceil((FEWEST + 2) / (1 - SETTLING_SHARE)) * arguments.every / 60
    if arguments.minutes < fewest:
        parser.error(f"--minutes must be at least {fewest:.2g} with a sample every {arguments.every:g} s")
    return arguments


if __name__ == "__main__":
    main()
