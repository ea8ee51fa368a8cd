"""What is looked at before anything is served."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect

from service.access.exposure import Exposure, find_exposure, open_keyring
from service.domain.audit import AuditEntry
from service.domain.key import Creation, Role
from service.errors import SettingsError
from service.record.database import schema
from service.record.recorder import open_recorder
from service.settings import Settings
from tests.support.app import SATURDAY_NOON, Clock
from tests.support.keys import IDENTITY, a_key

EVERYWHERE = "0.0.0.0"  # noqa: S104  (it is what has to be guarded)
BEFORE, AFTER = SATURDAY_NOON - timedelta(days=1), SATURDAY_NOON + timedelta(days=1)


async def hold_key(settings: Settings, **fields: Any) -> None:
    schema.upgrade(settings.resolved_database_url)
    _, held = a_key(Role.OPS, **fields)
    entry = AuditEntry(audit_id=held.key_id, at=SATURDAY_NOON, actor="cli", action="key.create", subject=held.key_id)
    async with open_recorder(settings.resolved_database_url) as recorder:
        await recorder.create_key(Creation(key=held, entry=entry))


def settings_in(home: Path, **fields: Any) -> Settings:
    home.mkdir(exist_ok=True)
    return Settings(home=home, **fields)


CASES = [
    # host, unguarded, keys, is a key needed (None: it does not start)
    ("127.0.0.1", False, None, False),
    ("::1", False, "good", True),
    ("localhost", False, "expired", True),
    ("localhost", False, "revoked", False),
    (EVERYWHERE, False, None, None),
    (EVERYWHERE, False, "expired", None),
    (EVERYWHERE, False, "revoked", None),
    (EVERYWHERE, False, "good", True),
    ("errand.example", False, None, None),
    ("localhost.example", False, None, None),
    ("::", True, None, False),
    (EVERYWHERE, True, "good", True),
]
LIVES: dict[str, dict[str, Any]] = {
    "good": {"expires_at": AFTER},
    "expired": {"expires_at": BEFORE},
    "revoked": {"revoked_at": BEFORE},
}


@pytest.mark.parametrize(("host", "unguarded", "keys", "needed"), CASES)
async def test_others_are_let_in_with_keys_or_where_that_was_said(
    *, tmp_path: Path, host: str, unguarded: bool, keys: str | None, needed: bool | None
) -> None:
    """An expiry opens no door. Where nobody but strangers could call, nothing is served."""
    settings = settings_in(tmp_path, host=host, unguarded=unguarded)
    schema.upgrade(settings.resolved_database_url)
    if keys is not None:
        await hold_key(settings, **LIVES[keys])

    async with open_recorder(settings.resolved_database_url) as recorder:
        if needed is None:
            with pytest.raises(SettingsError, match=r"errand keys create.*ERRAND_UNGUARDED=true"):
                async with open_keyring(settings, recorder, IDENTITY, Clock()):
                    pass
        else:
            async with open_keyring(settings, recorder, IDENTITY, Clock()) as keyring:
                assert keyring.is_needed is needed


def test_a_database_that_was_never_migrated_holds_no_key(tmp_path: Path) -> None:
    """It is looked at before the bundle is built, and left as it is."""
    settings = settings_in(tmp_path)

    assert find_exposure(settings, Clock()) == Exposure(needs_key=False, has_usable_key=False)

    assert inspect(create_engine(settings.resolved_database_url)).get_table_names() == []
    with pytest.raises(SettingsError, match="errand keys create"):
        find_exposure(settings.model_copy(update={"host": EVERYWHERE}), Clock())


async def test_keys_are_seen_before_anything_is_built(tmp_path: Path) -> None:
    """With whether any of them is good."""
    settings = settings_in(tmp_path)
    await hold_key(settings, expires_at=SATURDAY_NOON)

    now = await asyncio.to_thread(find_exposure, settings, Clock())  # the command has no event loop of its own yet
    earlier = await asyncio.to_thread(find_exposure, settings, Clock(now=BEFORE))

    assert now == Exposure(needs_key=True, has_usable_key=False)
    assert earlier == Exposure(needs_key=True, has_usable_key=True)
