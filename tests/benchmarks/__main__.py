"""`python -m tests.benchmarks`: Errand beside a constant endpoint, in one run on one machine."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.benchmarks.case import Case, Measured, measure
from tests.benchmarks.figure import Figures
from tests.benchmarks.peer import PEERS, peer_environment
from tests.benchmarks.report import CANNED, CONSTANT, INTENT, ROUTE, as_json, derived, print_report
from tests.benchmarks.server import ROOT, Server, ServerError, free_port, running
from tests.benchmarks.texts import read_texts

TEXTS = ROOT / "tests" / "data" / "starter_held_out.jsonl"
ERRAND_SECONDS = 180.0
"""Enough to build a bundle where none is given."""
BUSY_MACHINE = 0.3
"""Load of a core by others above which the figures are worth little."""
console = Console(width=None if sys.stdout.isatty() else 110)
progress_console = Console(stderr=True)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Measures Errand beside a constant endpoint of FastAPI and uvicorn, as ratios within one run.",
        epilog="Example: python -m tests.benchmarks --bundle var/bundle --json benchmark.json",
    )
    parser.add_argument(
        "--texts",
        type=Path,
        default=TEXTS,
        help="JSON Lines with a field text, or a text a line (default: the held-out texts)",
    )
    parser.add_argument("--bundle", type=Path, help="bundle to serve; without it, Errand builds its own at start")
    parser.add_argument("--seconds", type=float, default=8.0, help="length of one measurement (%(default)g)")
    parser.add_argument(
        "--rounds", type=int, default=3, help="times that every case is measured, in turn (%(default)s)"
    )
    parser.add_argument(
        "--connections", type=int, default=16, help="connections of the loaded cases, 2 or more (%(default)s)"
    )
    parser.add_argument("--peers", action="store_true", help="measure other servers too, where they are installed")
    parser.add_argument("--peer-python", default=sys.executable, help="interpreter of the peers (default: this one)")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write all figures of all rounds here")
    arguments = parser.parse_args()
    if arguments.connections < 2 or arguments.rounds < 1 or arguments.seconds <= 0:
        parser.error("--connections must be 2 or more, --rounds 1 or more, --seconds more than 0")
    return arguments


def start_all(arguments: argparse.Namespace, stack: contextlib.ExitStack) -> list[Case]:
    """Start every server and name its cases; the stack stops them."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="errand-benchmark-")))
    many, python = arguments.connections, sys.executable

    def start(name: str, command: list[str], port: int, **options: Any) -> Server:
        progress_console.print(f"Starting {name} …", highlight=False)
        return stack.enter_context(running(name, command, port=port, folder=folder, **options))

    port = free_port()
    constant = start("constant", [python, "-m", "tests.benchmarks.constant", str(port)], port)
    port = free_port()
    canned = start("canned", [python, "-m", "tests.benchmarks.canned", str(port)], port, health=None)
    port, home = free_port(), folder / "home"
    environment = {"ERRAND_HOME": str(home), "ERRAND_PORT": str(port), "ERRAND_DATABASE_URL": ""}
    if arguments.bundle is not None:
        environment["ERRAND_BUNDLE"] = str(arguments.bundle.resolve())
    serve = [python, "-m", "service.cli", "serve"]
    errand = start("errand", serve, port, environment=environment, wait_seconds=ERRAND_SECONDS)
    cases = [
        Case(title=CONSTANT, server=constant, path="/constant", connections=many),
        Case(title=INTENT, server=errand, path="/intent", connections=many, has_metrics=True),
        Case(title=ROUTE, server=errand, path="/route", connections=many, has_metrics=True),
        Case(title=CONSTANT, server=constant, path="/constant", connections=1),
        Case(title=INTENT, server=errand, path="/intent", connections=1, has_metrics=True),
        Case(title=CANNED, server=canned, path="/canned", connections=many),
    ]
    if not arguments.peers:
        return cases
    told = peer_environment(arguments.bundle or home / "bundle", folder)
    for peer in PEERS:
        if missing := peer.missing(arguments.peer_python):
            console.print(peer.skipped(missing), highlight=False)
            continue
        port = free_port()
        command = peer.command(arguments.peer_python, port)
        try:
            server = start(peer.module, command, port, environment=told, wait_seconds=ERRAND_SECONDS)
        except ServerError as error:
            console.print(f"{peer.title} skipped: {error}", markup=False, highlight=False)
            continue
        server.pause()
        cases.append(Case(title=peer.title, server=server, path="/intent", connections=many, is_paused=True))
    return cases


def measure_all(arguments: argparse.Namespace, cases: list[Case]) -> list[Measured]:
    """Measure, and tell on standard error how far it is."""
    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=progress_console) as progress:
        bar = progress.add_task("measuring", total=arguments.rounds * len(cases))

        def tell(case: Case, figures: Figures) -> None:
            progress.console.print(f"  {case.name}: {figures.requests_per_second:,.0f}/s", highlight=False)
            progress.advance(bar)

        return measure(cases, texts=arguments.texts, seconds=arguments.seconds, rounds=arguments.rounds, tell=tell)


def run(arguments: argparse.Namespace) -> None:
    texts = read_texts(arguments.texts)
    load_before = os.getloadavg() if hasattr(os, "getloadavg") else None
    with contextlib.ExitStack() as stack:
        cases = start_all(arguments, stack)
        errand = next(case.server for case in cases if case.title == INTENT)
        all_measured = measure_all(arguments, cases)
        memory = errand.resident_megabytes()
    ratios = derived(all_measured, memory_megabytes=memory, ready_seconds=errand.ready_seconds)
    print_report(console, all_measured, ratios)
    console.print(
        f"{len(texts):,} distinct texts, sent again and again: Errand keeps no answers to /intent, and every /route is "
        f"a new contact. {arguments.rounds} rounds of {arguments.seconds:g} s; {os.cpu_count()} cores, shared with the "
        "load generator.",
        highlight=False,
        soft_wrap=True,
    )
    if load_before is not None and load_before[0] > BUSY_MACHINE * (os.cpu_count() or 1):
        console.print(f"[yellow]The machine was busy before the start (load {load_before[0]:.1f}); measure again.[/]")
    if arguments.json is not None:
        about = {
            "python": platform.python_version(),
            "platform": platform.platform(),
            "cores": os.cpu_count(),
            "load_average_before": load_before,
            "texts": len(texts),
            "seconds": arguments.seconds,
            "settings_from_environment": sorted(name for name in os.environ if name.startswith("ERRAND_")),
        }
        arguments.json.write_text(json.dumps(as_json(all_measured, ratios, about), indent=1) + "\n", encoding="utf-8")


def _end(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)  # unwinds the stack, which stops the servers


def main() -> None:
    arguments = read_arguments()
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _end)
    try:
        run(arguments)
    except (ServerError, OSError, ValueError) as error:
        progress_console.print(str(error), style="red", markup=False, highlight=False)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
