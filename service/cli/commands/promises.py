"""`errand promises …`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final, TypeVar

import typer
from rich.markup import escape
from rich.table import Table
from uuid_utils import uuid7

from service.cli.commands.record import NONE, actor, as_json, moment, table_console, with_recorder
from service.domain.clock import utc_now
from service.domain.promise import HeldPromise, PromiseFilter, PromiseState
from service.edition.startup import open_sealer
from service.promise.register import PromiseRegister
from service.settings import read_settings

COLOURS: Final = {PromiseState.LATE: "red", PromiseState.FAILED: "red", PromiseState.KEPT: "green"}

UNREADABLE: Final = "The secret that sealed the number or address is missing. Set ERRAND_SECRET_PREVIOUS."

Answer = TypeVar("Answer")


def list_promises(states: Sequence[PromiseState], *, desk: str | None, limit: int, print_json: bool) -> None:
    """Print promises, the earliest due ones first."""
    wanted = PromiseFilter(limit=limit, states=tuple(states), desk=desk)
    page = _with_register(lambda register: register.list_page(wanted))
    if print_json:
        typer.echo(as_json([shown(promise, page.at) for promise in page.promises]))
        return
    console = table_console()
    if not page.promises:
        console.print("There are none.")
        return
    table = Table("promise", "kind", "due", "state", "desk", "goal", "by", box=None, pad_edge=False)
    for promise in page.promises:
        state = promise.state_at(page.at)
        told = (promise.desk, promise.goal or NONE, escape(promise.by or NONE))
        table.add_row(promise.promise_id, promise.kind, moment(promise.due_at), _coloured(state), *told)
    console.print(table)


def claim(promise_id: str, *, by: str | None, print_json: bool) -> None:
    """Claim a promise, and print its contact detail. Raises a RefusalError if the promise forbids that."""
    claimed = _with_register(lambda register: register.claim(promise_id, by=by or actor(), actor=actor()))
    if print_json:
        typer.echo(as_json({**shown(claimed.promise, utc_now()), "detail": claimed.detail}))
        return
    typer.echo(f"Claimed, due {moment(claimed.promise.due_at)}.", err=True)
    if not claimed.promise.has_detail:
        typer.echo("There is no number or address.")
    elif claimed.detail is not None:
        typer.echo(claimed.detail)


def keep(promise_id: str, *, by: str | None, print_json: bool) -> None:
    """Note that a promise was kept. Raises a RefusalError if the promise forbids that."""
    kept = _with_register(lambda register: register.keep(promise_id, by=by or actor()))
    _tell(kept, "Kept.", print_json=print_json)


def release(promise_id: str, *, by: str | None, print_json: bool) -> None:
    """Make a promise free for other desks. Raises a RefusalError if the promise forbids that."""
    released = _with_register(lambda register: register.release(promise_id, by=by or actor()))
    _tell(released, "Free to be claimed.", print_json=print_json)


def fail(promise_id: str, *, by: str | None, print_json: bool) -> None:
    """Note that a promise failed. Raises a RefusalError if the promise forbids that."""
    failed = _with_register(lambda register: register.fail(promise_id, by=by or actor()))
    _tell(failed, "Noted as failed.", print_json=print_json)


def shown(promise: HeldPromise, now: datetime) -> dict[str, Any]:
    """Return a promise as values for JSON, with its state at a time."""
    return {**asdict(promise), "state": promise.state_at(now)}


def _with_register(act: Callable[[PromiseRegister], Awaitable[Answer]]) -> Answer:
    settings = read_settings()
    sealer = open_sealer(settings)
    return with_recorder(
        settings,
        lambda recorder: act(
            PromiseRegister(
                store=recorder,
                sealer=sealer,
                clock=utc_now,
                new_id=lambda: str(uuid7()),
                on_unreadable=lambda _: typer.echo(UNREADABLE, err=True),
            )
        ),
    )


def _tell(promise: HeldPromise, said: str, *, print_json: bool) -> None:
    typer.echo(as_json(shown(promise, utc_now())) if print_json else said)


def _coloured(state: PromiseState) -> str:
    return f"[{COLOURS.get(state, 'yellow')}]{state}[/]"
