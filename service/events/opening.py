"""Open the broker that the settings name. Only this module knows that the broker's client is an optional package."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

from service.errors import SettingsError
from service.events.publisher import Nobody, Publisher


def require_client(url: str | None, credentials: Path | None) -> None:
    """Raise SettingsError if the client or the credentials file is missing. The broker itself may be away."""
    if url is None:
        return
    needed = ("nats",) if credentials is None else ("nats", "nkeys")
    if any(find_spec(name) is None for name in needed):
        raise SettingsError(
            "ERRAND_EVENTS_URL needs the client of NATS. Install it from a checkout: pip install -e '.[events]'. "
            "Build it into the image: docker build --build-arg EXTRAS=events ."
        )
    if credentials is not None and not credentials.is_file():
        raise SettingsError(f"ERRAND_EVENTS_CREDENTIALS {credentials} is not there. Name a credentials file of NATS.")


@asynccontextmanager
async def open_publisher(url: str | None, *, credentials: Path | None, keep: timedelta) -> AsyncIterator[Publisher]:
    """Open a publisher, even if the broker is away. Raises SettingsError for the same reasons as `require_client`."""
    require_client(url, credentials)
    if url is None:
        yield Nobody()
        return
    from service.events.jetstream import open_jetstream  # noqa: PLC0415 - needs an extra

    async with open_jetstream(url, credentials=credentials, keep=keep) as broker:
        yield broker
