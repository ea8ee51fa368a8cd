"""Keep turns of one contact in the order in which they came, within one process. The ledger tells other replicas."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Place:
    """One turn's place in the queue of its contact."""

    def __init__(self, before: asyncio.Future[None] | None) -> None:
        self._before = before

    async def reached(self) -> None:
        """Return when every turn before this one has left."""
        if self._before is not None:
            await asyncio.shield(self._before)


class TurnOrder:
    """Queues of one worker, by contact. A contact's id is held only while turns of the contact are under way."""

    def __init__(self) -> None:
        self._last: dict[str, asyncio.Future[None]] = {}

    @asynccontextmanager
    async def queue(self, contact_id: str | None) -> AsyncIterator[Place]:
        """Give a place behind the earlier turns of the contact. The place is left when the context ends.

        Work that is independent of earlier turns belongs before `reached`. A contact without an id never waits.
        """
        if contact_id is None:
            yield Place(None)
            return
        before, own = self._last.get(contact_id), asyncio.get_running_loop().create_future()
        self._last[contact_id] = own
        try:
            yield Place(before)
        finally:
            if before is None or before.done():
                self._leave(contact_id, own)
            else:  # left early: later turns still have to wait for the turns in front of this place
                before.add_done_callback(lambda _: self._leave(contact_id, own))

    def _leave(self, contact_id: str, own: asyncio.Future[None]) -> None:
        own.set_result(None)
        if self._last[contact_id] is own:
            del self._last[contact_id]
