"""Runs queries in a few threads of their own, so that the event loop and the writer go on meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from service.record.database.availability import Presence
from service.record.database.failure import as_refusal

Answer = TypeVar("Answer")


class ReaderPool:
    def __init__(self, engine: Engine, *, threads: int, presence: Presence | None = None) -> None:
        self._engine = engine
        self._presence = presence or Presence()
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="errand-reader")

    async def read(self, query: Callable[[Connection], Answer], *, timeout_seconds: float = 10.0) -> Answer:
        """Return the result of `query`. Raise StorageUnavailableError if the database is away or takes too long."""
        self._presence.require()
        running = asyncio.get_running_loop().run_in_executor(self._executor, self._run, query)
        return await self._presence.answer(running, timeout_seconds)

    async def wait_for(self, answer: asyncio.Future[Answer], *, timeout_seconds: float = 10.0) -> Answer:
        """Return the result of a shared query, and raise the errors of `read`."""
        return await self._presence.answer(answer, timeout_seconds)

    async def close(self) -> None:
        await asyncio.to_thread(self._executor.shutdown, cancel_futures=True)

    def _run(self, query: Callable[[Connection], Answer]) -> Answer:
        try:
            with self._engine.connect() as connection:
                return query(connection)
        except SQLAlchemyError as error:
            raise as_refusal(error) from error
