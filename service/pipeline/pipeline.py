"""The way of a contact: redact, understand, decide, record, dispatch, measure. Open this file first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import orjson

from service.catalogue.schema import Catalogue
from service.decide.clarify import clarification
from service.domain.ledger import Ledger
from service.domain.recording import DecisionWrite, IdempotencyKey, Recorded
from service.domain.understanding import Understanding
from service.errors import IdempotencyConflictError, TurnAheadError
from service.measure.observers import ContactObserver
from service.pipeline import answer as shape
from service.pipeline.heard_answer import read_answer
from service.pipeline.held_contact import read_ledger
from service.pipeline.idempotency import idempotency_key_of, is_unnumbered_turn, stale_turn, tokens_of, with_own
from service.pipeline.incoming import IncomingContact
from service.pipeline.reader import ContactReader
from service.pipeline.routing import Routing
from service.pipeline.turn import until_applied
from service.pipeline.turn_order import TurnOrder
from service.record.database.request_deadline import due_within
from service.record.identity import Identity
from service.record.recorder import Recorder

LATE_SECONDS = 0.03
"""Seconds that a commit may take past the moment at which its answer is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """Committed answer of `/route`."""

    answer: bytes
    """JSON."""
    replayed: bool


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """Takes a contact through all steps. One instance a worker and edition."""

    catalogue: Catalogue
    reader: ContactReader
    routing: Routing
    recorder: Recorder
    identity: Identity
    observer: ContactObserver
    on_dispatch: Callable[[], None]
    clock: Callable[[], datetime]
    idempotency_retention: timedelta
    turn_order: TurnOrder
    """Shared with the pipelines of the editions before and after this one."""

    async def advise(self, contact: IncomingContact) -> bytes:
        """Return the answer of `/intent` as JSON: the goals of the contact. The contact stays unrecorded."""
        understanding = await self.reader.understand(contact)
        verdict, _ = read_answer(contact, understanding, None, self.catalogue)
        understanding = replace(understanding, verdict=verdict)
        self.observer.understood(understanding)
        question = None if contact.asked else clarification(verdict, self.catalogue, contact.entry_point)
        return orjson.dumps(shape.advice(understanding, question, contact, self.catalogue, self.reader.bundle))

    async def route(self, contact: IncomingContact) -> Routed:
        """Return the committed answer of `/route`: the goals of the contact and its destination.

        Turns of one contact are applied one after another, in the order in which they came. Raises
        InvalidRequestError, IdempotencyConflictError, TurnConflictError, StaleTurnError, TurnAheadError,
        OverloadedError or StorageUnavailableError.
        """
        due_seconds = None if contact.due_seconds is None else contact.due_seconds + LATE_SECONDS
        with due_within(due_seconds):
            async with self.turn_order.queue(contact.contact_id) as place:
                understanding = await self.reader.understand(contact.leaving_time_to_commit())
                await place.reached()
                return await until_applied(lambda: self._apply(contact, understanding))

    async def _apply(self, contact: IncomingContact, understanding: Understanding) -> Routed:
        """Decide and commit with the current ledger. Raises TurnConflictError if another request changes the ledger."""
        now = self.clock()
        ledger = await self._ledger(contact, now)
        key = self._key(contact, ledger.turns)
        recorded = await self._find_applied(contact, key, ledger, now)
        if recorded is None:
            write = await self.routing.decide(contact, understanding, ledger, now)
            recorded = await self._commit(contact, write, key)
            if not recorded.replayed:
                self.observer.understood(understanding, was_read=contact.choice is None)
                self.observer.routed(write)
        if recorded.replayed:
            self.observer.replayed()
        tokens = tokens_of(recorded.decision_id, contact.contact_id, self.identity)
        return Routed(answer=with_own(recorded, tokens), replayed=recorded.replayed)

    def _key(self, contact: IncomingContact, turns_before: int) -> IdempotencyKey | None:
        return idempotency_key_of(contact, self.identity, self.idempotency_retention, turns_before=turns_before)

    async def _ledger(self, contact: IncomingContact, now: datetime) -> Ledger:
        """Return the ledger of a named contact. A contact without a name has an empty ledger."""
        if contact.contact_id is None:
            return Ledger(contact_key="")
        return await read_ledger(self.recorder, self.identity.contact_key(contact.contact_id), self.catalogue, now)

    async def _find_applied(
        self, contact: IncomingContact, key: IdempotencyKey | None, ledger: Ledger, now: datetime
    ) -> Recorded | None:
        """Return the answer to a turn that was applied before. `None` if the turn is new.

        Raises TurnAheadError or StaleTurnError for a number that is out of order.
        """
        if is_unnumbered_turn(contact) and ledger.turns > 0:
            newest = self._key(contact, ledger.turns - 1)
            return None if newest is None else await self.recorder.find_replay(newest, now)
        number = contact.turn
        if number is None or not ledger.is_known or number == ledger.turns + 1:
            return None
        if number > ledger.turns + 1:
            raise TurnAheadError(
                f"The next turn of the contact is number {ledger.turns + 1}.",
                field="turn",
                mend="Send the turns before it first, then this one again.",
                retry_after_seconds=1,
            )
        replay = None if key is None else await self.recorder.find_replay(key, now)
        if replay is None:
            raise stale_turn(number)
        return replay

    async def _commit(self, contact: IncomingContact, write: DecisionWrite, key: IdempotencyKey | None) -> Recorded:
        # Effort is stored with its ledger. Without a ledger it is only counted.
        events = write.events if write.change is not None else ()
        try:
            recorded = await self.recorder.commit(replace(write, idempotency=key, events=events))
        except IdempotencyConflictError as error:
            if contact.turn is None or contact.idempotency_key is not None:
                raise
            raise stale_turn(contact.turn) from error
        if write.dispatches and not recorded.replayed:
            self.on_dispatch()
        return recorded
