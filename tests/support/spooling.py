"""Spools, recorders that have one, and what is found in them, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import select

from models import metadata
from service.record.database.engine import open_engines
from service.record.spool.replay import Fate
from service.record.spool.spool import Spool, open_spool
from service.record.spool.spooling_recorder import SpoolingRecorder, open_spooling_recorder

AMPLE = 64 * 2**20
LIMIT_SECONDS = 60.0
"""For what takes two or three: only what is broken takes so long."""
Fates = list[Fate]


@asynccontextmanager
async def spooling(url: str, folder: Path, *, limit_bytes: int = AMPLE) -> AsyncIterator[SpoolingRecorder]:
    async with open_spooling_recorder(url, folder=folder, limit_bytes=limit_bytes) as recorder:
        yield recorder


@asynccontextmanager
async def replaying(recorder: SpoolingRecorder) -> AsyncIterator[Fates]:
    """What becomes of what is spooled, as it does in a service."""
    fates: Fates = []
    task = asyncio.create_task(recorder.keep_replaying(fates.append))
    try:
        yield fates
    finally:
        task.cancel()


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_SECONDS):
        while not is_so():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.02)


async def replay(recorder: SpoolingRecorder) -> Fates:
    fates: Fates = []
    await recorder.replay(fates.append)
    assert recorder.spool.records == 0
    return fates


def count_of(url: str, table: str) -> int:
    engines = open_engines(url, readers=1)
    try:
        with engines.reader.connect() as connection:
            return len(connection.execute(select(metadata.tables[table])).all())
    finally:
        engines.dispose()


async def held_by(spool: Spool) -> list[str]:
    """Ids in order; each is read from the disk."""
    return [write.decision.decision_id for _, write in await spool.oldest(10_000) if write is not None]


async def held_in(folder: Path) -> list[str]:
    """As the next process finds them."""
    async with open_spool(folder, limit_bytes=AMPLE) as spool:
        return await held_by(spool)


def files_in(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())
