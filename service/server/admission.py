"""Limits how many contacts a worker works on at once, lets others wait, and refuses newcomers if waits stay long.

All contacts in work share the event loop. If a worker began every contact at once, each contact would take as long as
all of them together, and so would probes. So a worker works on a few contacts, in the order of their arrival. A short
queue is harmless, and a burst may wait. If waits have been too long for a while, more contacts come than the worker can
answer, and newcomers are refused at once (Nichols and Jacobson, "Controlling Queue Delay", ACM Queue 2012).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from types import TracebackType
from typing import Final

from service.errors import OverloadedError

AT_ONCE: Final = 32
"""Contacts in work at once: enough to keep the encoder and the commits busy."""
TOLERABLE_SECONDS: Final = 0.1
"""Longest wait that counts as short."""
PATIENCE_SECONDS: Final = 0.5
"""Time for which waits may be longer than short before newcomers are refused, so that a burst is worked off."""
BRIEF_PATIENCE_SECONDS: Final = 0.05
"""The same time if newcomers were refused within `MEMORY_SECONDS`: more than a burst has come then."""
MEMORY_SECONDS: Final = 10.0
"""Time after a refusal during which the patience stays brief."""
LARGEST_SHARE: Final = 2
"""A request counts as at most half of the limit, so that the largest batch is admitted if little else is in work."""


class Admission:
    """Counts the contacts of one worker. A request counts as one contact until its batch is read."""

    def __init__(self, most: int, *, at_once: int = AT_ONCE, clock: Callable[[], float] = perf_counter) -> None:
        self._most = most
        self._at_once = at_once
        self._clock = clock
        self._working = 0
        self._waiting: deque[tuple[asyncio.Future[None], float]] = deque()
        self._late_since: float | None = None
        self._behind_at = float("-inf")
        self.in_flight = 0
        """Contacts being answered. Requests that are admitted in any case count as well."""

    def enter(self) -> None:
        """Count a request. Call `leave` when it is answered, also if it was refused."""
        self.in_flight += 1

    def leave(self) -> None:
        self.in_flight -= 1

    @property
    def has_room(self) -> bool:
        """Whether one more request may come in."""
        return self.in_flight < self._most and not self.is_behind

    def require_room(self) -> None:
        """Raise OverloadedError if more contacts are in flight than allowed, or if waits have been long for a while."""
        if self.in_flight > self._most or self.is_behind:
            raise overloaded()

    @property
    def is_behind(self) -> bool:
        """Whether more contacts have come for a while than could be answered."""
        if self._late_since is None or not self._waiting:
            return False
        now = self._clock()
        is_known = now - self._behind_at <= MEMORY_SECONDS
        is_behind = now - self._late_since >= (BRIEF_PATIENCE_SECONDS if is_known else PATIENCE_SECONDS)
        if is_behind:
            self._behind_at = now
        return is_behind

    @contextmanager
    def counted_as(self, contacts: int) -> Iterator[None]:
        """Count an entered request as all of its contacts. Raises OverloadedError if they are too many."""
        more = max(min(contacts, self._most // LARGEST_SHARE) - 1, 0)
        if more and self.in_flight + more > self._most:
            raise overloaded()
        self.in_flight += more
        try:
            yield
        finally:
            self.in_flight -= more

    def turn(self) -> WorkSlot:
        """Return a slot for `async with` around the work on one contact. Leave it before any wait for the caller."""
        return WorkSlot(self)

    async def begin(self) -> None:
        if self._working < self._at_once and not self._waiting:
            self._working += 1
            self._late_since = None
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((place, self._clock()))
        try:
            await place
        except asyncio.CancelledError:
            if not place.cancelled():  # the slot was given at this very moment, so it is passed on
                self.end()
            raise

    def end(self) -> None:
        self._working -= 1
        while self._waiting and self._working < self._at_once:
            place, since = self._waiting.popleft()
            if not place.done():
                self._working += 1
                self._note(since)
                place.set_result(None)

    def _note(self, since: float) -> None:
        now = self._clock()
        if now - since <= TOLERABLE_SECONDS:
            self._late_since = None
        elif self._late_since is None:
            self._late_since = now


class WorkSlot:
    """One contact's right to be worked on."""

    __slots__ = ("_admission",)

    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    async def __aenter__(self) -> None:
        await self._admission.begin()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._admission.end()


def overloaded() -> OverloadedError:
    return OverloadedError("More contacts are being answered than are admitted.", retry_after_seconds=1)
