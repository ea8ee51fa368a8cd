"""The group `errand promises …`. Commands import their modules only when they run."""

from __future__ import annotations

from typing import Annotated

import typer

from service.domain.promise import PromiseState

promises_app = typer.Typer(help="See the promises made to customers, and keep them.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
PromiseId = Annotated[str, typer.Argument(metavar="ID")]
By = Annotated[str | None, typer.Option("--by", metavar="LABEL", help="The desk that acts. Default: cli and the user.")]


@promises_app.command("list", epilog="Example: [bold]errand promises list --state due --state late[/bold]")
def promises_list(
    state: Annotated[list[PromiseState] | None, typer.Option(help="Only those in this state; may be repeated.")] = None,
    desk: Annotated[str | None, typer.Option(help="Only those of this rung.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the earliest due ones.")] = 100,
    json: AsJson = False,
) -> None:
    """List promises by their due times, without any number or address."""
    from service.cli.commands.promises import list_promises  # noqa: PLC0415

    list_promises(state or [], desk=desk, limit=limit, print_json=json)


@promises_app.command("claim", epilog="Example: [bold]errand promises claim 019b3c51-… --by desk-3[/bold]")
def promises_claim(promise_id: PromiseId, by: By = None, json: AsJson = False) -> None:
    """Claim a promise, and print the number or address of the customer. The audit notes it.

    Exit codes: 0 claimed, 2 another desk holds it, it has ended, or the id is unknown.
    """
    from service.cli.commands.promises import claim  # noqa: PLC0415

    claim(promise_id, by=by, print_json=json)


@promises_app.command("keep", epilog="Example: [bold]errand promises keep 019b3c51-… --by desk-3[/bold]")
def promises_keep(promise_id: PromiseId, by: By = None, json: AsJson = False) -> None:
    """Tell that a promise was kept. The number or address is destroyed.

    Exit codes: 0 kept, 2 another desk holds it, it has ended, or the id is unknown.
    """
    from service.cli.commands.promises import keep  # noqa: PLC0415

    keep(promise_id, by=by, print_json=json)


@promises_app.command("release", epilog="Example: [bold]errand promises release 019b3c51-… --by desk-3[/bold]")
def promises_release(promise_id: PromiseId, by: By = None, json: AsJson = False) -> None:
    """Give a claimed promise back, so that another desk can claim it.

    Exit codes: 0 free, 2 another desk holds it, it has ended, or the id is unknown.
    """
    from service.cli.commands.promises import release  # noqa: PLC0415

    release(promise_id, by=by, print_json=json)


@promises_app.command("fail", epilog="Example: [bold]errand promises fail 019b3c51-… --by desk-3[/bold]")
def promises_fail(promise_id: PromiseId, by: By = None, json: AsJson = False) -> None:
    """Tell that a promise cannot be kept. The number or address is destroyed.

    Exit codes: 0 noted, 2 another desk holds it, it has ended, or the id is unknown.
    """
    from service.cli.commands.promises import fail  # noqa: PLC0415

    fail(promise_id, by=by, print_json=json)
