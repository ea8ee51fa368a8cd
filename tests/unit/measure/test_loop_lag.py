"""How late the event loop is, told from outside."""

from __future__ import annotations

import asyncio
import time

from service.measure.loop_lag import PERIOD_SECONDS, watch_loop_lag


async def test_a_blocked_loop_is_seen() -> None:
    """A timer that should have run while the loop was blocked is late by the rest of the block."""
    lags: list[float] = []
    watch = asyncio.create_task(watch_loop_lag(lags.append))
    await asyncio.sleep(0)

    time.sleep(PERIOD_SECONDS + 0.2)  # noqa: ASYNC251  (what a step that blocks does)
    await asyncio.sleep(0.01)
    watch.cancel()

    assert lags
    assert lags[0] >= 0.15


async def test_a_free_loop_is_seldom_late_and_never_early() -> None:
    """Lag is no less than nothing, and is told again and again."""
    lags: list[float] = []
    watch = asyncio.create_task(watch_loop_lag(lags.append))

    await asyncio.sleep(3.5 * PERIOD_SECONDS)
    watch.cancel()

    assert 2 <= len(lags) <= 3
    assert min(lags) >= 0.0
