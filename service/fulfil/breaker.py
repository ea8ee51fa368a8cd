"""Stops calls to a destination that keeps failing, and probes it later (Nygard, Release It!, 2007).

A plain state machine without clock and I/O. Moments are passed in, as seconds of a monotonic clock.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum


class BreakerState(StrEnum):
    CLOSED = "closed"
    """Calls are made."""
    OPEN = "open"
    """Calls wait until the cool-down is over."""
    PROBING = "probing"
    """One call is on its way as a probe. Other calls are refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerPolicy:
    calls: int = 10
    """Number of last calls that count."""
    failures: int = 5
    """Number of failures among them that open the breaker."""
    cool_down_seconds: float = 5.0
    """Doubled after every failed probe."""
    longest_cool_down_seconds: float = 60.0
    probe_seconds: float = 90.0
    """Time after which a probe without report is given up. It is longer than the longest timeout of a rung."""


@dataclass(frozen=True, slots=True)
class Permit:
    """The right to make one call. The call is reported once."""

    period: int
    """Number of the period between two changes of state. A report of an earlier period is ignored."""


class Breaker:
    """Breaker of one destination."""

    def __init__(self, policy: BreakerPolicy | None = None) -> None:
        self._policy = policy or BreakerPolicy()
        self.state = BreakerState.CLOSED
        self._period = 0
        self._recent: deque[bool] = deque(maxlen=self._policy.calls)
        """Whether each of the last calls failed."""
        self._cool_down = self._policy.cool_down_seconds
        self._next_probe_at = 0.0

    def would_admit(self, now: float) -> bool:
        return self.state is BreakerState.CLOSED or now >= self._next_probe_at

    def admit(self, now: float) -> Permit | None:
        """The right to call now, or `None`. An open breaker gives one permit, for the probe."""
        if not self.would_admit(now):
            return None
        if self.state is not BreakerState.CLOSED:
            self._enter(BreakerState.PROBING)
            self._next_probe_at = now + self._policy.probe_seconds
        return Permit(self._period)

    def report(self, permit: Permit, *, failed: bool, now: float) -> None:
        """Take in the result of an admitted call."""
        if permit.period != self._period:
            return
        if self.state is BreakerState.PROBING:
            self._settle(failed=failed, now=now)
            return
        self._recent.append(failed)
        if sum(self._recent) >= self._policy.failures:
            self._open(now, cool_down=self._policy.cool_down_seconds)

    def _settle(self, *, failed: bool, now: float) -> None:
        if failed:
            self._open(now, cool_down=min(2 * self._cool_down, self._policy.longest_cool_down_seconds))
        else:
            self._recent.clear()
            self._enter(BreakerState.CLOSED)

    def _open(self, now: float, *, cool_down: float) -> None:
        self._cool_down = cool_down
        self._next_probe_at = now + cool_down
        self._enter(BreakerState.OPEN)

    def _enter(self, state: BreakerState) -> None:
        self.state = state
        self._period += 1
