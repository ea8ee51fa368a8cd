"""Spool: decisions on the local disk while the database is away. Appended together, read back in order, then removed.

A decision is acknowledged once it has been synced. Held decisions are found by key and by contact, so that repeats get
the same answer and turns follow each other. The decisions themselves stay on the disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar

import structlog

from service.domain.ledger import UNKNOWN_REVISION, Ledger, LedgerChange
from service.domain.recording import DecisionWrite, IdempotencyKey
from service.errors import StorageUnavailableError
from service.record.database.failure import unavailable
from service.record.spool.codec import encoded, find_decoded
from service.record.spool.record_format import framed
from service.record.spool.spool_file import SpoolFile, list_files
from service.record.tables.decision import conflict

ANSWER_WITHIN_SECONDS: Final = 10.0
ROOM_BYTES: Final = 256 * 1024
"""More than the largest decision takes. A service is ready only if its spool has this much room."""
FAILED_FOR_SECONDS: Final = 5.0
"""After a failed write, the disk counts as failing for this long."""

Given = TypeVar("Given")

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True, eq=False)
class SpoolEntry:
    """Place of a held decision, and the facts by which it is found."""

    decision_id: str
    contact_key: str
    key: IdempotencyKey | None
    leaves: int | None
    """Revision of the ledger after the decision, as told to later turns. `None` if the contact stays unchanged."""
    kept: asyncio.Future[StorageUnavailableError | None]
    """Done when the decision is on the disk, or when writing it has failed."""
    size: int
    segment: SpoolFile | None = None
    start: int = 0


@dataclass(slots=True, kw_only=True, eq=False)
class Held:
    """A file, and the decisions in it that still wait to be committed."""

    segment: SpoolFile
    entries: set[str] = field(default_factory=set)


class Spool:
    """Holds the spooled decisions of one process. Open it with `open_spool`, and use it from one event loop alone."""

    def __init__(self, folder: Path, *, limit_bytes: int) -> None:
        self._folder = folder
        self._limit = limit_bytes
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="errand-spool")
        self._files: dict[SpoolFile, Held] = {}
        self._own: SpoolFile | None = None
        self._entries: dict[str, SpoolEntry] = {}
        self._keys: dict[str, SpoolEntry] = {}
        self._contacts: dict[str, list[SpoolEntry]] = {}
        self._waiting: list[tuple[SpoolEntry, bytes]] = []
        self._appending: asyncio.Task[None] | None = None
        self._failed_at: float | None = None
        self.bytes = 0
        """Bytes on the disk, or on the way there."""

    @property
    def records(self) -> int:
        """Number of decisions that are held until they are committed."""
        return len(self._entries)

    @property
    def has_room(self) -> bool:
        """True if the spool can be expected to take another decision."""
        is_failing = self._failed_at is not None and self._now() < self._failed_at + FAILED_FOR_SECONDS
        return self.bytes + ROOM_BYTES <= self._limit and not is_failing

    # looking up

    def concerns(self, write: DecisionWrite) -> bool:
        """Return True if a decision must wait for held ones: for its first request, or earlier turns of its contact."""
        if not self._entries:
            return False
        is_repeat = write.idempotency is not None and write.idempotency.key_hash in self._keys
        return is_repeat or write.decision.decision_id in self._entries or self.holds(write.decision.contact_key)

    def holds(self, contact_key: str) -> bool:
        """Return True if a decision about the contact is held."""
        return contact_key in self._contacts

    def find(self, key: IdempotencyKey) -> SpoolEntry | None:
        """Find the first request under the key, with any body."""
        return self._keys.get(key.key_hash)

    def find_first(self, write: DecisionWrite) -> SpoolEntry | None:
        """Find the request that `write` repeats. If `write` itself is held already, return its own entry."""
        held = self._entries.get(write.decision.decision_id)
        return held if held is not None or write.idempotency is None else self.find(write.idempotency)

    async def find_ledger(self, contact_key: str) -> Ledger | None:
        """Find the ledger after the newest held turn. Turns that only the database knows are missing from it."""
        changing = [entry for entry in self._contacts.get(contact_key, ()) if entry.leaves is not None]
        write = await self.read(changing[-1]) if changing else None
        if write is None or write.change is None:
            return None
        return replace(write.change.after, revision=revision_after(write.change))

    async def read(self, entry: SpoolEntry) -> DecisionWrite | None:
        """Read a decision once it is on the disk. Return `None` if the disk has damaged it.

        Raise StorageUnavailableError if the decision failed to get there.
        """
        if (refusal := await asyncio.shield(entry.kept)) is not None:
            raise refusal
        [write] = await self._run(_read, [entry])
        return write

    async def oldest(self, limit: int) -> list[tuple[SpoolEntry, DecisionWrite | None]]:
        """Return the decisions to commit next, without those that are still on the way to the disk."""
        chosen = [entry for entry in islice(self._entries.values(), limit) if entry.segment is not None]
        return list(zip(chosen, await self._run(_read, chosen), strict=True))

    def list_others(self) -> list[Path]:
        """List the files that other processes own."""
        own = {segment.path for segment in self._files}
        return [path for path in list_files(self._folder) if path not in own]

    # adding

    async def append(self, write: DecisionWrite) -> None:
        """Keep a decision. StorageUnavailableError if keeping it fails, TurnConflictError as the database would."""
        record = framed(encoded(write))
        if self.bytes + len(record) > self._limit:
            raise unavailable("The database is away, and the local spool is full.")
        if write.change is not None and self._is_outrun(write.change):
            raise conflict()
        entry = entry_of(write, size=len(record))
        self._enter(entry)
        self.bytes += entry.size
        self._waiting.append((entry, record))
        if self._appending is None:
            self._appending = asyncio.create_task(self._append_waiting())
        try:
            async with asyncio.timeout(ANSWER_WITHIN_SECONDS):
                refusal = await asyncio.shield(entry.kept)
        except TimeoutError as error:
            raise unavailable("The database is away, and the disk did not answer in time.") from error
        if refusal is not None:
            raise refusal

    async def take_over(self) -> int:
        """Take over the files of processes that are gone, and return the number of decisions in them."""
        taken = 0
        for segment, found in await self._run(_adopt, self._folder):
            held = self._files[segment] = Held(segment=segment)
            self.bytes += segment.size
            for write, start, size in found:
                entry = entry_of(write, size=size)
                if entry.decision_id not in self._entries:
                    entry.kept.set_result(None)
                    entry.segment, entry.start = segment, start
                    held.entries.add(entry.decision_id)
                    self._enter(entry)
                    taken += 1
        if taken:
            log.info("spool_taken_over", records=taken, bytes=self.bytes)
        await self._remove_spent()
        return taken

    # removing

    async def remove(self, entries: Collection[SpoolEntry]) -> None:
        """Forget decisions that are committed or rejected, and remove files that are left without any decision."""
        for entry in entries:
            self._leave(entry)
        await self._remove_spent()

    async def reject(self, entry: SpoolEntry) -> None:
        """Copy a decision to the file of rejected decisions, which are tried no more."""
        assert entry.segment is not None  # noqa: S101  (it was read)
        await self._run(entry.segment.reject, entry.start, entry.start + entry.size)

    async def close(self) -> None:
        """Close the spool. Held decisions stay on the disk for the next process."""
        if self._appending is not None:
            await self._appending
        await self._run(_close, list(self._files))
        self._disk.shutdown()

    # inner workings

    async def _append_waiting(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                segment, start = await self._run(
                    _append, self._own, self._folder, b"".join([each for _, each in batch])
                )
            except OSError as error:
                self._fail([entry for entry, _ in batch], error)
                continue
            self._failed_at, self._own = None, segment
            held = self._files.setdefault(segment, Held(segment=segment))
            for entry, _ in batch:
                entry.segment, entry.start = segment, start
                held.entries.add(entry.decision_id)
                start += entry.size
                entry.kept.set_result(None)
        self._appending = None

    def _fail(self, entries: Sequence[SpoolEntry], error: OSError) -> None:
        self._failed_at = self._now()
        for entry in entries:
            self.bytes -= entry.size
            self._leave(entry)
            entry.kept.set_result(unavailable("The database is away, and the local spool cannot be written."))
        with suppress(OSError):  # the log may be on the disk that is full
            log.error("spool_not_written", error=error.strerror, records=len(entries))

    def _enter(self, entry: SpoolEntry) -> None:
        self._entries[entry.decision_id] = entry
        if entry.key is not None:
            self._keys.setdefault(entry.key.key_hash, entry)
        self._contacts.setdefault(entry.contact_key, []).append(entry)

    def _leave(self, entry: SpoolEntry) -> None:
        del self._entries[entry.decision_id]
        if entry.key is not None and self._keys.get(entry.key.key_hash) is entry:
            del self._keys[entry.key.key_hash]
        of_contact = self._contacts[entry.contact_key]
        of_contact.remove(entry)
        if not of_contact:
            del self._contacts[entry.contact_key]
        if entry.segment is not None:
            self._files[entry.segment].entries.discard(entry.decision_id)

    def _is_outrun(self, change: LedgerChange) -> bool:
        left = [entry.leaves for entry in self._contacts.get(change.after.contact_key, ()) if entry.leaves is not None]
        return bool(left) and change.before.revision != left[-1]

    async def _remove_spent(self) -> None:
        """Remove files without decisions. A file that is being appended to is left until the next time."""
        spent = [held.segment for held in self._files.values() if not held.entries]
        if self._appending is not None:
            spent = [segment for segment in spent if segment is not self._own]
        for segment in spent:
            del self._files[segment]
            self.bytes -= segment.size
            if segment is self._own:
                self._own = None
        if spent:
            await self._run(_remove, spent)

    async def _run(self, act: Callable[..., Given], *arguments: Any) -> Given:
        return await asyncio.get_running_loop().run_in_executor(self._disk, act, *arguments)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


@asynccontextmanager
async def open_spool(folder: Path, *, limit_bytes: int) -> AsyncIterator[Spool]:
    """Open a spool with all decisions that processes which are gone have left in the folder."""
    spool = Spool(folder, limit_bytes=limit_bytes)
    try:
        await spool.take_over()
        yield spool
    finally:
        await spool.close()


def entry_of(write: DecisionWrite, *, size: int) -> SpoolEntry:
    return SpoolEntry(
        decision_id=write.decision.decision_id,
        contact_key=write.decision.contact_key,
        key=write.idempotency,
        leaves=None if write.change is None else revision_after(write.change),
        kept=asyncio.get_running_loop().create_future(),
        size=size,
    )


def revision_after(change: LedgerChange) -> int:
    """Return a revision that the database never uses. Each held turn has the next lower number."""
    return min(change.before.revision, UNKNOWN_REVISION) - 1


def _append(own: SpoolFile | None, folder: Path, records: bytes) -> tuple[SpoolFile, int]:
    if own is not None and not own.is_sealed:
        return own, own.append(records)
    segment = SpoolFile.create(folder)
    try:
        return segment, segment.append(records)
    except OSError:
        segment.remove()
        raise


def _read(entries: Sequence[SpoolEntry]) -> list[DecisionWrite | None]:
    return [_read_one(entry) for entry in entries]


def _read_one(entry: SpoolEntry) -> DecisionWrite | None:
    assert entry.segment is not None  # noqa: S101  (it is on the disk)
    payload = entry.segment.read(entry.start, entry.start + entry.size)
    return None if payload is None else find_decoded(payload)


def _adopt(folder: Path) -> list[tuple[SpoolFile, list[tuple[DecisionWrite, int, int]]]]:
    segments = [SpoolFile.adopt(path) for path in list_files(folder)]
    return [(segment, _decisions_in(segment)) for segment in segments if segment is not None]


def _decisions_in(segment: SpoolFile) -> list[tuple[DecisionWrite, int, int]]:
    """Return the decisions of a file with their places. Records of an unknown version are rejected."""
    found = []
    for part in segment.mend():
        payload = segment.read(part.start, part.end)
        write = None if payload is None else find_decoded(payload)
        if write is None:
            log.error("spool_not_understood", file=segment.path.name, bytes=part.end - part.start)
            segment.reject(part.start, part.end)
        else:
            found.append((write, part.start, part.end - part.start))
    return found


def _remove(segments: Sequence[SpoolFile]) -> None:
    for segment in segments:
        segment.remove()


def _close(segments: Sequence[SpoolFile]) -> None:
    for segment in segments:
        segment.close()
