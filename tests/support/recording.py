"""A record in memory, with the methods that the pipeline uses, for tests without a database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from service.domain.decision import Decision
from service.domain.delivery import Step
from service.domain.effort import EffortEvent
from service.domain.kept_text import KeptText
from service.domain.ledger import UNKNOWN_REVISION, ContactPast, Erased, Ledger, LedgerChange
from service.domain.outcome import Outcome, OutcomeTold, OutcomeWrite
from service.domain.recording import DecisionWrite, IdempotencyKey, Recorded
from service.errors import IdempotencyConflictError, NotFoundError, TurnConflictError
from service.record.database.request_deadline import seconds_left

LONGEST_SECONDS = 1_000.0
"""Limit of a wait without a deadline."""


@dataclass(kw_only=True)
class MemoryRecorder:
    """Keeps what is committed in dictionaries, under the rules of the real record."""

    ledgers: dict[str, Ledger] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    steps: dict[str, list[Step]] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    events: list[EffortEvent] = field(default_factory=list)
    texts: dict[str, KeptText] = field(default_factory=dict)
    commits: list[DecisionWrite] = field(default_factory=list)
    """Every write that was handed in, whatever became of it."""
    reports: list[OutcomeWrite] = field(default_factory=list)
    due_seconds: list[float] = field(default_factory=list)
    """Seconds that each commit had left."""
    is_away: bool = False
    """No ledger can be read, as while the database is away."""
    meanwhile: Callable[[], Awaitable[None]] | None = None
    """Happens between the reading of a ledger and the commit, once for each commit."""
    _answers: dict[str, tuple[str, Recorded, datetime]] = field(default_factory=dict)
    """By key: the body, the answer, and the time until which the key is held."""

    async def commit(self, write: DecisionWrite) -> Recorded:
        self.commits.append(write)
        self.due_seconds.append(seconds_left(LONGEST_SECONDS))
        if self.meanwhile is not None:
            await self.meanwhile()
        if (known := self._find_answer(write.idempotency, write.decision.decided_at)) is not None:
            return known
        if write.change is not None:
            self._swap(write.change)
        return self._keep(write)

    def _keep(self, write: DecisionWrite) -> Recorded:
        decision = write.decision
        self.decisions[decision.decision_id] = decision
        self.steps[decision.decision_id] = list(write.steps)
        self.events += write.events
        if write.text is not None:
            self.texts[decision.decision_id] = write.text
        recorded = Recorded(decision_id=decision.decision_id, answer=write.answer, replayed=False)
        if write.idempotency is not None:
            until = decision.decided_at + write.idempotency.retention
            self._answers[write.idempotency.key_hash] = (write.idempotency.body_hash, recorded, until)
        return recorded

    def _find_answer(self, key: IdempotencyKey | None, now: datetime) -> Recorded | None:
        if key is None or key.key_hash not in self._answers:
            return None
        body_hash, recorded, until = self._answers[key.key_hash]
        if until <= now:
            return None
        if body_hash != key.body_hash:
            raise IdempotencyConflictError("The key was used for another request.")
        return replace(recorded, replayed=True)

    def _swap(self, change: LedgerChange) -> None:
        key = change.after.contact_key
        held = self.ledgers.get(key, Ledger(contact_key=key))
        if change.before.revision not in (held.revision, UNKNOWN_REVISION):
            raise TurnConflictError("The contact was changed meanwhile.", retry_after_seconds=1)
        self.ledgers[key] = replace(change.after, revision=held.revision + 1)

    async def ledger(self, contact_key: str, now: datetime) -> Ledger:
        if self.is_away:
            return Ledger(contact_key=contact_key, revision=UNKNOWN_REVISION)
        held = self.ledgers.get(contact_key)
        if held is None or (held.expires_at is not None and held.expires_at <= now):
            return Ledger(contact_key=contact_key)
        return held

    async def find_replay(self, key: IdempotencyKey, now: datetime) -> Recorded | None:
        if key.key_hash not in self._answers:
            return None
        body_hash, recorded, until = self._answers[key.key_hash]
        return replace(recorded, replayed=True) if body_hash == key.body_hash and until > now else None

    async def is_repeat(self, repeat_key: str) -> bool:
        return any(decision.repeat_key == repeat_key for decision in self.decisions.values())

    async def daily_key(self, day: date) -> bytes:
        return day.isoformat().encode()

    async def get_decision(self, decision_id: str) -> Decision:
        if decision_id not in self.decisions:
            raise NotFoundError("No decision is held under that id.", field="decision_id")
        return self.decisions[decision_id]

    async def list_steps(self, decision_id: str) -> list[Step]:
        return self.steps.get(decision_id, [])

    async def report(self, report: OutcomeWrite) -> OutcomeTold:
        outcome, key = report.outcome, report.decision.contact_key
        self.reports.append(report)
        held = self.ledgers.get(key, Ledger(contact_key=key))
        known = self.outcomes.get(outcome.decision_id)
        if known is not None and outcome.says_the_same_as(known):
            return OutcomeTold(outcome=known, is_new=False, agenda=held.agenda)
        agenda = report.concluded(held.agenda)
        self.outcomes[outcome.decision_id] = outcome
        self.ledgers[key] = replace(held, agenda=agenda, revision=held.revision + 1)
        return OutcomeTold(outcome=outcome, is_new=True, agenda=agenda)

    async def get_past(self, contact_key: str, now: datetime) -> ContactPast:
        self._require_contact(contact_key)
        own = [event for event in self.events if event.contact_key == contact_key]
        decision_ids = self._decisions_of(contact_key)
        return ContactPast(
            ledger=await self.ledger(contact_key, now),
            decision_ids=decision_ids,
            effort={kind: sum(e.amount for e in own if e.kind is kind) for kind in {event.kind for event in own}},
            texts={each: self.texts[each] for each in decision_ids if each in self.texts},
        )

    async def erase(self, contact_key: str) -> Erased:
        self._require_contact(contact_key)
        goals = len(self.ledgers.pop(contact_key).agenda.goals)
        before, decision_ids = len(self.events), self._decisions_of(contact_key)
        self.events = [event for event in self.events if event.contact_key != contact_key]
        for each in decision_ids:
            del self.decisions[each]
        return Erased(goals=goals, decisions=len(decision_ids), events=before - len(self.events))

    def _require_contact(self, contact_key: str) -> None:
        if contact_key not in self.ledgers:
            raise NotFoundError("Nothing is held about that contact.")

    def _decisions_of(self, contact_key: str) -> tuple[str, ...]:
        own = [decision for decision in self.decisions.values() if decision.contact_key == contact_key]
        return tuple([decision.decision_id for decision in own])
