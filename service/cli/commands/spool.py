"""`errand spool …`."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import typer
from rich.table import Table

from service.cli.commands.record import NONE, as_json, moment, require_current, table_console
from service.errors import SpoolError
from service.logs import configure_logs
from service.record.spool.codec import list_spooled
from service.record.spool.replay import Fate
from service.record.spool.spooling_recorder import open_spooling_recorder
from service.settings import read_settings


def list_decisions(*, print_json: bool) -> None:
    """Print the decisions of every service that wait for the database, without any of the customers' data."""
    found = list(list_spooled(read_settings().spool_folder))
    if print_json:
        typer.echo(as_json([asdict(each) for each in found]))
        return
    if not found:
        typer.echo("Nothing waits for the database.")
        return
    table = Table("decision", "at", "goal", "path", "bytes", "file", box=None, pad_edge=False)
    for each in found:
        told = (each.decision_id, moment(each.decided_at), each.goal or NONE, each.path)
        table.add_row(*told, str(each.bytes), each.file)
    table_console().print(table, markup=False)


def replay(*, print_json: bool) -> None:
    """Commit all spooled decisions. Raises SpoolError if a running service does so by itself."""
    settings = read_settings()
    configure_logs(settings)  # decisions set aside are logged: standard output is for the answer
    require_current(settings)
    fates = asyncio.run(_replay(settings.resolved_database_url, settings.spool_folder))
    if print_json:
        typer.echo(as_json({fate.value: count for fate, count in sorted(fates.items())}))
    elif not fates:
        typer.echo("Nothing to do: nothing waits for the database.")
    else:
        typer.echo(", ".join(f"{count} {fate.value.replace('_', ' ')}" for fate, count in sorted(fates.items())) + ".")


async def _replay(url: str, folder: Path) -> Counter[Fate]:
    fates: list[Fate] = []
    async with open_spooling_recorder(url, folder=folder, limit_bytes=0) as recorder:
        if others := recorder.spool.list_others():
            raise SpoolError(
                f"A running service owns {others[0].name} and replays it by itself. Stop it first, or wait."
            )
        await recorder.replay(fates.append)
    return Counter(fates)
