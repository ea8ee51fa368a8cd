"""Limits the retries to a destination, because retries can make an outage worse. Moments are passed in."""

from __future__ import annotations

from collections import deque


class RetryBudget:
    """At most one retry for every five first attempts of the last seconds. A few retries are always allowed."""

    def __init__(self, *, calls_a_retry: int = 5, least: int = 3, window_seconds: float = 10.0) -> None:
        self._calls_a_retry = calls_a_retry
        self._least = least
        self._window = window_seconds
        self._firsts: deque[float] = deque()
        self._retries: deque[float] = deque()

    def allows(self, now: float) -> bool:
        """Whether one more retry is within the budget."""
        self._forget(now)
        return len(self._retries) < max(self._least, len(self._firsts) // self._calls_a_retry)

    def note(self, now: float, *, is_retry: bool) -> None:
        """Count a call."""
        self._forget(now)
        (self._retries if is_retry else self._firsts).append(now)

    def _forget(self, now: float) -> None:
        for moments in (self._firsts, self._retries):
            while moments and moments[0] <= now - self._window:
                moments.popleft()
