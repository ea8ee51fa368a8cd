"""Relay announcements: lease waiting announcements, publish them, and delete the acknowledged ones.

Each announcement is sent at least once. If a worker dies between the acknowledgement and the write, another worker
leases the announcement when the lease is over, and sends it again under the same id. If the broker or the database is
away, the relay tries again, less and less often.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from service.domain.announcement import Announcement, Relayed
from service.errors import RefusalError
from service.events.publisher import Publisher

BATCH: Final = 256
"""Most announcements that one worker has under way at once."""
LEASE_SECONDS: Final = 30.0
"""Length of a lease, longer than a publisher waits."""
SHORTEST_PAUSE_SECONDS: Final = 0.05
LONGEST_IDLE_SECONDS: Final = 0.5
LONGEST_AWAY_SECONDS: Final = 30.0
CLOSE_WITHIN_SECONDS: Final = 5.0

log = structlog.get_logger()


class AnnouncementQueue(Protocol):
    """Storage of announcements. Both methods may raise a RefusalError while the storage is away."""

    async def lease_announcements(self, *, limit: int, lease_seconds: float) -> Sequence[Announcement]:
        """Lease waiting announcements that are free of other leases, at most one of each decision."""
        ...

    async def settle_announcements(self, relayed: Relayed) -> None: ...


OnAnnounced = Callable[[Announcement], None]
"""Function that is called with every announcement that the broker has acknowledged."""


@dataclass(kw_only=True)
class Relay:
    """Relay of one worker. `open_relay` runs it."""

    queue: AnnouncementQueue
    publisher: Publisher
    on_announced: OnAnnounced
    batch: int = BATCH
    draw: Callable[[], float] = random.random

    def __post_init__(self) -> None:
        self._closing = asyncio.Event()
        self._failure: str | None = None
        """Failure that was logged last, until announcing works again."""

    async def run(self) -> None:
        """Relay until `close`, and then until the queue is empty, or the broker or the storage is away."""
        pause = 0.0
        while self.publisher.listens:
            longest = await self._relay_some()
            if not longest:
                pause = 0.0
                continue
            if self._closing.is_set():
                return
            pause = min(max(2 * pause, SHORTEST_PAUSE_SECONDS), longest)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause * (0.5 + self.draw())):
                    await self._closing.wait()

    async def close(self, running: asyncio.Task[None], within_seconds: float = CLOSE_WITHIN_SECONDS) -> None:
        """Send waiting announcements within the time. The rest is left to other workers, or to the next start."""
        self._closing.set()
        await asyncio.wait([running], timeout=within_seconds)
        running.cancel()

    async def _relay_some(self) -> float:
        """Relay one batch. Returns the longest pause to make now, or 0 if some announcements got through."""
        try:
            batch = await self.queue.lease_announcements(limit=self.batch, lease_seconds=LEASE_SECONDS)
            if not batch:
                return LONGEST_IDLE_SECONDS
            published = await self.publisher.publish(batch)
            sent = [each for each in batch if each.announcement_id in published.acknowledged]
            await self.queue.settle_announcements(relayed(batch, sent))
        except RefusalError as refusal:
            return self._put_off(refusal.code)
        for announcement in sent:
            self.on_announced(announcement)
        if not sent:
            return self._put_off(published.failure or "not_acknowledged")
        if self._failure is not None:
            log.info("announcing_again")
        self._failure = None
        return 0.0

    def _put_off(self, failure: str) -> float:
        if failure != self._failure:  # logged once, instead of at every attempt
            log.warning("not_announced", failure=failure)
        self._failure = failure
        return LONGEST_AWAY_SECONDS


def relayed(batch: Sequence[Announcement], sent: Sequence[Announcement]) -> Relayed:
    acknowledged = tuple([each.announcement_id for each in sent])
    return Relayed(
        acknowledged=acknowledged,
        returned=tuple([each.announcement_id for each in batch if each.announcement_id not in acknowledged]),
    )


@asynccontextmanager
async def open_relay(relay: Relay) -> AsyncIterator[Relay]:
    """Relay until the context ends, and then send waiting announcements."""
    running = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        await relay.close(running)
