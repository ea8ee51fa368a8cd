"""Limits how often a name may act: one count for each name, in the memory of this process, up to a bound of names.

The method is the generic cell rate algorithm (ITU-T I.371): for each name, only the moment is held at which its
allowance is whole again. Times are whole nanoseconds of a clock that only goes forward.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol

MINUTE = 60 * 10**9
MOST_NAMES = 65_536
FAILURES_PER_MINUTE = 20
LOCKED = 5 * MINUTE


class Limiter(Protocol):
    """Counts in this process, or in a store that workers share."""

    async def take(self, name: str, *, per_minute: int, now: int) -> int:
        """Take one of the allowance of `name`. Returns 0, or the time to wait for the next one."""
        ...


class Allowances:
    """Allowances by name. A minute's allowance may be used at once, and comes back evenly.

    Above the bound of names, the name that was unused longest is forgotten.
    """

    def __init__(self, *, most_names: int = MOST_NAMES) -> None:
        self._whole_at: OrderedDict[str, int] = OrderedDict()
        self._most_names = most_names

    def __len__(self) -> int:
        return len(self._whole_at)

    def take(self, name: str, *, per_minute: int, now: int) -> int:
        """Take one if any is left and return 0. Otherwise take none and return the time to wait for the next one."""
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
    """Allowances of one worker. The limit of all workers together is their number times as high."""

    def __init__(self, *, most_names: int = MOST_NAMES) -> None:
        self._allowances = Allowances(most_names=most_names)

    async def take(self, name: str, *, per_minute: int, now: int) -> int:
        return self._allowances.take(name, per_minute=per_minute, now=now)


class Lockout:
    """Locks out a name for five minutes after more than twenty failures within a minute.

    `failures` counts them: for this worker, or for all workers that share a store. Each worker locks out by itself.
    """

    def __init__(self, failures: Limiter, *, most_names: int = MOST_NAMES) -> None:
        self._failures = failures
        self._until: OrderedDict[str, int] = OrderedDict()
        self._most_names = most_names

    async def fail(self, name: str, *, now: int) -> int:
        """Count a failure. Returns 0 if it may be told as such, else the time for which the name stays locked out."""
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
