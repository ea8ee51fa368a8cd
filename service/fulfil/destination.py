"""State of one destination: whether it may be called now, and the number of calls on their way."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

import httpx

from service.domain.delivery import DeliveryOutcome
from service.fulfil.breaker import Breaker, BreakerPolicy, BreakerState, Permit
from service.fulfil.budget import RetryBudget


class Destination:
    """One origin with its own breaker, retry budget and pool, so that other origins are spared its failures."""

    def __init__(
        self,
        *,
        http: httpx.AsyncClient,
        calls_at_once: int,
        breaker: BreakerPolicy,
        on_breaker: Callable[[BreakerState], None],
    ) -> None:
        self.http = http
        self._calls_at_once = calls_at_once
        self._breaker = Breaker(breaker)
        self._budget = RetryBudget()
        self._on_breaker = on_breaker
        self._in_flight = 0
        self._line: deque[asyncio.Future[None]] = deque()

    def is_down(self, now: float) -> bool:
        """Whether the breaker would refuse a call now. A call is allowed if a probe is due."""
        return not self._breaker.would_admit(now)

    async def stand_in_line(self, within_seconds: float) -> None:
        """Wait a little for a call to end, if as many calls are on their way as are allowed.

        A free place is then taken at once. The line is short, because a caller in line cannot serve other destinations.
        """
        if self._in_flight < self._calls_at_once or len(self._line) >= self._calls_at_once:
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append(place)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(within_seconds):
                    await place
        finally:
            if place in self._line:
                self._line.remove(place)

    def enter(self, *, is_retry: bool, now: float) -> Permit | DeliveryOutcome:
        """The right to make one call, or the reason of the refusal. `leave` gives the right back."""
        if self.is_down(now):
            return DeliveryOutcome.BREAKER_OPEN
        if self._in_flight >= self._calls_at_once:
            return DeliveryOutcome.BUSY
        if is_retry and not self._budget.allows(now):
            return DeliveryOutcome.BUDGET
        before = self._breaker.state
        permit = self._breaker.admit(now)
        if permit is None:
            return DeliveryOutcome.BREAKER_OPEN
        self._budget.note(now, is_retry=is_retry)
        self._in_flight += 1
        self._tell_from(before)
        return permit

    def leave(self, permit: Permit, *, failed: bool, now: float) -> None:
        self._in_flight -= 1
        before = self._breaker.state
        self._breaker.report(permit, failed=failed, now=now)
        self._tell_from(before)
        while self._line:
            place = self._line.popleft()
            if not place.done():
                place.set_result(None)
                break

    def _tell_from(self, before: BreakerState) -> None:
        if self._breaker.state is not before:
            self._on_breaker(self._breaker.state)
