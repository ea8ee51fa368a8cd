"""Group commit: one thread writes, and all waiting writes share one transaction.

Batches are committed without delay: while a batch is being committed, the next batch gathers. A write is a function
of a connection and the items that were queued for it. Only that function knows rows and tables.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine

from service.errors import OverloadedError, RefusalError
from service.record.database.availability import Presence
from service.record.database.failure import as_refusal, is_about_one_row, unavailable
from service.record.database.one_per_round import HandOut

CLOSE_WITHIN_SECONDS = 20.0

Item = TypeVar("Item")
Answer = TypeVar("Answer")

BatchWrite: TypeAlias = Callable[[Connection, Sequence[Item]], Sequence[Answer | RefusalError]]
"""Function that writes all items in the given transaction, and answers in their order.

After a rollback it runs again with fewer items.
"""
CommitHook: TypeAlias = Callable[[int, float], None]
"""Function to call on the event loop with the size of a committed batch and the seconds that the batch took."""


class QueuedWrite(NamedTuple):
    write: BatchWrite[Any, Any]
    item: Any
    future: asyncio.Future[Any]


class GroupCommitWriter:
    """Commits queued writes in batches. Build it on a running event loop, and use it from that loop alone.

    Call `close` before the engine is disposed of.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        capacity: int = 4096,
        batch_limit: int = 512,
        answer_within_seconds: float = 10.0,
        on_commit: CommitHook | None = None,
        presence: Presence | None = None,
    ) -> None:
        self._engine = engine
        self._presence = presence or Presence()
        self._capacity = capacity
        self._batch_limit = batch_limit
        self._answer_within_seconds = answer_within_seconds
        self._on_commit = on_commit
        self._loop = asyncio.get_running_loop()
        self._queue: SimpleQueue[QueuedWrite | None] = SimpleQueue()
        self._hand_out = HandOut()
        self._depth = 0
        self._is_closing = False
        self._has_ended = False
        self._thread = threading.Thread(target=self._run, name="errand-writer", daemon=True)
        self._thread.start()

    @property
    def depth(self) -> int:
        """Items that were admitted and still wait for their answer, including items being committed."""
        return self._depth

    async def write(self, write: BatchWrite[Item, Answer], item: Item) -> Answer:
        """Return the answer to `item`, once the item is committed.

        Raise OverloadedError if too many items wait. Raise StorageUnavailableError if the commit failed or, rarely, if
        its result is unknown in time. Writing the same item again must be harmless.
        """
        if self._is_closing:
            raise unavailable("The service is shutting down.")
        self._presence.require()
        if self._depth >= self._capacity:
            raise OverloadedError("Too many decisions are waiting to be committed.", retry_after_seconds=1)
        future: asyncio.Future[Answer] = self._loop.create_future()
        self._depth += 1
        self._queue.put(QueuedWrite(write, item, future))
        return await self._presence.answer(future, self._answer_within_seconds)

    async def close(self) -> None:
        """Commit everything that is queued, then stop. Stop waiting for a hanging database after a while."""
        if not self._is_closing:
            self._is_closing = True
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join, CLOSE_WITHIN_SECONDS)
        await self._hand_out.finish()

    def _run(self) -> None:
        while not self._has_ended:
            entries = self._drain()
            # A caller that has gone away has had no answer, so its write may be dropped.
            wanted = [entry for entry in entries if not entry.future.cancelled()]
            if len(wanted) < len(entries):
                self._call_loop(self._forget, len(entries) - len(wanted))
            if wanted:
                self._commit(wanted)

    def _drain(self) -> list[QueuedWrite]:
        """Wait for an entry, then take all others that are ready, up to the limit of a batch."""
        entries: list[QueuedWrite] = []
        entry = self._queue.get()
        with contextlib.suppress(Empty):
            while entry is not None:
                entries.append(entry)
                if len(entries) == self._batch_limit:
                    return entries
                entry = self._queue.get_nowait()
            self._has_ended = True
        return entries

    def _commit(self, entries: Sequence[QueuedWrite]) -> None:
        started = time.perf_counter()
        try:
            answers = self._write(entries)
        except Exception as error:  # noqa: BLE001 - every waiting caller must hear of any error
            if len(entries) > 1 and is_about_one_row(error):
                # Halving finds the row at fault in a few commits, and the other rows are written all the same.
                middle = len(entries) // 2
                self._commit(entries[:middle])
                self._commit(entries[middle:])
            else:
                self._call_loop(self._answer, entries, [as_refusal(error) for _ in entries], None)
        else:
            self._call_loop(self._answer, entries, answers, time.perf_counter() - started)

    def _write(self, entries: Sequence[QueuedWrite]) -> list[Any]:
        groups: dict[BatchWrite[Any, Any], list[int]] = {}
        for position, entry in enumerate(entries):
            groups.setdefault(entry.write, []).append(position)
        answers: list[Any] = [None] * len(entries)
        with self._engine.begin() as connection:
            for write, positions in groups.items():
                group = write(connection, [entries[position].item for position in positions])
                for position, answer in zip(positions, group, strict=True):
                    answers[position] = answer
        return answers

    def _call_loop(self, callback: Callable[..., None], *arguments: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop was closed, so all callers are gone
            self._loop.call_soon_threadsafe(callback, *arguments)

    def _forget(self, count: int) -> None:
        self._depth -= count

    def _answer(self, entries: Sequence[QueuedWrite], answers: Sequence[Any], seconds: float | None) -> None:
        self._depth -= len(entries)
        self._hand_out.give(zip([entry.future for entry in entries], answers, strict=True))
        if seconds is not None and self._on_commit is not None:
            self._on_commit(len(entries), seconds)
