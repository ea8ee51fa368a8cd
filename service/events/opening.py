"""Opens the broker that the settings name; the only place that knows that its client may not be installed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

from service.errors import SettingsError
from service.events.publisher import Nobody, Publisher


def require_client(url: str | None, credentials: Path | None) -> None:
    """Raise SettingsError if announcing cannot begin, whether the broker is there or not."""
    if url is None:
        return
    needed = ("nats",) if credentials is None else ("nats", "nkeys")
    if any(find_spec(name) is None for name in needed):
        raise SettingsError("ERRAND_EVENTS_URL needs the client of NATS. Install it: pip install 'errand[events]'")
    if credentials is not None and not credentials.is_file():
        raise SettingsError(f"ERRAND_EVENTS_CREDENTIALS {credentials} is not there. Name a credentials file of NATS.")


@asynccontextmanager
async def open_publisher(url: str | None, *, credentials: Path | None, keep: timedelta) -> AsyncIterator[Publisher]:
    """A broker that is away does not keep it from opening. SettingsError as `require_client` says."""
    require_client(url, credentials)
    if url is None:
        yield Nobody()
        return
    from service.events.jetstream import open_jetstream  # noqa: PLC0415 - needs an extra

    async with open_jetstream(url, credentials=credentials, keep=keep) as broker:
        yield broker
