"""`python -m tests.faults`: damage Errand under load, fault by fault, and count what was lost."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.faults.damage import FAULTS, Fault
from tests.faults.installation import Database, open_installation
from tests.faults.report import as_json, print_report
from tests.faults.run import Finding, Plan, run_fault
from tests.support.bundles import build_starter_bundle
from tests.support.postgres import PostgreSQL, running_postgresql

CACHE_VARIABLE = "ERRAND_TEST_CACHE"
console = Console(width=None if sys.stdout.isatty() else 150)
progress_console = Console(stderr=True)


def read_arguments() -> argparse.Namespace:
    names = [fault.name for fault in FAULTS]
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description="Damages Errand under load, and holds what callers were told against what it has kept.",
        epilog="Faults: " + "; ".join(f"{fault.name} ({fault.what})" for fault in FAULTS) + ".",
    )
    parser.add_argument("--fault", nargs="+", choices=names, default=names, metavar="NAME", help="default: all")
    parser.add_argument("--database", choices=list(Database), help="default: both, where a fault has a meaning on both")
    parser.add_argument("--cycles", type=int, default=10, help="of each fault on each database (%(default)s)")
    parser.add_argument("--contacts", type=int, default=100, help="told after each damage (%(default)s)")
    parser.add_argument("--rate", type=float, default=100.0, help="contacts a second (%(default)g)")
    parser.add_argument("--minutes", type=float, default=60.0, help="no cycle begins after so many (%(default)g)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments at which damage is done (%(default)s)")
    parser.add_argument("--bundle", type=Path, help="bundle of the starter catalogue; without it, one is built")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write everything that was found here")
    arguments = parser.parse_args()
    if min(arguments.cycles, arguments.contacts) < 1 or min(arguments.rate, arguments.minutes) <= 0:
        parser.error("--cycles and --contacts must be 1 or more, --rate and --minutes more than 0")
    return arguments


def jobs(arguments: argparse.Namespace) -> list[tuple[Fault, Database]]:
    return [
        (fault, database)
        for fault in FAULTS
        for database in fault.databases
        if fault.name in arguments.fault and arguments.database in {None, database}
    ]


async def run_all(
    wanted: Sequence[tuple[Fault, Database]], bundle: Path, folder: Path, plan: Plan, postgresql: PostgreSQL | None
) -> list[Finding]:
    """Each on an installation of its own, until time is up; tells on standard error how far it is."""
    findings: list[Finding] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=progress_console) as progress:
        bar = progress.add_task("starting", total=len(wanted) * plan.cycles)
        for number, (fault, database) in enumerate(wanted):
            if time.monotonic() > plan.ends_at:
                break
            title = f"{fault.name} on {database}"
            progress.update(bar, description=title, completed=number * plan.cycles)

            def tell(cycles: int, told: int, title: str = title, number: int = number) -> None:
                progress.update(bar, description=f"{title}: {told:,} told", completed=number * plan.cycles + cycles)

            own = folder / str(number)
            own.mkdir()
            cluster = postgresql if database is Database.POSTGRESQL else None
            async with open_installation(own, bundle, fault.layout, cluster) as installation:
                findings.append(await run_fault(fault, installation, plan, tell))
            verdict = "sound" if findings[-1].is_sound else "[red]not sound[/]"
            progress.console.print(f"  {title}: {verdict}, {findings[-1].acknowledged:,} told", highlight=False)
    return findings


def run(arguments: argparse.Namespace) -> bool:
    """Whether all that was promised was kept."""
    wanted = jobs(arguments)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="errand-faults-")))
        bundle = arguments.bundle or own_bundle(folder)
        needs_postgresql = any(database is Database.POSTGRESQL for _, database in wanted)
        postgresql = stack.enter_context(running_postgresql()) if needs_postgresql else None
        plan = Plan(
            cycles=arguments.cycles,
            contacts=arguments.contacts,
            rate=arguments.rate,
            seed=arguments.seed,
            ends_at=time.monotonic() + 60 * arguments.minutes,
        )
        findings = asyncio.run(run_all(wanted, bundle.resolve(), folder, plan, postgresql))
    print_report(console, findings)
    if len(findings) < len(wanted) or any(finding.cycles < plan.cycles for finding in findings):
        console.print("[yellow]Not every cycle was run: time was up, or something did not come back.[/]")
    if arguments.json is not None:
        about = {"python": platform.python_version(), "platform": platform.platform(), "cores": os.cpu_count()}
        told = as_json(findings, {**about, "rate": plan.rate, "seed": plan.seed})
        arguments.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return bool(findings) and all(finding.is_sound for finding in findings)


def own_bundle(folder: Path) -> Path:
    """Built in the folder that tests keep theirs in, where one is named."""
    kept = os.environ.get(CACHE_VARIABLE)
    cache = Path(kept).resolve() if kept else folder / "bundle"
    cache.mkdir(parents=True, exist_ok=True)
    progress_console.print("Looking for a bundle, or building one …", highlight=False)
    return build_starter_bundle(cache)


@contextlib.contextmanager
def ending_in_order() -> Iterator[None]:
    """A signal unwinds what was started, so that nothing of it is left behind."""
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _end)
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(130)


def _end(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    with ending_in_order():
        sys.exit(0 if run(read_arguments()) else 1)
