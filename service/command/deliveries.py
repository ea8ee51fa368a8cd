"""`errand deliveries …`."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from service.delivery import DeliveryReport, DeliveryState, Step
from service.errors import SchemaError
from service.record import schema
from service.record.recorder import Recorder, open_recorder
from service.settings import read_settings

BATCH: Final = 500
NONE: Final = "-"
PLAIN_WIDTH: Final = 200
"""Of tables that are not shown on a terminal, so that every id is whole."""
COLOURS: Final = {DeliveryState.PENDING: "yellow", DeliveryState.DONE: "green", DeliveryState.DEAD: "red"}

Answer = TypeVar("Answer")


def list_deliveries(state: DeliveryState | None, *, limit: int, as_json: bool) -> None:
    """Print deliveries, the newest first."""
    reports = _with_recorder(lambda recorder: recorder.list_deliveries(state, limit=limit))
    if as_json:
        typer.echo(_json([asdict(report) for report in reports]))
        return
    console = _console()
    if not reports:
        console.print("There are none." if state is None else f"None are {state}.")
        return
    table = Table("delivery", "created", "path", "rung", "state", "outcome", "calls", box=None, pad_edge=False)
    for report in reports:
        created = _moment(report.created_at)
        row = (report.delivery_id, created, report.path, report.name, _state(report), report.outcome or NONE)
        table.add_row(*row, str(report.calls))
    console.print(table)


def show(delivery_id: str, *, as_json: bool) -> None:
    """Print a delivery and the steps of its decision. Raises NotFoundError."""

    async def look(recorder: Recorder) -> tuple[DeliveryReport, list[Step]]:
        report = await recorder.get_delivery(delivery_id)
        return report, await recorder.list_steps(report.decision_id)

    report, steps = _with_recorder(look)
    if as_json:
        typer.echo(_json({**asdict(report), "steps": [asdict(step) for step in steps]}))
        return
    console = _console()
    facts = Table.grid(padding=(0, 2))
    for name, value in asdict(report).items():
        facts.add_row(name, _moment(value) if isinstance(value, datetime) else NONE if value is None else str(value))
    table = Table("step", "at", "kind", "rung", "state", "cause", box=None, pad_edge=False)
    for step in steps:
        table.add_row(str(step.number), _moment(step.at), step.kind, step.name, step.state, step.cause or NONE)
    console.print(facts, "", table)


def replay(delivery_ids: Sequence[str] | None, *, as_json: bool) -> None:
    """Make the given dead deliveries pending, or all that are dead now. Raises NotFoundError before any is changed."""

    async def revive(recorder: Recorder) -> list[str]:
        if delivery_ids is not None:
            for delivery_id in delivery_ids:
                await recorder.get_delivery(delivery_id)
            return await _revived(recorder, delivery_ids)
        revived: list[str] = []
        while dead := await recorder.list_dead_ids(limit=BATCH):
            again = [delivery_id for delivery_id in dead if delivery_id not in set(revived)]
            if not again:  # those that are left have failed once more meanwhile
                break
            revived += await _revived(recorder, again)
        return revived

    revived = _with_recorder(revive)
    if as_json:
        typer.echo(_json({"replayed": revived}))
    else:
        typer.echo(f"{len(revived)} pending again." if revived else "Nothing to do: none of them is dead.")


async def _revived(recorder: Recorder, delivery_ids: Sequence[str]) -> list[str]:
    unique = list(dict.fromkeys(delivery_ids))
    were_dead = await asyncio.gather(*(recorder.replay_delivery(delivery_id) for delivery_id in unique))
    return [delivery_id for delivery_id, was_dead in zip(unique, were_dead, strict=True) if was_dead]


def _with_recorder(act: Callable[[Recorder], Awaitable[Answer]]) -> Answer:
    """What `act` gives, on the database of the settings, which must have this version's schema."""
    url = read_settings().resolved_database_url
    if not schema.current(url).is_current:
        raise SchemaError("The database is not at this version's schema. Run: errand db upgrade")

    async def run() -> Answer:
        async with open_recorder(url) as recorder:
            return await act(recorder)

    return asyncio.run(run())


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)


def _json(value: Any) -> str:
    return json.dumps(value, default=lambda each: each.isoformat() if isinstance(each, datetime) else str(each))


def _state(report: DeliveryReport) -> str:
    return f"[{COLOURS[report.state]}]{report.state}[/]"


def _moment(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="seconds")
