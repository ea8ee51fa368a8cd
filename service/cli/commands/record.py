"""Functions shared by the commands that read or write the database."""

from __future__ import annotations

import asyncio
import getpass
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final, TypeVar

from rich.console import Console
from uuid_utils import uuid7

from service.domain.audit import AuditEntry
from service.errors import SchemaError
from service.record.database import schema
from service.record.recorder import Recorder, open_recorder
from service.settings import Settings

NONE: Final = "-"
PLAIN_WIDTH: Final = 200
"""Characters in a line of a table outside of a terminal, so that every id is whole."""

Answer = TypeVar("Answer")


def with_recorder(settings: Settings, act: Callable[[Recorder], Awaitable[Answer]]) -> Answer:
    """Return the result of `act` on the settings' database. Raises SchemaError as `require_current` does."""
    require_current(settings)

    async def run() -> Answer:
        async with open_recorder(settings.resolved_database_url) as recorder:
            return await act(recorder)

    return asyncio.run(run())


def require_current(settings: Settings) -> None:
    """Raise SchemaError unless the database has this version's schema."""
    if not schema.current(settings.resolved_database_url).is_current:
        raise SchemaError("The database is not at this version's schema. Run: errand db upgrade")


def prepare_database(settings: Settings) -> None:
    """Migrate an empty database, since this command may be the first one that runs here."""
    if schema.current(settings.resolved_database_url).current is None:
        schema.upgrade(settings.resolved_database_url)


def audit_entry(
    action: str, subject: str, at: datetime, *, reason: str | None = None, detail: dict[str, Any] | None = None
) -> AuditEntry:
    """Return an audit entry for a change by the user of the command."""
    return AuditEntry(
        audit_id=str(uuid7()),
        at=at,
        actor=actor(),
        action=action,
        subject=subject,
        reason=reason,
        detail=detail or {},
    )


def actor() -> str:
    """Return the user of the command, as the audit names it."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # the user of a container may lack a name
        return "cli"


def table_console() -> Console:
    return Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)


def as_json(value: Any) -> str:
    return json.dumps(value, default=lambda each: each.isoformat() if isinstance(each, datetime) else str(each))


def moment(at: datetime | None) -> str:
    return NONE if at is None else at.isoformat(sep=" ", timespec="seconds")
