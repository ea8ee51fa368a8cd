"""What the service keeps and looks up, as one object. Everything it acknowledges is committed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime

from service.contact import Erased, Event, Ledger, LedgerChange
from service.delivery import DeliveryReport, DeliveryState, Dispatch, Lease, Settlement, Step
from service.domain import Decision
from service.errors import StorageUnavailableError
from service.record.contact import Past, delete_expired_contacts, erase_contacts, select_past
from service.record.daily_key import empty_journal, probe, rotate_keys
from service.record.decision import (
    DecisionWrite,
    IdempotencyKey,
    Recorded,
    select_count,
    select_decision,
    select_is_repeat,
    select_replay,
    write_decisions,
)
from service.record.delivery import (
    LeaseRequest,
    lease_due,
    replay,
    select_dead_ids,
    select_is_due,
    select_oldest_pending_seconds,
    select_report,
    select_reports,
    settle,
)
from service.record.engine import open_engines
from service.record.idempotency import delete_expired
from service.record.ledger import select_ledger
from service.record.outcome import Report, Told, write_reports
from service.record.reader import ReaderPool
from service.record.resolution import Resolution, select_resolution
from service.record.step import select_steps
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
        self,
        decision: Decision,
        *,
        idempotency: IdempotencyKey | None,
        answer: bytes,
        status_code: int = 200,
        dispatches: Sequence[Dispatch] = (),
        steps: Sequence[Step] = (),
        change: LedgerChange | None = None,
        events: Sequence[Event] = (),
    ) -> Recorded:
        """Commit the decision and its deliveries, or find that its key was used: the first answer again, byte for byte.

        IdempotencyConflictError if the key was used for another body; TurnConflictError if the contact was changed
        since its ledger was read. Recording one decision twice is harmless.
        """
        write = DecisionWrite(
            decision=decision,
            idempotency=idempotency,
            answer=answer,
            status_code=status_code,
            dispatches=tuple(dispatches),
            steps=tuple(steps),
            change=change,
            events=tuple(events),
        )
        return await self._writer.write(write_decisions, write)

    async def get_decision(self, decision_id: str) -> Decision:
        """NotFoundError if there is none."""
        return await self._reader.read(lambda connection: select_decision(connection, decision_id))

    async def ledger(self, contact_key: str, now: datetime) -> Ledger:
        """What is held about a contact; an empty one where nothing is."""
        return await self._reader.read(lambda connection: select_ledger(connection, contact_key, now))

    async def find_replay(self, key: IdempotencyKey, now: datetime) -> Recorded | None:
        """The answer that was given to the same request under the same key."""
        return await self._reader.read(lambda connection: select_replay(connection, key, now))

    async def is_repeat(self, repeat_key: str) -> bool:
        """Whether a contact with the same reference was routed today."""
        return await self._reader.read(lambda connection: select_is_repeat(connection, repeat_key))

    async def report(self, report: Report) -> Told:
        """Keep what became of a decision's goal; the newest report counts."""
        return await self._writer.write(write_reports, report)

    async def get_past(self, contact_key: str, now: datetime) -> Past:
        """NotFoundError if nothing is held about the contact."""
        return await self._reader.read(lambda connection: select_past(connection, contact_key, now))

    async def first_contact_resolution(self, since: datetime, until: datetime) -> Resolution:
        """Of contacts that began at `since` or later and before `until`."""
        return await self._reader.read(lambda connection: select_resolution(connection, since, until))

    async def erase(self, contact_key: str) -> Erased:
        """NotFoundError if nothing is held about the contact. What stays of its decisions leads nowhere."""
        return await self._writer.write(erase_contacts, contact_key)

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

    async def lease_deliveries(self, *, limit: int, lease_seconds: float) -> list[Lease]:
        """Deliveries that are due and that nobody else carries out, each for `lease_seconds`."""
        if not await self._reader.read(select_is_due):
            return []
        return await self._writer.write(lease_due, LeaseRequest(limit=limit, lease_seconds=lease_seconds))

    async def settle_delivery(self, settlement: Settlement) -> bool:
        """Whether it was written; not if the lease was lost meanwhile, and then nothing has changed."""
        return await self._writer.write(settle, settlement)

    async def replay_delivery(self, delivery_id: str) -> bool:
        """Make a dead delivery pending again; False if it is not dead."""
        return await self._writer.write(replay, delivery_id)

    async def oldest_pending_seconds(self) -> float:
        """How long the delivery that is due longest has been due."""
        return await self._reader.read(select_oldest_pending_seconds)

    async def list_deliveries(self, state: DeliveryState | None, *, limit: int) -> list[DeliveryReport]:
        """Newest first."""
        return await self._reader.read(lambda connection: select_reports(connection, state, limit))

    async def get_delivery(self, delivery_id: str) -> DeliveryReport:
        """NotFoundError if there is none."""
        return await self._reader.read(lambda connection: select_report(connection, delivery_id))

    async def list_dead_ids(self, *, limit: int) -> list[str]:
        """Oldest first."""
        return await self._reader.read(lambda connection: select_dead_ids(connection, limit))

    async def list_steps(self, decision_id: str) -> list[Step]:
        """In the order in which they were taken; none where nothing was dispatched."""
        return await self._reader.read(lambda connection: select_steps(connection, decision_id))

    async def is_reachable(self, timeout_seconds: float) -> bool:
        """Whether the database answers a small query in time."""
        try:
            return await self._reader.read(probe, timeout_seconds=timeout_seconds)
        except StorageUnavailableError:
            return False

    async def purge_expired(self, now: datetime) -> int:
        """Forget keys, contacts, events and outcomes that expired by `now`, a bounded number; returns how many."""
        keys = await self._writer.write(delete_expired, now)
        return keys + await self._writer.write(delete_expired_contacts, now)


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
