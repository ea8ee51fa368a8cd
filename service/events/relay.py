"""Relays announcements: leases what waits, publishes it, and forgets what the broker has acknowledged.

At least once: an announcement whose worker dies between the acknowledgement and the write is leased by another when the
lease is over, and sent again under the same id. A broker or a database that is away is tried again, ever less often.
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
"""Announcements on their way at once, of one worker."""
LEASE_SECONDS: Final = 30.0
"""Longer than a publisher waits."""
SHORTEST_PAUSE_SECONDS: Final = 0.05
LONGEST_IDLE_SECONDS: Final = 0.5
LONGEST_AWAY_SECONDS: Final = 30.0
CLOSE_WITHIN_SECONDS: Final = 5.0

log = structlog.get_logger()


class AnnouncementQueue(Protocol):
    """Where announcements are kept. Both may raise a RefusalError while it is away."""

    async def lease_announcements(self, *, limit: int, lease_seconds: float) -> Sequence[Announcement]:
        """What waits and nobody else holds, of each decision one."""
        ...

    async def settle_announcements(self, relayed: Relayed) -> None: ...


OnAnnounced = Callable[[Announcement], None]
"""Told of every announcement that the broker has acknowledged."""


@dataclass(kw_only=True)
class Relay:
    """One a worker; `open_relay` runs it."""

    queue: AnnouncementQueue
    publisher: Publisher
    on_announced: OnAnnounced
    batch: int = BATCH
    draw: Callable[[], float] = random.random

    def __post_init__(self) -> None:
        self._closing = asyncio.Event()
        self._failure: str | None = None
        """What the log has been told."""

    async def run(self) -> None:
        """Until `close`, and then until nothing waits or somebody is away."""
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
        """Send what waits; what takes longer is left to others, or to the next start."""
        self._closing.set()
        await asyncio.wait([running], timeout=within_seconds)
        running.cancel()

    async def _relay_some(self) -> float:
        """The longest pause to make now; none after some have got through."""
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
        if failure != self._failure:  # said once, not with every attempt
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
    """Relays until the context ends, and then what waits."""
    running = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        await relay.close(running)
