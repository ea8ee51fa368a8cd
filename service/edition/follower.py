"""Follows the published edition: looks every second and when woken, and replaces the served edition as a whole.

If a published edition fails to open, the served one stays. The failure is logged once, and opening is tried again after
longer and longer pauses.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from service.domain.edition import PublishedEdition
from service.edition.edition import Edition
from service.errors import ErrandError, RefusalError

PERIOD_SECONDS: Final = 1.0
SHORTEST_PAUSE_SECONDS: Final = 2.0
LONGEST_PAUSE_SECONDS: Final = 60.0
OPEN_SECONDS: Final = 360.0
"""Longest time to copy a bundle and open it."""

log = structlog.get_logger()


class PublishedEditions(Protocol):
    """The store of published editions. Both methods may raise a RefusalError while the store is away."""

    async def find_active_edition_id(self) -> int | None: ...

    async def get_edition(self, edition_id: int) -> PublishedEdition: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A published edition that this worker failed to open."""

    edition_id: int
    code: str
    """Code of the error."""


class Follower:
    """Keeps the served edition of one worker the same as the published one."""

    def __init__(
        self,
        *,
        shelf: PublishedEditions,
        serving: int | None,
        open_edition: Callable[[PublishedEdition], Awaitable[Edition]],
        swap: Callable[[Edition], None],
        on_failed: Callable[[bool], None] = lambda _: None,
        period_seconds: float = PERIOD_SECONDS,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start with the edition `serving` in use. `on_failed` is told whether the newest edition failed to open."""
        self._shelf = shelf
        self._serving = serving
        self._open = open_edition
        self._swap = swap
        self._on_failed = on_failed
        self._period_seconds = period_seconds
        self._ticks = ticks
        self._woken = asyncio.Event()
        self._pause = SHORTEST_PAUSE_SECONDS
        self._try_again_at = 0.0
        self.failure: Failure | None = None

    def wake(self) -> None:
        """Look now, since there may be a new edition."""
        self._woken.set()

    async def is_current(self) -> bool:
        """Whether the served edition is the published one. False also while the store is away."""
        try:
            return await self._shelf.find_active_edition_id() == self._serving
        except RefusalError:
            return False

    async def look(self) -> None:
        """Serve the published edition, if it is another one. Raises RefusalError if the store is away."""
        active = await self._shelf.find_active_edition_id()
        if active is None or active == self._serving:
            self._note(None)
            return
        is_known = self.failure is not None and self.failure.edition_id == active
        if is_known and self._ticks() < self._try_again_at:
            return
        published = await self._shelf.get_edition(active)
        # Whichever error keeps an edition from opening, the served one stays in use.
        (error,) = await asyncio.gather(self._go_over(published), return_exceptions=True)
        if error is not None:
            self._fail(active, error, is_known=is_known)
            return
        self._note(None)
        log.info("edition_served", edition=active, bundle=published.content.bundle)

    async def keep_following(self) -> None:
        """Look until cancelled. While the database is away, the served edition stays."""
        while True:
            with suppress(RefusalError):
                await self.look()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._period_seconds):
                    await self._woken.wait()
            self._woken.clear()

    async def _go_over(self, published: PublishedEdition) -> None:
        self._swap(await self._open(published))
        self._serving = published.edition_id

    def _fail(self, edition_id: int, error: BaseException, *, is_known: bool) -> None:
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS) if is_known else SHORTEST_PAUSE_SECONDS
        self._try_again_at = self._ticks() + self._pause
        if not is_known:
            detail = str(error) if isinstance(error, ErrandError) else type(error).__name__
            log.warning("edition_failed", edition=edition_id, serving=self._serving, detail=detail)
        code = error.code if isinstance(error, ErrandError) else ErrandError.code
        self._note(Failure(edition_id=edition_id, code=code))

    def _note(self, failure: Failure | None) -> None:
        self.failure = failure
        self._on_failed(failure is not None)
