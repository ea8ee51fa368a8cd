"""What is known of one destination: whether it may be called now, and how many calls are on their way."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from service.fulfil.breaker import Breaker, BreakerPolicy, BreakerState, Permit
from service.fulfil.budget import RetryBudget
from service.fulfil.outcome import UnavailableReason


class Destination:
    """One origin, with a breaker, a retry budget and a pool of its own, so that no other feels it failing."""

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

    def is_down(self, now: float) -> bool:
        """Whether the breaker would refuse a call now; where a probe is due, it would not."""
        return not self._breaker.would_admit(now)

    def enter(self, *, is_retry: bool, now: float) -> Permit | UnavailableReason:
        """The right to make one call, which `leave` gives back, or why there is none."""
        if self.is_down(now):
            return UnavailableReason.BREAKER_OPEN
        if self._in_flight >= self._calls_at_once:
            return UnavailableReason.BUSY
        if is_retry and not self._budget.allows(now):
            return UnavailableReason.BUDGET
        before = self._breaker.state
        permit = self._breaker.admit(now)
        if permit is None:
            return UnavailableReason.BREAKER_OPEN
        self._budget.note(now, is_retry=is_retry)
        self._in_flight += 1
        self._tell_from(before)
        return permit

    def leave(self, permit: Permit, *, failed: bool, now: float) -> None:
        self._in_flight -= 1
        before = self._breaker.state
        self._breaker.report(permit, failed=failed, now=now)
        self._tell_from(before)

    def _tell_from(self, before: BreakerState) -> None:
        if self._breaker.state is not before:
            self._on_breaker(self._breaker.state)
