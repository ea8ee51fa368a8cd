"""The way of a contact: redact, understand, decide, record, measure. Open this file first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

import orjson

from service import answer as shape
from service.catalogue.schema import Catalogue
from service.decide.clarify import clarification
from service.decide.explain import why
from service.decide.ladder import is_not_carried, place
from service.domain import Channel, Decision, Stage
from service.measure.instruments import UNKNOWN_ENTRY_POINT, Instruments
from service.reading import RawTurn, Reader, Understanding
from service.record.identity import Identity
from service.record.recorder import IdempotencyKey, Recorded, Recorder
from service.redact.chain import Redactor
from service.understand.classifier import Classifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    """A contact at the door: what the caller of the service told, with raw text and raw identifiers."""

    turns: tuple[RawTurn, ...]
    top_k: int = 3
    seconds_left: float | None = None
    explain: bool = False
    """Whether each goal is to say why."""
    contact_id: str | None = None
    channel: Channel | None = None
    entry_point: str | None = None
    repeat_ref: str | None = None
    idempotency_key: str | None = None
    body: bytes = b""
    """The request as it came, to tell a repeated one from another under the same key."""

    def __repr__(self) -> str:
        return f"Approach({len(self.turns)} turns)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    answer: bytes
    """JSON, as committed."""
    replayed: bool


class Pipeline:
    """Everything one contact passes through; one instance a worker."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        classifier: Classifier,
        redactor: Redactor,
        recorder: Recorder,
        identity: Identity,
        instruments: Instruments,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        idempotency_retention: timedelta,
    ) -> None:
        self.catalogue = catalogue
        self.classifier = classifier
        self._redactor = redactor
        self._recorder = recorder
        self._identity = identity
        self._instruments = instruments
        self._clock = clock
        self._new_id = new_id
        self._retention = idempotency_retention

    async def advise(self, approach: Approach) -> bytes:
        """The answer of `/intent`, as JSON: what the contact is about. Nothing is stored."""
        understanding = await self._understand(approach)
        self._measure(understanding)
        return orjson.dumps(self._advice(understanding, approach))

    async def route(self, approach: Approach) -> Routed:
        """The answer of `/route`, committed: what the contact is about and where it goes.

        Raises IdempotencyConflictError, OverloadedError or StorageUnavailableError.
        """
        understanding = await self._understand(approach)
        decision, answer = await self._decide(understanding, approach)
        recorded = await self._recorder.record(decision, idempotency=self._idempotency(approach), answer=answer)
        if recorded.replayed:
            self._instruments.replays.inc()
        else:
            self._measure(understanding)
            self._measure_route(decision)
        return Routed(answer=self._addressed(recorded, approach), replayed=recorded.replayed)

    # redact and understand

    async def _understand(self, approach: Approach) -> Understanding:
        deadline = None if approach.seconds_left is None else perf_counter() + approach.seconds_left
        reader = Reader(
            redactor=self._redactor,
            classifier=self.classifier,
            catalogue=self.catalogue,
            top_k=approach.top_k,
            deadline=deadline,
            explain=approach.explain,
        )
        return await reader.read(approach.turns)

    # decide

    def _advice(self, understanding: Understanding, approach: Approach) -> dict[str, Any]:
        verdict = understanding.verdict
        question = clarification(verdict, self.catalogue, approach.entry_point)
        return {
            "status": verdict.status,
            "goals": shape.goals(verdict, explain=approach.explain),
            "candidates": shape.candidates(understanding.prediction, approach.top_k),
            "clarify": shape.clarify(question),
            "next": shape.next_step(verdict, self.catalogue),
            "content_policy": shape.CONTENT_POLICY,
            "bundle": self.classifier.version,
            "catalogue": self.catalogue.version,
            "degraded": understanding.prediction.cut_short,
        }

    async def _decide(self, understanding: Understanding, approach: Approach) -> tuple[Decision, bytes]:
        now = self._clock()
        verdict = understanding.verdict
        decision_id = self._new_id()
        contact_key = self._identity.contact_key(self._contact_id(approach, decision_id))
        goal = verdict.goals[0].intent if verdict.goals else None
        path = self.catalogue.path_of(goal) if goal is not None else self.catalogue.human_path
        placement = place(path, self.catalogue, at=now, channel=approach.channel, skips=is_not_carried)
        question = clarification(verdict, self.catalogue, approach.entry_point)
        if question is not None and approach.contact_id is not None and await self._recorder.was_asked(contact_key):
            question = None  # a contact is asked once; after that a person takes it
        answer: dict[str, Any] = {
            "decision_id": decision_id,
            "status": verdict.status,
            "goals": shape.goals(verdict, explain=approach.explain),
            "goal": goal,
            "path": path.name,
            "rung": placement.position,
            "destination": shape.destination(placement.rung),
            "then": [{"kind": rung.kind, "name": rung.name} for rung in placement.then],
            "wrong_door": goal is not None and self.catalogue.is_wrong_door(approach.entry_point, goal),
            "needs": shape.needs(placement),
            "handover": shape.handover(verdict),
            "clarify": shape.clarify(question),
            "why": why(verdict, placement, asked=question is not None),
            "content_policy": shape.CONTENT_POLICY,
            "degraded": understanding.prediction.cut_short,
            "bundle": self.classifier.version,
            "catalogue": self.catalogue.version,
        }
        decision = Decision(
            decision_id=decision_id,
            contact_key=contact_key,
            repeat_key=await self._repeat_key(approach.repeat_ref, now),
            channel=approach.channel,
            entry_point=self._known_entry_point(approach.entry_point),
            status=verdict.status,
            reason=verdict.reason,
            goal=goal,
            path=path.name,
            rung=placement.position,
            confidence=verdict.confidence,
            wrong_door=answer["wrong_door"],
            degraded=answer["degraded"],
            bundle=self.classifier.version,
            catalogue=self.catalogue.version,
            outcome_token_hash=self._identity.outcome_token_hash(self._identity.outcome_token(decision_id)),
            decided_at=now,
            answer={**answer, "candidates": shape.candidates(understanding.prediction, approach.top_k)},
        )
        return decision, orjson.dumps(answer)

    def _contact_id(self, approach: Approach, decision_id: str) -> str:
        return approach.contact_id or self._identity.anonymous_contact_id(decision_id)

    def _addressed(self, recorded: Recorded, approach: Approach) -> bytes:
        """The recorded answer with the caller's own contact id and the outcome token, which are kept nowhere."""
        mine = {
            "contact_id": self._contact_id(approach, recorded.decision_id),
            "outcome_token": self._identity.outcome_token(recorded.decision_id),
        }
        return recorded.answer[:-1] + b"," + orjson.dumps(mine)[1:]

    async def _repeat_key(self, repeat_ref: str | None, now: datetime) -> str | None:
        if repeat_ref is None:
            return None
        return self._identity.repeat_key(repeat_ref, await self._recorder.daily_key(now.date()))

    def _known_entry_point(self, entry_point: str | None) -> str | None:
        """Names that the catalogue does not know are free text of the caller's: they are counted, not kept."""
        if entry_point is None:
            return None
        return entry_point if entry_point in self.catalogue.entry_points else UNKNOWN_ENTRY_POINT

    # record

    def _idempotency(self, approach: Approach) -> IdempotencyKey | None:
        """The caller's key, or the contact and its turns: the same ones get the same decision."""
        identity = self._identity
        if approach.idempotency_key is not None:
            key_hash = identity.idempotency_key("header", approach.idempotency_key)
            body_hash = identity.body_hash(approach.body)
        elif approach.contact_id is not None:
            turns = orjson.dumps([(turn.speaker, turn.raw_text) for turn in approach.turns])
            body_hash = identity.body_hash(turns)
            key_hash = identity.idempotency_key("turn", approach.contact_id, body_hash)
        else:
            return None
        return IdempotencyKey(key_hash=key_hash, body_hash=body_hash, retention=self._retention)

    # measure

    def _measure(self, understanding: Understanding) -> None:
        instruments, prediction, verdict = self._instruments, understanding.prediction, understanding.verdict
        instruments.lexical_seconds.observe(prediction.lexical_seconds)
        if prediction.stage is Stage.ENCODER:
            instruments.encoder_seconds.observe(prediction.encoder_seconds)
        if prediction.cut_short:
            instruments.cut_short.inc()
        instruments.confidence[prediction.stage].observe(verdict.confidence)
        if verdict.reason is not None:
            instruments.abstentions[verdict.reason].inc()
        for goal in verdict.goals:
            instruments.goals.labels(goal.intent).inc()

    def _measure_route(self, decision: Decision) -> None:
        entry_point = decision.entry_point or "none"
        self._instruments.contacts.labels(entry_point, decision.channel or "none").inc()
        if decision.wrong_door and decision.goal is not None:
            self._instruments.wrong_doors.labels(entry_point, decision.goal).inc()
