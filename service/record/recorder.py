"""The recorder: one object that keeps and looks up the service's data. A write is acknowledged after its commit."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

from service.domain.announcement import Announcement, Relayed
from service.domain.audit import AuditEntry
from service.domain.decision import Decision
from service.domain.delivery import DeliveryReport, DeliveryState, Lease, LeaseRequest, Settlement, Step
from service.domain.edition import EditionReport, Publication, PublishedEdition, Publishing, Rollback
from service.domain.expiry import Expiry, Purged
from service.domain.kept_text import KeptText
from service.domain.key import Creation, HeldKey, Revocation, Rotation, Use
from service.domain.ledger import ContactPast, Erased, Ledger
from service.domain.outcome import OutcomeReport, OutcomesBy, OutcomeTold, OutcomeWrite, Span
from service.domain.promise import HeldPromise, LatePromises, PromiseFilter, PromiseMove, PromiseMoved
from service.domain.recording import DecisionWrite, IdempotencyKey, Recorded
from service.errors import StorageUnavailableError
from service.record.database.engine import open_engines
from service.record.database.group_read import GroupReader
from service.record.database.reader import ReaderPool
from service.record.database.writer import CommitHook, GroupCommitWriter
from service.record.tables.announced import ANNOUNCED, SILENT
from service.record.tables.announcement import (
    lease_announcements,
    select_is_waiting,
    select_pending,
    settle_announcements,
)
from service.record.tables.audit import select_entries_after, select_newest_entries
from service.record.tables.contact import erase_contacts, select_past
from service.record.tables.daily_key import empty_journal, probe, rotate_keys
from service.record.tables.decision import select_count, select_decision, select_is_repeat, select_replay
from service.record.tables.delivery import (
    lease_due,
    replay,
    select_dead_ids,
    select_is_due,
    select_oldest_pending_seconds,
    select_report,
    select_reports,
)
from service.record.tables.edition import (
    find_active_if_any,
    get_edition,
    select_active_id,
    select_editions,
    write_publications,
    write_rollbacks,
)
from service.record.tables.expiry import delete_expired_contacts, delete_old_decisions
from service.record.tables.idempotency import delete_expired
from service.record.tables.key import (
    select_keys,
    select_standing,
    select_standing_if_any,
    write_creations,
    write_revocations,
    write_rotations,
    write_uses,
)
from service.record.tables.ledger import Wanted, select_ledgers
from service.record.tables.outcome_report import select_outcomes
from service.record.tables.promise import select_late, select_promises, select_promises_of, write_moves
from service.record.tables.step import select_steps
from service.record.tables.text import find_text

__all__ = ["IdempotencyKey", "Recorded", "Recorder", "open_recorder"]


class Recorder:
    """Keeps and looks up the service's data in one database.

    Every method may raise StorageUnavailableError. Methods that write may raise OverloadedError too.
    """

    def __init__(self, writer: GroupCommitWriter, reader: ReaderPool, *, announces: bool = False) -> None:
        """`announces`: tell other systems of decisions, ends of deliveries and outcomes."""
        self._writer = writer
        self._reader = reader
        self._ledgers = GroupReader(reader, select_ledgers)
        self._writes = ANNOUNCED if announces else SILENT
        self._daily_key: tuple[date, bytes] | None = None
        self._rotating = asyncio.Lock()
        self._reporting = asyncio.Lock()

    @property
    def depth(self) -> int:
        """Writes that were admitted and still wait for their answer."""
        return self._writer.depth

    async def commit(self, write: DecisionWrite) -> Recorded:
        """Commit a decision with all its parts. If its key was used before, return the first answer, byte for byte.

        Raise IdempotencyConflictError if the key was used for another body. Raise TurnConflictError if the contact
        was changed after its ledger was read. Committing one decision twice is harmless.
        """
        return await self._writer.write(self._writes.decisions, write)

    async def get_decision(self, decision_id: str) -> Decision:
        """Return a decision. Raise NotFoundError if the id is unknown."""
        return await self._reader.read(lambda connection: select_decision(connection, decision_id))

    async def ledger(self, contact_key: str, now: datetime) -> Ledger:
        """Return the ledger of a contact. The ledger of an unknown contact is empty."""
        return await self._ledgers.read(Wanted(contact_key, now))

    async def find_replay(self, key: IdempotencyKey, now: datetime) -> Recorded | None:
        """Find the answer that was given to the same request under the same key."""
        return await self._reader.read(lambda connection: select_replay(connection, key, now))

    async def is_repeat(self, repeat_key: str) -> bool:
        """Return True if a contact with the same reference was routed today."""
        return await self._reader.read(lambda connection: select_is_repeat(connection, repeat_key))

    async def report(self, report: OutcomeWrite) -> OutcomeTold:
        """Keep the outcome of a decision's goal. The newest report counts."""
        return await self._writer.write(self._writes.reports, report)

    async def get_past(self, contact_key: str, now: datetime) -> ContactPast:
        """Return everything held about a contact. Raise NotFoundError if the contact is unknown."""
        return await self._reader.read(lambda connection: select_past(connection, contact_key, now))

    async def report_outcomes(self, span: Span, by: OutcomesBy) -> OutcomeReport:
        """Count the outcomes of the decisions in a span of time."""
        async with self._reporting:  # a report may take long: one at a time leaves the other readers to routing
            return await self._reader.read(lambda connection: select_outcomes(connection, span, by))

    async def erase(self, contact_key: str) -> Erased:
        """Erase a contact and all links from its decisions to the contact. NotFoundError if the contact is unknown."""
        return await self._writer.write(erase_contacts, contact_key)

    async def count_decisions(self) -> int:
        return await self._reader.read(select_count)

    async def daily_key(self, day: date) -> bytes:
        """Return the 32 random bytes of `day`, equal on every replica. Asking for a new day destroys earlier keys."""
        if self._daily_key is not None and self._daily_key[0] == day:
            return self._daily_key[1]
        async with self._rotating:
            if self._daily_key is None or self._daily_key[0] != day:
                self._daily_key = (day, await self._writer.write(rotate_keys, day))
                with contextlib.suppress(StorageUnavailableError):  # SQLite reuses the journal later, without this call
                    await self._reader.read(empty_journal)
            return self._daily_key[1]

    async def find_text(self, decision_id: str, now: datetime) -> KeptText | None:
        """Return the kept text of a decision. Mostly `None`, since texts are kept only if the catalogue allows that."""
        return await self._reader.read(lambda connection: find_text(connection, decision_id, now))

    async def lease_deliveries(self, *, limit: int, lease_seconds: float) -> list[Lease]:
        """Lease deliveries that are due and free of a lease, each for `lease_seconds`."""
        if not await self._reader.read(select_is_due):
            return []
        return await self._writer.write(lease_due, LeaseRequest(limit=limit, lease_seconds=lease_seconds))

    async def settle_delivery(self, settlement: Settlement) -> bool:
        """Write the result of an attempt. Return False, with all data unchanged, if the lease was lost meanwhile."""
        return await self._writer.write(self._writes.settlements, settlement)

    async def replay_delivery(self, delivery_id: str) -> bool:
        """Make a dead delivery pending again. Return False for any other delivery."""
        return await self._writer.write(replay, delivery_id)

    async def oldest_pending_seconds(self) -> float:
        """Return the seconds for which the longest due delivery has been due."""
        return await self._reader.read(select_oldest_pending_seconds)

    async def list_deliveries(self, state: DeliveryState | None, *, limit: int) -> list[DeliveryReport]:
        """List deliveries, newest first."""
        return await self._reader.read(lambda connection: select_reports(connection, state, limit))

    async def get_delivery(self, delivery_id: str) -> DeliveryReport:
        """Return a delivery. Raise NotFoundError if the id is unknown."""
        return await self._reader.read(lambda connection: select_report(connection, delivery_id))

    async def list_dead_ids(self, *, limit: int) -> list[str]:
        """List the ids of dead deliveries, oldest first."""
        return await self._reader.read(lambda connection: select_dead_ids(connection, limit))

    async def list_steps(self, decision_id: str) -> list[Step]:
        """List steps in the order in which they were taken. The list is empty for a decision without a dispatch."""
        return await self._reader.read(lambda connection: select_steps(connection, decision_id))

    async def move_promise(self, move: PromiseMove) -> PromiseMoved:
        """Change a promise for a desk. Raise NotFoundError, PromiseHeldError or PromiseEndedError.

        A move that ends the promise destroys the contact detail.
        """
        moved = await self._writer.write(write_moves, move)
        if moved.promise.ended_at is not None:
            with contextlib.suppress(StorageUnavailableError):  # the next purge empties the journal otherwise
                await self._reader.read(empty_journal)
        return moved

    async def list_promises(self, wanted: PromiseFilter, now: datetime) -> list[HeldPromise]:
        """List promises by their due times, earliest first."""
        return await self._reader.read(lambda connection: select_promises(connection, wanted, now))

    async def list_promises_of(self, contact_key: str) -> list[HeldPromise]:
        """List the promises made to a contact, in order of time."""
        return await self._reader.read(lambda connection: select_promises_of(connection, contact_key))

    async def list_late_promises(self, now: datetime) -> list[LatePromises]:
        """Count the late promises of each desk that has any."""
        return await self._reader.read(lambda connection: select_late(connection, now))

    async def lease_announcements(self, *, limit: int, lease_seconds: float) -> list[Announcement]:
        """Lease the oldest announcements that are free of a lease, one of each decision."""
        if not await self._reader.read(select_is_waiting):
            return []
        return await self._writer.write(lease_announcements, LeaseRequest(limit=limit, lease_seconds=lease_seconds))

    async def settle_announcements(self, relayed: Relayed) -> None:
        """Forget acknowledged announcements, and give back the others."""
        await self._writer.write(settle_announcements, relayed)

    async def count_announcements(self) -> int:
        """Count the announcements that still wait for an acknowledgement."""
        return await self._reader.read(select_pending)

    async def create_key(self, creation: Creation) -> HeldKey:
        """Keep a new key. Raise InvalidRequestError if there are too many keys."""
        return await self._writer.write(write_creations, creation)

    async def rotate_key(self, rotation: Rotation) -> HeldKey:
        """Return the new key. NotFoundError if the old key is unknown, InvalidRequestError if the old key has ended."""
        return await self._writer.write(write_rotations, rotation)

    async def revoke_key(self, revocation: Revocation) -> bool:
        """Revoke a key. Return False if it was revoked before. Raise NotFoundError if the id is unknown."""
        return await self._writer.write(write_revocations, revocation)

    async def note_use(self, use: Use) -> None:
        """Keep the minutes in which keys were used last."""
        await self._writer.write(write_uses, use)

    async def list_standing_keys(self) -> list[HeldKey]:
        """List all keys except revoked keys. Expired keys are included."""
        return await self._reader.read(select_standing)

    async def list_standing_keys_if_any(self) -> list[HeldKey]:
        """List the same keys. The list is empty for a database that still has to be migrated."""
        return await self._reader.read(select_standing_if_any)

    async def list_keys(self, *, limit: int) -> list[HeldKey]:
        """List keys, newest first."""
        return await self._reader.read(lambda connection: select_keys(connection, limit))

    async def publish(self, publication: Publication) -> Publishing:
        """Make the publication the edition in use, unless the same content is in use already."""
        return await self._writer.write(write_publications, publication)

    async def roll_back(self, rollback: Rollback) -> Publishing:
        """Publish an older edition again. Raise NotFoundError if its number is unknown."""
        return await self._writer.write(write_rollbacks, rollback)

    async def find_active_edition_id(self) -> int | None:
        """Return the number of the edition in use, or `None` before the first publication."""
        return await self._reader.read(select_active_id)

    async def find_active_edition_if_any(self) -> PublishedEdition | None:
        """Return the edition in use, or `None` before the first publication or migration."""
        return await self._reader.read(find_active_if_any)

    async def get_edition(self, edition_id: int) -> PublishedEdition:
        """Return an edition. Raise NotFoundError if its number is unknown."""
        return await self._reader.read(lambda connection: get_edition(connection, edition_id))

    async def list_editions(self, *, limit: int) -> list[EditionReport]:
        """List editions, newest first."""
        return await self._reader.read(lambda connection: select_editions(connection, limit))

    async def list_newest_audit(self, *, limit: int) -> list[AuditEntry]:
        """List the audit, newest first."""
        return await self._reader.read(lambda connection: select_newest_entries(connection, limit))

    async def list_audit_after(self, audit_id: str, *, limit: int) -> list[AuditEntry]:
        """List the audit after an entry, oldest first. The empty id lists all entries."""
        return await self._reader.read(lambda connection: select_entries_after(connection, audit_id, limit))

    async def is_reachable(self, timeout_seconds: float) -> bool:
        """Return True if the database answers a small query in time."""
        try:
            return await self._reader.read(probe, timeout_seconds=timeout_seconds)
        except StorageUnavailableError:
            return False

    async def purge_expired(self, now: datetime, retention: timedelta) -> Purged:
        """Forget data that expired by `now` and decisions older than `retention`, a bounded number of each.

        Call it until the total is zero.
        """
        expiry = Expiry.of(now, retention)
        keys = Purged(idempotency_keys=await self._writer.write(delete_expired, now))
        contacts = await self._writer.write(delete_expired_contacts, expiry)
        return keys + contacts + await self._writer.write(delete_old_decisions, expiry)

    async def empty_journal(self) -> None:
        """Remove deleted bytes from SQLite's journal. Some may stay while others read an old journal."""
        await self._reader.read(empty_journal)


@contextlib.asynccontextmanager
async def open_recorder(
    url: str,
    *,
    capacity: int = 4096,
    batch_limit: int = 512,
    answer_within_seconds: float = 10.0,
    readers: int = 4,
    on_commit: CommitHook | None = None,
    announces: bool = False,
) -> AsyncIterator[Recorder]:
    """Open a recorder for a database that `schema.upgrade` has prepared. Leaving commits everything that is queued.

    The recorder opens even if the database is away. `on_commit` is called on the event loop with the size of each
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
        yield Recorder(writer, reader, announces=announces)
    finally:
        await writer.close()
        await reader.close()
        engines.dispose()
