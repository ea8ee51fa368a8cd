"""When a destination that keeps failing is left alone, and how it is tried again (Nygard, Release It!, 2007).

A plain state machine: no clock, no I/O. Every moment is passed in, in seconds of a clock that never goes back.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum


class BreakerState(StrEnum):
    CLOSED = "closed"
    """Calls are made."""
    OPEN = "open"
    """No calls are made until the cool-down is over."""
    PROBING = "probing"
    """One call is on its way to find out, and no other is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerPolicy:
    calls: int = 10
    """How many of the last calls are looked at."""
    failures: int = 5
    """How many of these open the breaker."""
    cool_down_seconds: float = 5.0
    """Doubled after every probe that fails."""
    longest_cool_down_seconds: float = 60.0
    probe_seconds: float = 90.0
    """After which a probe that was never reported is given up; longer than any rung may take."""


@dataclass(frozen=True, slots=True)
class Permit:
    """The right to make one call, to be reported once."""

    period: int
    """Between two changes of state; a report from an earlier one comes too late to say anything."""


class Breaker:
    """Of one destination."""

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
        """The right to call now, or `None`; whoever gets one when the breaker is not closed is the only one."""
        if not self.would_admit(now):
            return None
        if self.state is not BreakerState.CLOSED:
            self._enter(BreakerState.PROBING)
            self._next_probe_at = now + self._policy.probe_seconds
        return Permit(self._period)

    def report(self, permit: Permit, *, failed: bool, now: float) -> None:
        """What became of an admitted call."""
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
