"""Tracks whether the database is available: marked away at the first failure, checked again twice a second."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeVar

import structlog

from service.record.database.failure import DatabaseAwayError, away
from service.record.database.request_deadline import seconds_left

PAUSE_SECONDS: Final = 0.5

Answer = TypeVar("Answer")

log = structlog.get_logger()


class Presence:
    """Knows if the database is away, and ends waits that are in vain. Use it from one event loop alone.

    Without `watch` the database always counts as there, since only `watch` would see it return.
    """

    def __init__(self) -> None:
        self.is_away = False
        self._is_watched = False
        self._limits: set[asyncio.Timeout] = set()

    def require(self) -> None:
        """Raise DatabaseAwayError at once if waiting is known to be in vain."""
        if self.is_away:
            raise away()

    async def answer(self, waiting: Awaitable[Answer], within_seconds: float) -> Answer:
        """Return the answer of the database. Raise DatabaseAwayError if it is away, goes meanwhile, or takes too long.

        The limit is `within_seconds`, or the time that the current request has left, if that is shorter.
        """
        limit = asyncio.timeout(seconds_left(within_seconds))
        try:
            async with limit:
                self._limits.add(limit)
                return await waiting
        except TimeoutError as error:
            raise away("The database did not answer in time.") from error
        except DatabaseAwayError:
            self._lost()
            raise
        finally:
            self._limits.discard(limit)

    async def watch(self, probe: Callable[[], Awaitable[bool]]) -> None:
        """Ask `probe` again and again until cancelled. `probe` must answer in time."""
        self._is_watched = True
        try:
            while True:
                await self._look(probe)
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            self._is_watched = self.is_away = False

    async def _look(self, probe: Callable[[], Awaitable[bool]]) -> None:
        if await probe():
            if self.is_away:
                self.is_away = False
                log.warning("database_back")
        elif self.is_away:  # away for a second time, so all remaining waits are in vain
            self._release()
        else:
            self._lost()

    def _lost(self) -> None:
        if self._is_watched and not self.is_away:
            self.is_away = True
            log.warning("database_away")

    def _release(self) -> None:
        now = asyncio.get_running_loop().time()
        for limit in self._limits:
            with suppress(RuntimeError):  # the limit has run out at this very moment
                limit.reschedule(now)
