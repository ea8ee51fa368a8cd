"""The group `errand config …` of the command line; commands import what they need when they run."""

from __future__ import annotations

from typing import Annotated

import typer

config_app = typer.Typer(help="See the settings that a service would start with.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


@config_app.command("show", epilog="Example: [bold]ERRAND_PORT=9000 errand config show[/bold]")
def config_show(json: AsJson = False) -> None:
    """Show every setting, where it comes from, and variables that look like one and are none.

    Secrets, passwords and what stands in addresses behind the port are not shown.
    """
    from service.command.config import show  # noqa: PLC0415

    show(print_json=json)
