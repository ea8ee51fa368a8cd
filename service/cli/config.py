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
    from service.cli.commands.config import show  # noqa: PLC0415

    show(print_json=json)


@config_app.command("settings", epilog="Example: [bold]errand config settings > docs/settings.md[/bold]")
def config_settings() -> None:
    """Print the reference of all settings as Markdown: names, defaults, allowed values and meanings."""
    from service.cli.commands.settings_page import settings_page  # noqa: PLC0415

    typer.echo(settings_page(), nl=False)
