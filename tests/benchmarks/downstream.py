"""What a dead system behind one path does to another path: `python -m tests.benchmarks.downstream`.

Two paths of the starter catalogue call two systems on loopback, and contacts come for both by themselves. One system
is well all the time. The other one dies while calls are on their way: its port closes, or it takes calls and never
answers. Each phase has a process and a database of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import orjson
from rich import box
from rich.console import Console
from rich.table import Table

from service.fulfil.breaker import BreakerPolicy
from tests.benchmarks.bar import print_bars
from tests.benchmarks.dying import (
    HEALTHY_PATH,
    OTHER_PATH,
    Condition,
    Observation,
    Phase,
    calls_made,
    cool_downs_over,
    judged,
    watched,
    write_catalogue,
)
from tests.benchmarks.errand import TEXTS, end_on_signals, running_errand
from tests.benchmarks.exposition import read_samples
from tests.benchmarks.figure import percentile
from tests.benchmarks.mix import ROUTE
from tests.benchmarks.offered import SPARE_SECONDS, Offering, OpenLoadOrder, RoutedContact, offering
from tests.benchmarks.server import Server, ServerError
from tests.support.fulfilment import Behaviour, FulfilmentSystem, answers, fulfilment_system, is_silent

PHASES = (Condition.HEALTHY, Condition.DEAD, Condition.BLACK_HOLE, Condition.HEALTHY_AGAIN)
WELL_SECONDS = 5.0
"""Of each phase, before the other system dies: breakers have seen calls, and connections are open."""
CALL_SECONDS = 2.0
"""Timeout of a call."""
LEAST_SECONDS = 15.0
POLL_SECONDS = 0.1
LAG_SECONDS = 2.0
"""Until a call that is due has been made and written down, at most."""
LATE_SECONDS = 10.0
"""How long after the last contact its call is waited for."""
console = Console(width=None if sys.stdout.isatty() else 130)
progress_console = Console(stderr=True)


def main() -> None:
    """Measure all phases and print them beside each other."""
    arguments = _arguments()
    end_on_signals()
    try:
        phases = asyncio.run(_measured(arguments))
    except (ServerError, OSError, ValueError) as error:
        progress_console.print(str(error), style="red", markup=False, highlight=False)
        sys.exit(1)
    _print(phases)
    print_bars(console, judged(phases))


async def _measured(arguments: argparse.Namespace) -> list[Phase]:
    with tempfile.TemporaryDirectory(prefix="errand-downstream-") as name:
        folder = Path(name)
        texts = _write_texts(folder / "texts.jsonl")
        phases = []
        for condition in PHASES:
            progress_console.print(f"{condition.value} …", highlight=False)
            phases.append(await _phase(condition, folder, texts, arguments))
        return phases


def _write_texts(file: Path) -> Path:
    """The held-out texts of the intents that the two paths serve."""
    rows = [json.loads(line) for line in TEXTS.read_text(encoding="utf-8").splitlines()]
    wanted = [row for row in rows if row["intent"] in {HEALTHY_PATH, OTHER_PATH}]
    file.write_text("".join(json.dumps({"text": row["text"]}) + "\n" for row in wanted), encoding="utf-8")
    return file


async def _phase(condition: Condition, folder: Path, texts: Path, arguments: argparse.Namespace) -> Phase:
    behaviours: dict[str, Behaviour] = {"other": answers(result="served")}
    async with contextlib.AsyncExitStack() as stack:
        well = await stack.enter_async_context(fulfilment_system({"well": answers(result="served")}))
        others = await stack.enter_async_context(contextlib.AsyncExitStack())
        other = await others.enter_async_context(fulfilment_system(behaviours))
        urls = {HEALTHY_PATH: well.url("well"), OTHER_PATH: other.url("other")}
        database = folder / f"{condition.name.lower()}.db"
        server = stack.enter_context(
            running_errand(
                folder,
                bundle=arguments.bundle,
                ERRAND_CATALOGUE=str(write_catalogue(folder / condition.name, urls, timeout_seconds=CALL_SECONDS)),
                ERRAND_DATABASE_URL=f"sqlite:///{database}",
                ERRAND_FULFIL_ALLOW="127.0.0.1",
            )
        )
        load = stack.enter_context(offering(_order(server, texts, arguments)))
        observed: list[Observation] = []
        watching = asyncio.create_task(_watch(server, observed))
        await _until_called(well, load)
        await asyncio.sleep(WELL_SECONDS)
        died_at = perf_counter()
        if condition is Condition.DEAD:
            await others.aclose()
        elif condition is Condition.BLACK_HOLE:
            behaviours["other"] = is_silent
        while not load.is_over:  # noqa: ASYNC110  (a process has no event)
            await asyncio.sleep(POLL_SECONDS)
        contacts = [each for each in load.result(SPARE_SECONDS).contacts if each.at >= died_at]
        watching.cancel()
        await asyncio.wait({watching})
        await _until_all_called(well, contacts)
        return _figures(
            condition,
            contacts=contacts,
            well=well,
            observed=observed,
            died_at=died_at,
            extra_calls=_extra_calls(database),
        )


def _order(server: Server, texts: Path, arguments: argparse.Namespace) -> OpenLoadOrder:
    return OpenLoadOrder(
        port=server.port,
        texts=str(texts),
        shares={ROUTE: 1.0},
        rate=2 * arguments.rate,
        seconds=WELL_SECONDS + arguments.seconds,
        warm_up_seconds=0.0,
        tells_contacts=True,
    )


async def _watch(server: Server, observed: list[Observation]) -> None:
    """Look at the breaker and the calls, again and again; cancel to stop."""
    while True:
        samples = read_samples(await asyncio.to_thread(server.get, "/metrics"))
        observed.append(watched(samples, at=perf_counter()))
        await asyncio.sleep(POLL_SECONDS)


async def _until_called(well: FulfilmentSystem, load: Offering) -> None:
    """Raises ServerError if the load ends without one call."""
    while not well.received:
        if load.is_over:
            load.result(0)
            raise ServerError("No contact reached the system that is well.")
        await asyncio.sleep(POLL_SECONDS)


async def _until_all_called(well: FulfilmentSystem, contacts: Sequence[RoutedContact]) -> None:
    wanted = {each.decision_id for each in contacts if each.path == HEALTHY_PATH}
    ends_at = perf_counter() + LATE_SECONDS
    while not wanted <= _called_at(well).keys() and perf_counter() < ends_at:  # noqa: ASYNC110  (calls have no event)
        await asyncio.sleep(POLL_SECONDS)


def _called_at(system: FulfilmentSystem) -> dict[str, float]:
    """When each decision's first call came."""
    times: dict[str, float] = {}
    for received in system.received:
        times.setdefault(orjson.loads(received.body)["decision_id"], received.at)
    return times


def _extra_calls(database: Path) -> int:
    """Calls to the other system beyond the first of each delivery."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        asked = "SELECT coalesce(sum(max(calls - 1, 0)), 0) FROM deliveries WHERE path = ?"
        (extra,) = connection.execute(asked, (OTHER_PATH,)).fetchone()
        return int(extra)


def _figures(
    condition: Condition,
    *,
    contacts: Sequence[RoutedContact],
    well: FulfilmentSystem,
    observed: Sequence[Observation],
    died_at: float,
    extra_calls: int,
) -> Phase:
    mine = [each for each in contacts if each.path == HEALTHY_PATH]
    others = [each for each in contacts if each.path == OTHER_PATH]
    if not mine or not others:
        raise ServerError("No contact came for one of the paths; offer more of them, or for longer.")
    called_at = _called_at(well)
    answered = sorted(each.seconds * 1000 for each in mine)
    called = sorted((called_at[each.decision_id] - each.at) * 1000 for each in mine if each.decision_id in called_at)
    policy, seen_until = BreakerPolicy(), observed[-1].at
    made = calls_made(observed, died_at, cool_down_seconds=policy.cool_down_seconds)
    probe_seconds = CALL_SECONDS if condition is Condition.BLACK_HOLE else 0.0

    def over(until: float) -> int:
        return 0 if made is None else cool_downs_over(made.opened_at, until, policy, probe_seconds=probe_seconds)

    return Phase(
        condition=condition,
        contacts=len(mine),
        never_called=len(mine) - len(called),
        made=made,
        cool_downs=over(seen_until),
        probed_cool_downs=over(seen_until - probe_seconds - LAG_SECONDS),
        extra_share=extra_calls / len(others),
        answered_p50_ms=percentile(answered, 0.50),
        answered_p99_ms=percentile(answered, 0.99),
        called_p50_ms=percentile(called, 0.50),
        called_p99_ms=percentile(called, 0.99),
    )


def _print(phases: Sequence[Phase]) -> None:
    table = Table(title="The healthy path, while the other system is …", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("", no_wrap=True)
    for phase in phases:
        table.add_column(phase.condition.value, justify="right")
    healthy = phases[0]
    rows = {
        "contacts of the healthy path": [str(phase.contacts) for phase in phases],
        "of these never called": [str(phase.never_called) for phase in phases],
        "answer of /route, p50 ms": [f"{phase.answered_p50_ms:.1f}" for phase in phases],
        "answer of /route, p99 ms": [f"{phase.answered_p99_ms:.1f}" for phase in phases],
        "  divided by that of the first phase": [
            f"{phase.answered_p99_ms / healthy.answered_p99_ms:.2f}" for phase in phases
        ],
        "until its system was called, p50 ms": [f"{phase.called_p50_ms:.1f}" for phase in phases],
        "until its system was called, p99 ms": [f"{phase.called_p99_ms:.1f}" for phase in phases],
        "  divided by that in the first phase": [
            f"{phase.called_p99_ms / healthy.called_p99_ms:.2f}" for phase in phases
        ],
        "calls to the other until its breaker opened": [
            "-" if phase.made is None else str(phase.made.until_open) for phase in phases
        ],
        "seconds until it opened": [
            "-" if phase.made is None else f"{phase.made.opened_after_seconds:.1f}" for phase in phases
        ],
        "probes, in cool-downs": [
            "-" if phase.made is None else f"{phase.made.probes} in {phase.cool_downs}" for phase in phases
        ],
        "extra calls from retries, of contacts": [f"{phase.extra_share:.1%}" for phase in phases],
    }
    for name, cells in rows.items():
        table.add_row(name, *cells)
    console.print(table)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.downstream", description=__doc__)
    parser.add_argument("--seconds", type=float, default=40.0, help="of each phase, once it is dead (%(default)g)")
    parser.add_argument("--rate", type=float, default=20.0, help="contacts a second for each path (%(default)g)")
    parser.add_argument("--bundle", type=Path, help="bundle to serve; without it, Errand builds its own at start")
    arguments = parser.parse_args()
    if arguments.seconds < LEAST_SECONDS or arguments.rate <= 0:
        parser.error(f"--seconds must be at least {LEAST_SECONDS:g}, for a first probe; --rate more than 0")
    return arguments


if __name__ == "__main__":
    main()
