"""`errand purge`: purge now, as a running service does every ten minutes."""

from __future__ import annotations

from dataclasses import asdict

import typer

from service.cli.commands.record import as_json, with_recorder
from service.domain.clock import utc_now
from service.edition.startup import catalogue_in_use
from service.record.purge import purge as forget
from service.settings import read_settings


def purge(*, print_json: bool) -> None:
    """Delete expired data by the catalogue in use, and print how much of each kind went."""
    settings = read_settings()
    retention = catalogue_in_use(settings).policy.retention_span
    gone = asdict(with_recorder(settings, lambda recorder: forget(recorder, utc_now(), retention)))
    if print_json:
        typer.echo(as_json(gone))
        return
    told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in gone.items() if count)
    typer.echo(f"Gone: {told}." if told else "Nothing to do: nothing has expired.")
