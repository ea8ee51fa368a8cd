"""`errand keys …`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from service.access.keyring import PERIOD_SECONDS
from service.catalogue.fields import span
from service.cli.commands.record import (
    NONE,
    as_json,
    audit_entry,
    moment,
    prepare_database,
    table_console,
    with_recorder,
)
from service.domain.clock import utc_now
from service.domain.key import (
    PER_MINUTE,
    Creation,
    HeldKey,
    MintedKey,
    Revocation,
    Role,
    Rotation,
    key_id_in,
    mint,
    origin_of,
)
from service.edition.startup import open_identity
from service.record.tables.key import MOST_KEYS
from service.settings import make_home, read_settings

MAX_NAME = 200
told = Console(stderr=True)


def create(
    role: Role,
    name: str,
    *,
    origins: Sequence[str],
    limit_per_minute: int | None,
    expires: str | None,
    print_json: bool,
) -> None:
    """Make a key and print it, this once. Raises typer.BadParameter if the options contradict each other."""
    allowed, name = checked_origins(role, origins), checked_name(name)
    ends_after = None if expires is None else duration(expires, "--expires")
    settings = read_settings()
    make_home(settings)
    prepare_database(settings)
    minted, now = mint(), utc_now()
    key = HeldKey(
        key_id=minted.key_id,
        secret_hash=open_identity(settings).api_key_hash(minted.key),
        role=role,
        name=name,
        origins=allowed,
        limit_per_minute=limit_per_minute or PER_MINUTE[role],
        created_at=now,
        expires_at=None if ends_after is None else now + ends_after,
    )
    granted = ("role", "name", "origins", "limit_per_minute", "expires_at")
    detail = {field: value for field, value in public(key).items() if field in granted}
    entry = audit_entry("key.create", key.key_id, now, detail=detail)
    made = with_recorder(settings, lambda recorder: recorder.create_key(Creation(key=key, entry=entry)))
    show_once(minted, made, print_json=print_json)


def rotate(key_id: str, *, overlap: str, print_json: bool) -> None:
    """Replace a key by a new one. The old key ends after the overlap. Raises NotFoundError, InvalidRequestError."""
    settings = read_settings()
    minted, now = mint(), utc_now()
    rotation = Rotation(
        key_id=key_id_in(key_id) or key_id,
        new_key_id=minted.key_id,
        new_secret_hash=open_identity(settings).api_key_hash(minted.key),
        overlap=duration(overlap, "--overlap"),
        entry=audit_entry("key.rotate", key_id_in(key_id) or key_id, now),
    )
    made = with_recorder(settings, lambda recorder: recorder.rotate_key(rotation))
    show_once(minted, made, print_json=print_json)


def revoke(key_id: str, *, reason: str, print_json: bool) -> None:
    """End a key at once. Raises NotFoundError if the id is unknown."""
    key_id = key_id_in(key_id) or key_id
    entry = audit_entry("key.revoke", key_id, utc_now(), reason=reason)
    revocation = Revocation(key_id=key_id, entry=entry)
    is_new = with_recorder(read_settings(), lambda recorder: recorder.revoke_key(revocation))
    if print_json:
        typer.echo(as_json({"key_id": key_id, "revoked": is_new}))
    elif is_new:
        typer.echo(f"Revoked; refused everywhere within {PERIOD_SECONDS:.0f} seconds.")
    else:
        typer.echo("Nothing to do: it was revoked before.")


def list_keys(*, print_json: bool) -> None:
    """Print every key that was ever made, the newest first, without the keys themselves."""
    keys = with_recorder(read_settings(), lambda recorder: recorder.list_keys(limit=MOST_KEYS))
    if print_json:
        typer.echo(as_json([public(key) for key in keys]))
        return
    if not keys:
        typer.echo("There are none. Make one with: errand keys create")
        return
    now = utc_now()
    table = Table("key", "role", "name", "state", "ends", "last used", "a minute", "origins", box=None, pad_edge=False)
    for key in keys:
        origins = " ".join(key.origins) or NONE
        row = (key.key_id, key.role, key.name, state(key, now), moment(key.expires_at), moment(key.last_used_at))
        table.add_row(*row, str(key.limit_per_minute), origins)
    table_console().print(table, markup=False)


def state(key: HeldKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if not key.is_usable(now):
        return "expired"
    return "good" if key.replaced_by is None else f"replaced by {key.replaced_by}"


def show_once(minted: MintedKey, key: HeldKey, *, print_json: bool) -> None:
    """Print the key to standard output, and the words about it to standard error."""
    if print_json:
        typer.echo(as_json({"key": minted.key, **public(key)}))
        return
    typer.echo(minted.key)
    lines = (
        f"This is the only time that key {key.key_id} ({key.role}, {key.name}) is shown. "
        f"It is good within {PERIOD_SECONDS:.0f} seconds.",
        "Send it as: Authorization: Bearer errand_…",
    )
    for line in lines:
        told.print(line, markup=False, highlight=False, soft_wrap=True)


def public(key: HeldKey) -> dict[str, Any]:
    """Return everything that is held of a key except its hash, as values for JSON."""
    fields = asdict(key)
    del fields["secret_hash"]
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()}


def checked_name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
        raise typer.BadParameter(f"--name is one line of up to {MAX_NAME} characters that says who uses the key.")
    return name


def checked_origins(role: Role, origins: Sequence[str]) -> tuple[str, ...]:
    if role is not Role.WEBSITE and origins:
        raise typer.BadParameter("--origin is for keys of the role website.")
    if role is Role.WEBSITE and not origins:
        raise typer.BadParameter("A website's key needs --origin, for example --origin https://www.shop.example")
    try:
        return tuple(dict.fromkeys(origin_of(origin) for origin in origins))
    except ValueError as error:
        raise typer.BadParameter(f"--origin: {error}") from error


def duration(text: str, option: str) -> timedelta:
    try:
        found = span(text)
        is_sound = timedelta() <= found <= timedelta(days=36_500)
    except (ValueError, ValidationError):
        is_sound = False
    if not is_sound:
        raise typer.BadParameter(f"{option}: write PT24H for a day of overlap, P90D for ninety days.")
    return found
