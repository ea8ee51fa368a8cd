"""Turns of one contact in the order in which they came, within one process; other replicas are told by the ledger."""

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
    """One a worker. Holds a contact's id for as long as turns of it are under way, and not longer."""

    def __init__(self) -> None:
        self._last: dict[str, asyncio.Future[None]] = {}

    @asynccontextmanager
    async def queue(self, contact_id: str | None) -> AsyncIterator[Place]:
        """A place behind the turns of the contact that came before; left with the context, however that ends.

        What need not wait for them is done before `reached`. A contact without an id waits for nobody.
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
            else:  # gone before it was reached: whoever comes after it waits for those who are still before it
                before.add_done_callback(lambda _: self._leave(contact_id, own))

    def _leave(self, contact_id: str, own: asyncio.Future[None]) -> None:
        own.set_result(None)
        if self._last[contact_id] is own:
            del self._last[contact_id]
