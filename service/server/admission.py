"""How many contacts a worker works on at once, how many wait for that, and when newcomers are refused.

What is worked on shares the event loop: were all that come worked on at once, each would take as long as all, probes
included. So a few are, in the order in which they came. A short queue is no harm, and a burst may wait; but where the
wait has been too long for a while, more comes than can be answered, and who comes then is refused at once (Nichols and
Jacobson, "Controlling Queue Delay", ACM Queue 2012).
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
"""Contacts worked on at once: enough for encoder and commits to be busy."""
TOLERABLE_SECONDS: Final = 0.1
"""A wait that nobody minds."""
PATIENCE_SECONDS: Final = 0.5
"""How long waits may be longer than that before newcomers are refused: a burst is worked off."""
BRIEF_PATIENCE_SECONDS: Final = 0.05
"""The same where newcomers were refused a moment ago: what comes then is no burst."""
MEMORY_SECONDS: Final = 10.0
"""How long ago a moment is."""
LARGEST_SHARE: Final = 2
"""One request counts for no more than this part of all, so that the largest is admitted when little else is there."""


class Admission:
    """One a worker. A request counts for one contact until it is known to hold more."""

    def __init__(self, most: int, *, at_once: int = AT_ONCE, clock: Callable[[], float] = perf_counter) -> None:
        self._most = most
        self._at_once = at_once
        self._clock = clock
        self._working = 0
        self._waiting: deque[tuple[asyncio.Future[None], float]] = deque()
        self._late_since: float | None = None
        self._behind_at = float("-inf")
        self.in_flight = 0
        """Contacts being answered, requests that are admitted in any case included."""

    def enter(self) -> None:
        """Count a request; `leave` when it is answered, also if it is refused."""
        self.in_flight += 1

    def leave(self) -> None:
        self.in_flight -= 1

    @property
    def has_room(self) -> bool:
        """Whether one more may come in."""
        return self.in_flight < self._most and not self.is_behind

    def require_room(self) -> None:
        """Raise OverloadedError if more are in than there is room for, or they have waited too long for too long."""
        if self.in_flight > self._most or self.is_behind:
            raise overloaded()

    @property
    def is_behind(self) -> bool:
        """Whether more has come for a while than could be answered."""
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
        """For a request that has entered: it counts for all that it holds, or is refused with OverloadedError."""
        more = max(min(contacts, self._most // LARGEST_SHARE) - 1, 0)
        if more and self.in_flight + more > self._most:
            raise overloaded()
        self.in_flight += more
        try:
            yield
        finally:
            self.in_flight -= more

    def turn(self) -> WorkSlot:
        """`async with` it where a contact is worked on, and not while something is awaited of its caller."""
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
            if not place.cancelled():  # the turn had come at this very moment
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
    """One contact's turn to be worked on."""

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
