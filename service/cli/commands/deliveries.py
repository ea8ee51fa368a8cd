"""`errand deliveries …`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Final

import typer
from rich.table import Table

from service.cli.commands.record import NONE, as_json, moment, table_console, with_recorder
from service.domain.delivery import DeliveryReport, DeliveryState, Step
from service.record.recorder import Recorder
from service.settings import read_settings

BATCH: Final = 500
COLOURS: Final = {DeliveryState.PENDING: "yellow", DeliveryState.DONE: "green", DeliveryState.DEAD: "red"}


def list_deliveries(state: DeliveryState | None, *, limit: int, print_json: bool) -> None:
    """Print deliveries, the newest first."""
    reports = with_recorder(read_settings(), lambda recorder: recorder.list_deliveries(state, limit=limit))
    if print_json:
        typer.echo(as_json([asdict(report) for report in reports]))
        return
    console = table_console()
    if not reports:
        console.print("There are none." if state is None else f"None are {state}.")
        return
    table = Table("delivery", "created", "path", "rung", "state", "outcome", "calls", box=None, pad_edge=False)
    for report in reports:
        created = moment(report.created_at)
        row = (report.delivery_id, created, report.path, report.name, _state(report), report.outcome or NONE)
        table.add_row(*row, str(report.calls))
    console.print(table)


def show(delivery_id: str, *, print_json: bool) -> None:
    """Print a delivery and the steps of its decision. Raises NotFoundError."""

    async def look(recorder: Recorder) -> tuple[DeliveryReport, list[Step]]:
        report = await recorder.get_delivery(delivery_id)
        return report, await recorder.list_steps(report.decision_id)

    report, steps = with_recorder(read_settings(), look)
    if print_json:
        typer.echo(as_json({**asdict(report), "steps": [asdict(step) for step in steps]}))
        return
    console = table_console()
    facts = Table.grid(padding=(0, 2))
    for name, value in asdict(report).items():
        facts.add_row(name, moment(value) if isinstance(value, datetime) else NONE if value is None else str(value))
    table = Table("step", "at", "kind", "rung", "state", "cause", box=None, pad_edge=False)
    for step in steps:
        table.add_row(str(step.number), moment(step.at), step.kind, step.name, step.state, step.cause or NONE)
    console.print(facts, "", table)


def replay(delivery_ids: Sequence[str] | None, *, print_json: bool) -> None:
    """Make the given dead deliveries pending, or all dead ones. Raises NotFoundError before any change is made."""

    async def revive(recorder: Recorder) -> list[str]:
        if delivery_ids is not None:
            for delivery_id in delivery_ids:
                await recorder.get_delivery(delivery_id)
            return await _revived(recorder, delivery_ids)
        revived: list[str] = []
        while dead := await recorder.list_dead_ids(limit=BATCH):
            again = [delivery_id for delivery_id in dead if delivery_id not in set(revived)]
            if not again:  # the deliveries that are left have failed once more meanwhile
                break
            revived += await _revived(recorder, again)
        return revived

    revived = with_recorder(read_settings(), revive)
    if print_json:
        typer.echo(as_json({"replayed": revived}))
    else:
        typer.echo(f"{len(revived)} pending again." if revived else "Nothing to do: none of them is dead.")


async def _revived(recorder: Recorder, delivery_ids: Sequence[str]) -> list[str]:
    unique = list(dict.fromkeys(delivery_ids))
    were_dead = await asyncio.gather(*(recorder.replay_delivery(delivery_id) for delivery_id in unique))
    return [delivery_id for delivery_id, was_dead in zip(unique, were_dead, strict=True) if was_dead]


def _state(report: DeliveryReport) -> str:
    return f"[{COLOURS[report.state]}]{report.state}[/]"
