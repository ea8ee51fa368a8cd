"""Purging: forget expired data, for as long as the service runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime, timedelta

import structlog

from service.domain.expiry import Purged
from service.errors import RefusalError
from service.record.recorder import Recorder

PERIOD_SECONDS = 600.0

log = structlog.get_logger()


async def purge(recorder: Recorder, now: datetime, retention: timedelta) -> Purged:
    """Forget everything that has expired, in as many small steps as it takes."""
    total = Purged()
    while (gone := await recorder.purge_expired(now, retention)).total:
        total += gone
    await recorder.empty_journal()  # also after an empty purge: a reader may have held up the last attempt
    return total


async def keep_purging(
    recorder: Recorder,
    clock: Callable[[], datetime],
    retention: Callable[[], timedelta],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Purge every ten minutes, until cancelled. A database that is away is tried again."""
    while True:
        await sleep(PERIOD_SECONDS)
        try:
            gone = await purge(recorder, clock(), retention())
        except RefusalError as refusal:
            log.warning("purge_failed", code=refusal.code)
            continue
        if gone.total:
            log.info("purged", **asdict(gone))
