"""The group `errand config …` of the command line. Commands import their modules only when they run."""

from __future__ import annotations

from typing import Annotated

import typer

config_app = typer.Typer(help="See the settings that a service would start with.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


@config_app.command("show", epilog="Example: [bold]ERRAND_PORT=9000 errand config show[/bold]")
def config_show(json: AsJson = False) -> None:
    """Show every setting, its origin, and variables that only look like a setting.

    Secrets, passwords and the parts of addresses behind the port stay hidden.
    """
    from service.cli.commands.config import show  # noqa: PLC0415

    show(print_json=json)


@config_app.command("settings", epilog="Example: [bold]errand config settings > docs/settings.md[/bold]")
def config_settings() -> None:
    """Print the reference of all settings as Markdown: names, defaults, allowed values and meanings."""
    from service.cli.commands.settings_page import settings_page  # noqa: PLC0415

    typer.echo(settings_page(), nl=False)


@config_app.command("metrics", epilog="Example: [bold]errand config metrics > docs/metrics.md[/bold]")
def config_metrics() -> None:
    """Print the reference of all metrics as Markdown: names, kinds, labels and meanings."""
    from service.cli.commands.metrics_page import metrics_page  # noqa: PLC0415

    typer.echo(metrics_page(), nl=False)
