"""Measures the delay of the event loop's timers: the first sign that something blocks the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PERIOD_SECONDS = 0.1


async def watch_loop_lag(observe: Callable[[float], None]) -> None:
    """Give the delay of each timer to `observe`, in seconds, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + PERIOD_SECONDS
        await asyncio.sleep(PERIOD_SECONDS)
        observe(max(0.0, loop.time() - due))
