"""`errand audit …`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

import typer
from rich.table import Table

from service.cli.commands.record import NONE, as_json, moment, table_console, with_recorder
from service.domain.audit import AuditEntry
from service.record.recorder import Recorder
from service.settings import read_settings

BATCH: Final = 500


def list_entries(*, limit: int, print_json: bool) -> None:
    """Print changes, the newest first."""
    entries = with_recorder(read_settings(), lambda recorder: recorder.list_newest_audit(limit=limit))
    if print_json:
        typer.echo(as_json([asdict(entry) for entry in entries]))
        return
    if not entries:
        typer.echo("Nothing was changed yet.")
        return
    table = Table("at", "actor", "action", "subject", "reason", box=None, pad_edge=False)
    for entry in entries:
        table.add_row(moment(entry.at), entry.actor, entry.action, entry.subject, entry.reason or NONE)
    table_console().print(table, markup=False)


def export() -> None:
    """Print all changes as JSON Lines, the oldest first."""
    with_recorder(read_settings(), _export)


async def _export(recorder: Recorder) -> None:
    entries: list[AuditEntry] = []
    while entries := await recorder.list_audit_after(entries[-1].audit_id if entries else "", limit=BATCH):
        for entry in entries:
            typer.echo(as_json(asdict(entry)))
