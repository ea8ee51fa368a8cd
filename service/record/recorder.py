"""What the service keeps and looks up, as one object. Everything it acknowledges is committed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import date, datetime

from service.domain import Decision
from service.errors import StorageUnavailableError
from service.record.daily_key import empty_journal, probe, rotate_keys
from service.record.decision import (
    DecisionWrite,
    IdempotencyKey,
    Recorded,
    select_count,
    select_decision,
    select_was_asked,
    write_decisions,
)
from service.record.engine import open_engines
from service.record.idempotency import delete_expired
from service.record.reader import ReaderPool
from service.record.writer import CommitHook, GroupCommitWriter

__all__ = ["IdempotencyKey", "Recorded", "Recorder", "open_recorder"]


class Recorder:
    """Every method may raise StorageUnavailableError; those that write may raise OverloadedError too."""

    def __init__(self, writer: GroupCommitWriter, reader: ReaderPool) -> None:
        self._writer = writer
        self._reader = reader
        self._daily_key: tuple[date, bytes] | None = None
        self._rotating = asyncio.Lock()

    @property
    def depth(self) -> int:
        """Writes admitted and not answered yet."""
        return self._writer.depth

    async def record(
        self, decision: Decision, *, idempotency: IdempotencyKey | None, answer: bytes, status_code: int = 200
    ) -> Recorded:
        """Commit the decision, or find that its key was used: then the first answer again, byte for byte.

        IdempotencyConflictError if the key was used for another body. Recording one decision twice is harmless.
        """
        write = DecisionWrite(decision=decision, idempotency=idempotency, answer=answer, status_code=status_code)
        return await self._writer.write(write_decisions, write)

    async def get_decision(self, decision_id: str) -> Decision:
        """NotFoundError if there is none."""
        return await self._reader.read(lambda connection: select_decision(connection, decision_id))

    async def was_asked(self, contact_key: str) -> bool:
        """Whether this contact has been asked a clarifying question before."""
        return await self._reader.read(lambda connection: select_was_asked(connection, contact_key))

    async def count_decisions(self) -> int:
        return await self._reader.read(select_count)

    async def daily_key(self, day: date) -> bytes:
        """The 32 random bytes of `day`, the same on every replica. Asking for a new day destroys the keys before it."""
        if self._daily_key is not None and self._daily_key[0] == day:
            return self._daily_key[1]
        async with self._rotating:
            if self._daily_key is None or self._daily_key[0] != day:
                self._daily_key = (day, await self._writer.write(rotate_keys, day))
                with contextlib.suppress(StorageUnavailableError):  # the journal also goes round by itself, later
                    await self._reader.read(empty_journal)
            return self._daily_key[1]

    async def is_reachable(self, timeout_seconds: float) -> bool:
        """Whether the database answers a small query in time."""
        try:
            return await self._reader.read(probe, timeout_seconds=timeout_seconds)
        except StorageUnavailableError:
            return False

    async def purge_expired(self, now: datetime) -> int:
        """Forget idempotency keys that expired by `now`, a bounded number of them; returns how many."""
        return await self._writer.write(delete_expired, now)


@contextlib.asynccontextmanager
async def open_recorder(
    url: str,
    *,
    capacity: int = 4096,
    batch_limit: int = 512,
    answer_within_seconds: float = 10.0,
    readers: int = 4,
    on_commit: CommitHook | None = None,
) -> AsyncIterator[Recorder]:
    """A recorder for a database that `schema.upgrade` has prepared; leaving it commits all that is queued.

    A database that is away does not keep it from opening. `on_commit` is told, on the event loop, the size of each
    committed batch and the seconds that it took.
    """
    engines = open_engines(url, readers=readers)
    writer = GroupCommitWriter(
        engines.writer,
        capacity=capacity,
        batch_limit=batch_limit,
        answer_within_seconds=answer_within_seconds,
        on_commit=on_commit,
    )
    reader = ReaderPool(engines.reader, threads=readers)
    try:
        yield Recorder(writer, reader)
    finally:
        await writer.close()
        await reader.close()
        engines.dispose()
