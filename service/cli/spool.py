"""The group `errand spool …` of the command line. Commands import their modules only when they run."""

from __future__ import annotations

from typing import Annotated

import typer

spool_app = typer.Typer(
    help="See the decisions that wait for the database, and bring them there.", no_args_is_help=True
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


@spool_app.command("list", epilog="Example: [bold]errand spool list --json[/bold]")
def spool_list(json: AsJson = False) -> None:
    """List decisions that were taken while the database was away, without any of the customers' data."""
    from service.cli.commands.spool import list_decisions  # noqa: PLC0415

    list_decisions(print_json=json)


@spool_app.command("replay", epilog="Example: [bold]errand spool replay[/bold]")
def spool_replay(json: AsJson = False) -> None:
    """Commit the decisions that a service has left behind for good. A running service commits its own by itself.

    Exit codes: 0 all are committed or set aside, 2 a running service owns them or the database is away.
    """
    from service.cli.commands.spool import replay  # noqa: PLC0415

    replay(print_json=json)
