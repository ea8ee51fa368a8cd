"""The groups `errand keys …` and `errand audit …`. Commands import their modules only when they run."""

from __future__ import annotations

from typing import Annotated

import typer

from service.domain.key import Role

keys_app = typer.Typer(help="Make, list, rotate and revoke the keys that callers need.", no_args_is_help=True)
audit_app = typer.Typer(help="See who changed what, and why.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
KeyId = Annotated[str, typer.Argument(metavar="KEY_ID", help="The part between the underscores, or the whole key.")]


@keys_app.command(
    "create",
    epilog='Examples: [bold]errand keys create --role contact_centre --name "Front desk"[/bold], '
    "[bold]errand keys create --role website --name Shop --origin https://www.shop.example[/bold]",
)
def keys_create(  # noqa: PLR0917  (typer calls it by name)
    role: Annotated[Role, typer.Option(help="What it may do; see the README.")],
    name: Annotated[str, typer.Option(help="Who uses it, for people to read.")],
    origin: Annotated[
        list[str] | None,
        typer.Option(help="For website: scheme, host and port of its pages; may be repeated.", metavar="URL"),
    ] = None,
    limit_per_minute: Annotated[
        int | None,
        typer.Option(min=1, max=1_000_000, help="Requests a minute. Default: 6000; ops, designer 600."),
    ] = None,
    expires: Annotated[str | None, typer.Option(help="ISO 8601, such as P90D. Default: never.", metavar="SPAN")] = None,
    json: AsJson = False,
) -> None:
    """Make a key and print it, this once. From the first key on, every request needs one.

    Exit codes: 0 made, 2 the options contradict each other.
    """
    from service.cli.commands.keys import create  # noqa: PLC0415

    create(role, name, origins=origin or [], limit_per_minute=limit_per_minute, expires=expires, print_json=json)


@keys_app.command("list", epilog="Example: [bold]errand keys list --json[/bold]")
def keys_list(json: AsJson = False) -> None:
    """List every key, the newest first, with its user, its end and its last use."""
    from service.cli.commands.keys import list_keys  # noqa: PLC0415

    list_keys(print_json=json)


@keys_app.command("rotate", epilog="Example: [bold]errand keys rotate 3f9c1d2e0a --overlap PT24H[/bold]")
def keys_rotate(
    key_id: KeyId,
    overlap: Annotated[str, typer.Option(help="For how long the old key stays good.", metavar="SPAN")] = "PT24H",
    json: AsJson = False,
) -> None:
    """Make a key that may do the same, and print it, this once. The old key ends after the overlap.

    Exit codes: 0 made, 2 the key is unknown, or has ended.
    """
    from service.cli.commands.keys import rotate  # noqa: PLC0415

    rotate(key_id, overlap=overlap, print_json=json)


@keys_app.command("revoke", epilog='Example: [bold]errand keys revoke 3f9c1d2e0a --reason "stood in a mail"[/bold]')
def keys_revoke(
    key_id: KeyId,
    reason: Annotated[str, typer.Option(help="Why, for the audit.")],
    json: AsJson = False,
) -> None:
    """End a key at once. A running service goes on asking for keys, even if this was the last one.

    Exit codes: 0 it is revoked, 2 the key is unknown.
    """
    from service.cli.commands.keys import revoke  # noqa: PLC0415

    revoke(key_id, reason=reason, print_json=json)


@audit_app.command("list", epilog="Example: [bold]errand audit list --limit 20[/bold]")
def audit_list(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest.")] = 100,
    json: AsJson = False,
) -> None:
    """List changes, the newest first."""
    from service.cli.commands.audit import list_entries  # noqa: PLC0415

    list_entries(limit=limit, print_json=json)


@audit_app.command("export", epilog="Example: [bold]errand audit export > audit.jsonl[/bold]")
def audit_export() -> None:
    """Print all changes as JSON Lines, the oldest first."""
    from service.cli.commands.audit import export  # noqa: PLC0415

    export()
