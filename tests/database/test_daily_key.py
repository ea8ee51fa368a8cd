"""Repeats can be counted within a day, and by nobody after it."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import text

from service.record.database.schema import migrating, upgrade
from service.record.recorder import Recorder, open_recorder

TODAY = date(2026, 11, 21)
TOMORROW = TODAY + timedelta(days=1)


def is_in_a_file_of(folder: Path, key: bytes) -> bool:
    return any(key in file.read_bytes() for file in folder.iterdir())


async def test_replicas_share_the_key_of_the_day(migrated_url: str) -> None:
    """Asked at once, on two replicas, all get the same 32 bytes."""
    async with open_recorder(migrated_url) as one, open_recorder(migrated_url) as other:
        keys = await asyncio.gather(*(recorder.daily_key(TODAY) for recorder in (one, other) for _ in range(20)))

    assert len(set(keys)) == 1
    assert len(keys[0]) == 32


async def test_a_new_day_destroys_the_key_of_the_old_one(recorder: Recorder, migrated_url: str) -> None:
    """Only the new one is left in the table."""
    old = await recorder.daily_key(TODAY)

    new = await recorder.daily_key(TOMORROW)

    assert new != old
    with migrating(migrated_url) as connection:
        assert connection.execute(text("SELECT key FROM daily_keys")).scalars().all() == [new]


async def test_a_key_outlives_a_restart(migrated_url: str) -> None:
    """Repeats before and after it are still counted together."""
    async with open_recorder(migrated_url) as before:
        key = await before.daily_key(TODAY)
    async with open_recorder(migrated_url) as after:
        assert await after.daily_key(TODAY) == key


async def test_no_file_holds_a_destroyed_key(tmp_path: Path) -> None:
    """SQLite leaves what is deleted in its pages and its journal unless told otherwise; the raw bytes are searched."""
    url = f"sqlite:///{tmp_path}/errand.db"
    upgrade(url)
    async with open_recorder(url) as recorder:
        old = await recorder.daily_key(TODAY)
        assert is_in_a_file_of(tmp_path, old)

        await recorder.daily_key(TOMORROW)

        assert not is_in_a_file_of(tmp_path, old)
