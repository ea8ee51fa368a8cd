"""Forgetting what has expired, for as long as the service runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from service.errors import RefusalError
from service.record.recorder import Recorder

PERIOD_SECONDS = 600.0

log = structlog.get_logger()


async def keep_purging(
    recorder: Recorder, clock: Callable[[], datetime], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Remove what has expired, every ten minutes; cancel to stop. A database that is away is tried again."""
    while True:
        await sleep(PERIOD_SECONDS)
        try:
            while await recorder.purge_expired(clock()):
                pass  # each call removes a bounded number
        except RefusalError as refusal:
            log.warning("purge_failed", code=refusal.code)
