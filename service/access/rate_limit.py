"""How often somebody may: one count a name, in the memory of this process, and never more names than a bound.

The method is the generic cell rate algorithm (ITU-T I.371): of each name only the moment is held at which its allowance
would be whole again. Times are whole nanoseconds of a clock that only goes forward.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol

MINUTE = 60 * 10**9
MOST_NAMES = 65_536
FAILURES_PER_MINUTE = 20
LOCKED = 5 * MINUTE


class Limiter(Protocol):
    """Counts here, or in a store that workers share."""

    async def take(self, name: str, *, per_minute: int, now: int) -> int:
        """Take one of the allowance of `name`: 0 if there was one, else the time to wait for the next."""
        ...


class Allowances:
    """A minute's allowance may be used at once and comes back evenly; of too many names the one unused longest goes."""

    def __init__(self, *, most_names: int = MOST_NAMES) -> None:
        self._whole_at: OrderedDict[str, int] = OrderedDict()
        self._most_names = most_names

    def __len__(self) -> int:
        return len(self._whole_at)

    def take(self, name: str, *, per_minute: int, now: int) -> int:
        """0 if there was one left, else the time to wait for the next; who has to wait takes nothing."""
        interval = MINUTE // per_minute
        whole_at = max(self._whole_at.get(name, now), now)
        wait = whole_at + interval - now - interval * per_minute
        if wait > 0:
            return wait
        self._whole_at[name] = whole_at + interval
        self._whole_at.move_to_end(name)
        if len(self._whole_at) > self._most_names:
            self._whole_at.popitem(last=False)
        return 0


class InProcessLimiter:
    """The allowances of one worker: so many workers, so many times the limit."""

    def __init__(self, *, most_names: int = MOST_NAMES) -> None:
        self._allowances = Allowances(most_names=most_names)

    async def take(self, name: str, *, per_minute: int, now: int) -> int:
        return self._allowances.take(name, per_minute=per_minute, now=now)


class Lockout:
    """Locks out a name after more than twenty failures within a minute, for five minutes.

    Failures are counted as `failures` counts: for this worker, or for all who share a store. Each locks out by itself.
    """

    def __init__(self, failures: Limiter, *, most_names: int = MOST_NAMES) -> None:
        self._failures = failures
        self._until: OrderedDict[str, int] = OrderedDict()
        self._most_names = most_names

    async def fail(self, name: str, *, now: int) -> int:
        """Count a failure: 0 if it may be told as such, else the time until which every other one is locked out too."""
        until = self._until.get(name, 0)
        if until > now:
            return until - now
        if not await self._failures.take(f"guess {name}", per_minute=FAILURES_PER_MINUTE, now=now):
            return 0
        self._until.pop(name, None)
        self._until[name] = now + LOCKED
        if len(self._until) > self._most_names:
            self._until.popitem(last=False)
        return LOCKED
