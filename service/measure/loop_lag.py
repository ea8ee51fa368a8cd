"""How late the event loop runs its timers: the first sign that something blocks it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PERIOD_SECONDS = 0.1


async def watch_loop_lag(observe: Callable[[float], None]) -> None:
    """Tell `observe` the seconds that each timer ran late, for ever; cancel to stop."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + PERIOD_SECONDS
        await asyncio.sleep(PERIOD_SECONDS)
        observe(max(0.0, loop.time() - due))
