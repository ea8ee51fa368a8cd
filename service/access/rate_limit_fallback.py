"""Counts in this worker while the shared store is away, so that limits hold all the time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog

from service.access.rate_limit import InProcessLimiter, Limiter

PAUSE: Final = 10**9 // 4
"""Time between two looks at a store that is away, in nanoseconds. One request makes each look."""

log = structlog.get_logger()


class LimitStoreError(Exception):
    """The store failed to count, or was too slow."""


class LimiterWithFallback:
    """Counts in `shared`, or in this worker while `shared` is away and raises LimitStoreError.

    A request that the store allows is counted here as well. So an allowance stays used up if the store goes away.
    """

    def __init__(self, shared: Limiter, *, on_alone: Callable[[], None]) -> None:
        self._shared = shared
        self._on_alone = on_alone
        self._alone = InProcessLimiter()
        self._is_away = False
        self._next_look_at = 0

    async def take(self, name: str, *, per_minute: int, now: int) -> int:
        if not self._is_away or now >= self._next_look_at:
            self._next_look_at = now + PAUSE
            try:
                wait = await self._shared.take(name, per_minute=per_minute, now=now)
            except LimitStoreError as error:
                self._tell(is_away=True, reason=str(error))
            else:
                self._tell(is_away=False)
                if not wait:
                    await self._alone.take(name, per_minute=per_minute, now=now)
                return wait
        self._on_alone()
        return await self._alone.take(name, per_minute=per_minute, now=now)

    def _tell(self, *, is_away: bool, reason: str | None = None) -> None:
        if is_away and not self._is_away:
            log.warning("limits_counted_alone", reason=reason)
        elif self._is_away and not is_away:
            log.info("limits_shared_again")
        self._is_away = is_away
