"""`errand publish` and the group `errand editions …`. Commands import their modules only when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

editions_app = typer.Typer(help="See what was published, and go back to it.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
Reason = Annotated[str, typer.Option(help="Why, for the audit.")]


def publish(
    catalogue: Annotated[Path, typer.Option(help="Catalogue folder.")],
    bundle: Annotated[
        str, typer.Option(metavar="FOLDER_OR_URL", help="Where every machine that serves can copy the bundle from.")
    ],
    reason: Reason,
    json: AsJson = False,
) -> None:
    """Serve this catalogue with this bundle, on every worker and replica, within two seconds and without a restart.

    Both are checked first as at a start. From then on the folders of the settings are ignored.
    Publishing the same pair again leaves everything as it is.

    Exit codes: 0 it is published, 2 the catalogue or the bundle is at fault.
    """
    from service.cli.commands.editions import publish as run  # noqa: PLC0415

    run(catalogue, bundle, reason=reason, print_json=json)


@editions_app.command("list", epilog="Example: [bold]errand editions list --json[/bold]")
def editions_list(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest.")] = 20,
    json: AsJson = False,
) -> None:
    """List the editions that were published, the newest first. The newest one is served."""
    from service.cli.commands.editions import list_editions  # noqa: PLC0415

    list_editions(limit=limit, print_json=json)


@editions_app.command(
    "rollback", epilog='Example: [bold]errand editions rollback 3 --reason "refunds went astray"[/bold]'
)
def editions_rollback(
    edition_id: Annotated[int, typer.Argument(metavar="ID", min=1)],
    reason: Reason,
    json: AsJson = False,
) -> None:
    """Publish an older edition again. Its bundle has to be at its source, or on the machines that served it.

    Exit codes: 0 it is published, 2 the number is unknown.
    """
    from service.cli.commands.editions import roll_back  # noqa: PLC0415

    roll_back(edition_id, reason=reason, print_json=json)
