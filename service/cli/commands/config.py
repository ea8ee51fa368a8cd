"""`errand config show`: the settings of this environment, with secrets hidden."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

import typer
from pydantic import SecretStr
from rich.markup import escape
from rich.table import Table
from sqlalchemy import make_url

from service.cli.commands.record import NONE, as_json, table_console
from service.settings import Settings, read_settings

PREFIX = "ERRAND_"
HIDDEN = "set, not shown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    variable: str
    value: str
    is_set: bool
    """True for a value of the environment, False for the default."""


def show(*, print_json: bool) -> None:
    """Print every setting. Raises SettingsError if one of them cannot be used."""
    settings = read_settings()
    shown, unknown = shown_settings(settings), unknown_variables()
    if print_json:
        typer.echo(as_json({"settings": [asdict(each) for each in shown], "unknown": unknown}))
        return
    table = Table("setting", "value", "from", box=None, pad_edge=False)
    for each in shown:
        style = "bold" if each.is_set else "dim"
        table.add_row(each.variable, escape(each.value), "environment" if each.is_set else "default", style=style)
    console = table_console()
    console.print(table)
    for name in unknown:
        console.print(f"[yellow]{escape(name)} is no setting of this version, and has no effect.[/]", soft_wrap=True)


def shown_settings(settings: Settings) -> list[Shown]:
    """Return all settings, in the order of their declarations."""
    in_use = {
        "database_url": place_of_database(settings.resolved_database_url),
        "catalogue": str(settings.resolved_catalogue or "the starter"),
        "bundle": str(settings.resolved_bundle),
        "secret": HIDDEN
        if settings.secret is not None
        else f"in {settings.home / 'secret.key'}, made at the first start",
        "events_url": places_of(settings.resolved_events_url),
        "limits_url": places_of(settings.resolved_limits_url),
    }
    return [
        Shown(
            variable=f"{PREFIX}{name.upper()}",
            value=in_use.get(name) or written(getattr(settings, name)),
            is_set=name in settings.model_fields_set,
        )
        for name in Settings.model_fields
    ]


def unknown_variables() -> list[str]:
    """Return variables that look like a setting, which is often a misspelt one."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    return sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known)


def written(value: object) -> str:
    if isinstance(value, SecretStr):
        return HIDDEN
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or NONE
    if isinstance(value, bool):
        return str(value).lower()
    return NONE if value is None else str(value)


def place_of_database(url: str) -> str:
    """Return the address without user, password and options, since each may let somebody in."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return f"sqlite:///{parsed.database}"
    hosts = parsed.query.get("host", parsed.host or "")  # several stand among the options
    port = f":{parsed.port}" if parsed.port else ""
    return f"postgresql://{hosts if isinstance(hosts, str) else ','.join(hosts)}{port}/{parsed.database or ''}"


def places_of(urls: str | None) -> str:
    """Return scheme, host and port of each address."""
    parts = [urlsplit(url.strip()) for url in (urls or "").split(",") if url.strip()]
    return ", ".join([f"{each.scheme}://{each.hostname}" + (f":{each.port}" if each.port else "") for each in parts])
