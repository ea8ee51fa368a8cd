"""Recorder that goes on while the database is away: decisions are kept on the local disk, and committed later."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from typing import Final

import structlog

from service.domain.delivery import Step
from service.domain.ledger import UNKNOWN_REVISION, Erased, Ledger
from service.domain.recording import DecisionWrite, IdempotencyKey, Recorded
from service.errors import IdempotencyConflictError, RefusalError, StorageUnavailableError
from service.record.database.availability import Presence
from service.record.database.engine import open_engines
from service.record.database.failure import DatabaseAwayError, RowRefusedError, unavailable
from service.record.database.reader import ReaderPool
from service.record.database.writer import CommitHook, GroupCommitWriter
from service.record.recorder import Recorder
from service.record.spool.codec import degraded
from service.record.spool.replay import Fate
from service.record.spool.spool import Spool, SpoolEntry, open_spool
from service.record.tables.daily_key import KEY_BYTES, probe
from service.record.tables.decision import answer_to, claim_of, replay_of

PROBE_SECONDS: Final = 1.0
PAUSE_SECONDS: Final = 0.25
LOOK_AROUND_SECONDS: Final = 10.0
"""Pause between two looks for files that other processes have left behind."""
BATCH: Final = 128

log = structlog.get_logger()


class SpoolingRecorder(Recorder):
    """Recorder that takes decisions while the database is away, as if their contacts were new.

    Meanwhile, methods that need the past raise StorageUnavailableError at once.
    """

    def __init__(
        self,
        writer: GroupCommitWriter,
        reader: ReaderPool,
        *,
        spool: Spool,
        presence: Presence,
        on_spooled: Callable[[], None],
        announces: bool = False,
    ) -> None:
        super().__init__(writer, reader, announces=announces)
        self.spool = spool
        self._presence = presence
        self._on_spooled = on_spooled
        self._stand_in: tuple[date, bytes] | None = None

    @property
    def is_away(self) -> bool:
        """True while the database is believed to be away."""
        return self._presence.is_away

    async def commit(self, write: DecisionWrite) -> Recorded:
        """Commit a decision, or keep it on the disk if the database is away or too slow for the caller.

        The answer of a kept decision says `degraded`. The database may have taken the decision all the same: replaying
        finds that out.
        """
        if not self.spool.concerns(write):
            with suppress(DatabaseAwayError):
                return await super().commit(write)
        return await self._keep(degraded(write))

    async def ledger(self, contact_key: str, now: datetime) -> Ledger:
        """Return the ledger of a contact. While the database is away, the ledger has only turns that came meanwhile."""
        if (left := await self.spool.find_ledger(contact_key)) is not None:
            return left
        try:
            return await super().ledger(contact_key, now)
        except DatabaseAwayError:
            return Ledger(contact_key=contact_key, revision=UNKNOWN_REVISION)

    async def find_replay(self, key: IdempotencyKey, now: datetime) -> Recorded | None:
        """Find the first answer. While the database is away, only requests that came meanwhile are found."""
        if (held := self.spool.find(key)) is not None:
            first = await self.spool.read(held)
            claim = None if first is None else claim_of(first)
            return None if claim is None or claim.body_hash != key.body_hash else replay_of(claim)
        try:
            return await super().find_replay(key, now)
        except DatabaseAwayError:
            return None

    async def is_repeat(self, repeat_key: str) -> bool:
        """Return True for a repeat, and False for every reference while the database is away."""
        try:
            return await super().is_repeat(repeat_key)
        except DatabaseAwayError:
            return False

    async def list_steps(self, decision_id: str) -> list[Step]:
        """List steps. The list is empty while the database is away."""
        try:
            return await super().list_steps(decision_id)
        except DatabaseAwayError:
            return []

    async def daily_key(self, day: date) -> bytes:
        """Return the key of the day. If it is out of reach, return a stand-in that is held in memory only.

        References under a stand-in match only each other.
        """
        with suppress(DatabaseAwayError):
            return await super().daily_key(day)
        if self._stand_in is None or self._stand_in[0] != day:
            self._stand_in = (day, secrets.token_bytes(KEY_BYTES))
        return self._stand_in[1]

    async def erase(self, contact_key: str) -> Erased:
        """Erase a contact. StorageUnavailableError also while decisions about it are on their way to the database."""
        if self.spool.holds(contact_key):
            raise unavailable("Decisions about the contact are on their way to the database.")
        return await super().erase(contact_key)

    # when the database is back

    async def keep_replaying(self, on_replayed: Callable[[Fate], None]) -> None:
        """Commit held decisions, and those that other processes left behind, whenever the database is there.

        Cancel to stop.
        """
        loop = asyncio.get_running_loop()
        looked_at = loop.time()
        while True:
            await asyncio.sleep(PAUSE_SECONDS)
            try:
                if loop.time() >= looked_at + LOOK_AROUND_SECONDS:
                    looked_at = loop.time()
                    await self.spool.take_over()
                if not self.is_away:
                    await self.replay(on_replayed)
            except (RefusalError, OSError) as error:
                log.warning("replay_broke_off", error=type(error).__name__, records=self.spool.records)

    async def replay(self, on_replayed: Callable[[Fate], None]) -> None:
        """Commit all held decisions in order, and call `on_replayed` for each.

        Raise RefusalError or OSError if replaying breaks off.
        """
        replayed = 0
        while taken := await self.spool.oldest(BATCH):
            outcomes = await asyncio.gather(*(self._replay(*each) for each in taken), return_exceptions=True)
            ended = [(entry, fate) for (entry, _), fate in zip(taken, outcomes, strict=True) if isinstance(fate, Fate)]
            await self.spool.remove([entry for entry, _ in ended])
            replayed += len(ended)
            for _, fate in ended:
                on_replayed(fate)
            for outcome in outcomes:
                if isinstance(outcome, BaseException):
                    raise outcome
        if replayed:
            log.info("spool_replayed", records=replayed)

    async def _replay(self, entry: SpoolEntry, write: DecisionWrite | None) -> Fate:
        if write is not None:
            with suppress(RowRefusedError):
                return await self._writer.write(self._writes.spooled, write)
        await self.spool.reject(entry)
        log.error("spooled_decision_rejected", decision_id=entry.decision_id)
        return Fate.REJECTED

    async def _keep(self, write: DecisionWrite) -> Recorded:
        held = self.spool.find_first(write)
        if held is None:
            await self.spool.append(write)
            self._on_spooled()
        first = write if held is None else await self.spool.read(held)
        if first is None:
            raise unavailable("The first answer under this key cannot be read.")
        answer = answer_to(write, claim_of(first))
        if isinstance(answer, IdempotencyConflictError):
            raise answer
        return answer


@asynccontextmanager
async def open_spooling_recorder(
    url: str,
    *,
    folder: Path,
    limit_bytes: int,
    answer_within_seconds: float = 10.0,
    readers: int = 4,
    on_commit: CommitHook | None = None,
    on_spooled: Callable[[], None] = lambda: None,
    announces: bool = False,
) -> AsyncIterator[SpoolingRecorder]:
    """Open a recorder like `open_recorder`, with a spool in `folder`. The caller has to run `keep_replaying`.

    With `limit_bytes` 0 spooling is off. Decisions that earlier processes have left are committed all the same.
    """
    engines, presence = open_engines(url, readers=readers), Presence()
    prober = ReaderPool(engines.prober, threads=1)

    async def is_there() -> bool:
        try:
            return await prober.read(probe, timeout_seconds=PROBE_SECONDS)
        except StorageUnavailableError:
            return False

    writer = GroupCommitWriter(
        engines.writer, answer_within_seconds=answer_within_seconds, on_commit=on_commit, presence=presence
    )
    reader = ReaderPool(engines.reader, threads=readers, presence=presence)
    watching = asyncio.create_task(presence.watch(is_there))
    try:
        async with open_spool(folder, limit_bytes=limit_bytes) as spool:
            yield SpoolingRecorder(
                writer, reader, spool=spool, presence=presence, on_spooled=on_spooled, announces=announces
            )
    finally:
        watching.cancel()
        await writer.close()
        await reader.close()
        await prober.close()
        engines.dispose()
