"""Group reads: look-ups that wait at the same moment share one query, so a hundred cost little more than a single."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextvars import Context
from typing import Generic, TypeAlias, TypeVar

from sqlalchemy import Connection

from service.record.database.one_per_round import HandOut
from service.record.database.reader import ReaderPool

Item = TypeVar("Item")
Answer = TypeVar("Answer")

BatchRead: TypeAlias = Callable[[Connection, Sequence[Item]], Sequence[Answer]]
"""Function that finds the answer for each item, in the order of the items."""


class GroupReader(Generic[Item, Answer]):
    """Reads in batches without delay: while a batch is read, the next batch gathers. Use it from one event loop."""

    def __init__(self, reader: ReaderPool, find: BatchRead[Item, Answer]) -> None:
        self._reader = reader
        self._find = find
        self._hand_out = HandOut()
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._reading: asyncio.Task[None] | None = None

    async def read(self, item: Item) -> Answer:
        """Return the answer for `item`. Raise StorageUnavailableError if the database is away or takes too long."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._reading is None:
            # In an empty context, since the deadline of the first look-up must not count for the others.
            self._reading = asyncio.create_task(self._read_all(), context=Context())
        return await self._reader.wait_for(future)

    async def _read_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                answers = await self._read_batch([item for item, _ in batch])
                self._hand_out.give(zip([future for _, future in batch], answers, strict=True))
        finally:
            self._reading = None

    async def _read_batch(self, items: Sequence[Item]) -> Sequence[Answer | Exception]:
        try:
            return await self._reader.read(lambda connection: self._find(connection, items))
        except Exception as error:  # noqa: BLE001 - every waiting caller must hear of any error
            return [error] * len(items)
