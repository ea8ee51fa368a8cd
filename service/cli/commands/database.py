"""`errand db …`."""

from __future__ import annotations

import json

import typer

from service.record.database import schema
from service.settings import make_home, read_settings


def upgrade() -> None:
    """Migrate, and say whether a migration was due."""
    settings = read_settings()
    make_home(settings)
    migrated = schema.upgrade(settings.resolved_database_url)
    typer.echo("Database migrated." if migrated else "Nothing to do: the database is current.")


def current(*, as_json: bool) -> int:
    """Print both revisions. Returns 0 if they are the same, 1 if an upgrade is due, 2 if the database is ahead."""
    state = schema.current(read_settings().resolved_database_url)
    if as_json:
        typer.echo(json.dumps({"current": state.current, "head": state.head, "is_current": state.is_current}))
    else:
        typer.echo(f"database: {state.current or 'empty'}\nthis version: {state.head}")
        if not state.is_current:
            typer.echo("The database is ahead; use a newer Errand." if state.is_ahead else "Run: errand db upgrade")
    return 2 if state.is_ahead else int(not state.is_current)
