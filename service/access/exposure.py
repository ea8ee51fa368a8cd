"""Keeps strangers out: if other machines can call, the service starts only after a key was made."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime

from service.access.keyring import Keyring, KeyStore, keep_refreshing
from service.errors import SettingsError
from service.record.identity import Identity
from service.record.recorder import open_recorder
from service.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """Whether callers need a key, and whether one is usable. `errand serve` tells this at its start."""

    needs_key: bool
    has_usable_key: bool


@contextlib.asynccontextmanager
async def open_keyring(
    settings: Settings, store: KeyStore, identity: Identity, clock: Callable[[], datetime]
) -> AsyncIterator[Keyring]:
    """Open the keys and keep them up to date. Raises SettingsError if other machines can call without a usable key."""
    keyring = Keyring(store=store, identity=identity, clock=clock, is_needed=settings.is_exposed)
    await keyring.refresh()
    require_key(settings, has_usable_key=keyring.has_usable_key)
    refreshing = asyncio.create_task(keep_refreshing(keyring))
    try:
        yield keyring
    finally:
        refreshing.cancel()


def find_exposure(settings: Settings, clock: Callable[[], datetime]) -> Exposure:
    """Check the same before anything is built or migrated, however old the database is."""

    async def look() -> Exposure:
        async with open_recorder(settings.resolved_database_url, readers=1) as recorder:
            keys = await recorder.list_standing_keys_if_any()
        now = clock()
        has_usable_key = any(key.is_usable(now) for key in keys)
        require_key(settings, has_usable_key=has_usable_key)
        return Exposure(needs_key=bool(keys) or settings.is_exposed, has_usable_key=has_usable_key)

    return asyncio.run(look())


def require_key(settings: Settings, *, has_usable_key: bool) -> None:
    if settings.is_exposed and not has_usable_key:
        raise SettingsError(
            f"Others can reach {settings.host} and there is no key that they would need. Make one with: "
            "errand keys create --role contact_centre --name NAME; or serve 127.0.0.1, or set ERRAND_UNGUARDED=true "
            "where something in front decides who may call."
        )
