"""Requests after a decision: report its outcome, reroute the contact, look the contact up, or erase it."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import orjson

from service.catalogue.schema import Catalogue, Path
from service.decide.agenda import conclude, correct
from service.domain.decision import Decision
from service.domain.delivery import Step
from service.domain.ledger import Erased, Ledger, RerouteCause
from service.domain.outcome import Outcome, OutcomeResult, OutcomeWrite
from service.domain.recording import DecisionWrite
from service.domain.understanding import Abstention, Status, Verdict
from service.errors import NotFoundError
from service.measure.effort import effort_of
from service.measure.observers import ContactObserver
from service.pipeline import answer as shape
from service.pipeline.decider import Case, Decider, Occasion, Reroute
from service.pipeline.held_contact import read_ledger, require_intent, tried_at, tried_by
from service.pipeline.idempotency import with_own
from service.pipeline.ladder_walk import Departure, LadderWalk
from service.pipeline.reader import chosen
from service.pipeline.turn import Turn, until_applied
from service.record.identity import Identity
from service.record.recorder import IdempotencyKey, Recorder
from service.understand.intents import IntentTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Onward:
    """New goal and path of a contact that was led wrongly, and the last rung that was tried on that path."""

    goal: str | None
    path: Path
    after: int


class FollowUp:
    """Handles requests about decisions, with the catalogue in use. One instance a worker."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        recorder: Recorder,
        identity: Identity,
        observer: ContactObserver,
        decider: Decider,
        walk: LadderWalk,
        on_dispatch: Callable[[], None],
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._catalogue = catalogue
        self._recorder = recorder
        self._identity = identity
        self._observer = observer
        self._decider = decider
        self._walk = walk
        self._on_dispatch = on_dispatch
        self._clock = clock
        self._new_id = new_id

    async def report(self, outcome: Outcome, outcome_token: str) -> dict[str, Any]:
        """Store the outcome of a decision. Equal reports get equal answers.

        Raises NotFoundError for a wrong token, so that a caller without the token never learns if the decision exists.
        """
        expected = self._identity.outcome_token(outcome.decision_id)
        if not hmac.compare_digest(expected.encode(), outcome_token.encode("utf-8", "surrogatepass")):
            raise NotFoundError("No decision is held under that id and token.", field="decision_id")
        if outcome.actual_intent is not None:
            require_intent(outcome.actual_intent, self._catalogue.intents, field="actual_intent")
        decision = await self._recorder.get_decision(outcome.decision_id)
        concluded = partial(
            conclude,
            intent=decision.goal,
            result=outcome.result,
            decided_at=decision.decided_at,
            at=outcome.reported_at,
            actual_intent=outcome.actual_intent,
        )
        departure = await self._extra_mile(outcome, decision)
        told = await self._recorder.report(
            OutcomeWrite(
                outcome=outcome,
                decision=decision,
                concluded=concluded,
                expires_at=outcome.reported_at + self._catalogue.policy.retention_span,
                steps=departure.steps,
                dispatches=departure.dispatches,
            )
        )
        if told.is_new:
            self._observer.outcome_told(told.outcome, decision)
            if departure.dispatches:
                self._on_dispatch()
        return shape.outcome(told.outcome, decision, told.agenda)

    async def _extra_mile(self, outcome: Outcome, decision: Decision) -> Departure:
        """Return the extra mile, if the goal was reported as done from outside this service."""
        path = self._catalogue.paths.get(decision.path)
        if outcome.result is not OutcomeResult.DONE or decision.goal is None or decision.is_advice:
            return Departure()
        if path is None or path.extra_mile is None:
            return Departure()
        steps = await self._recorder.list_steps(decision.decision_id)
        learned = {name: value for step in steps for name, value in step.learned.items()}
        return self._walk.extra_mile(decision, path, learned)

    async def reroute(self, decision_id: str, cause: RerouteCause, actual_intent: str | None) -> bytes:
        """Lead the contact of a decision on at once. Equal reroutes of one decision get equal answers.

        Raises NotFoundError, InvalidRequestError or TurnConflictError.
        """
        if actual_intent is not None:
            require_intent(actual_intent, self._catalogue.intents, field="actual_intent")
        decision = await self._recorder.get_decision(decision_id)
        steps = await self._recorder.list_steps(decision_id)
        return await until_applied(lambda: self._lead_on(decision, steps, cause, actual_intent))

    async def _lead_on(
        self, decision: Decision, steps: list[Step], cause: RerouteCause, actual_intent: str | None
    ) -> bytes:
        now = self._clock()
        onward = self._onward(decision, steps, cause, actual_intent)
        ledger = await read_ledger(self._recorder, decision.contact_key, self._catalogue, now)
        write = self._decider.decide(
            Case(
                decision_id=self._new_id(),
                contact_key=decision.contact_key,
                channel=decision.channel,
                entry_point=decision.entry_point,
                occasion=Occasion.REROUTE,
                reroute=Reroute(decision_id=decision.decision_id, cause=cause),
                turn=_corrected_turn(ledger, decision, onward.goal, cause, now),
                verdict=self._verdict(onward.goal),
                path=onward.path,
                after=onward.after,
                tried=tried_by(steps) or tried_at(self._catalogue, decision.path, decision.rung, f"rerouted, {cause}"),
                at=now,
            )
        )
        return await self._commit(write, decision, cause, actual_intent)

    async def _commit(
        self, write: DecisionWrite, decision: Decision, cause: RerouteCause, actual_intent: str | None
    ) -> bytes:
        body_hash = self._identity.body_hash(orjson.dumps([cause, actual_intent]))
        key = IdempotencyKey(
            key_hash=self._identity.idempotency_key("reroute", decision.decision_id, body_hash),
            body_hash=body_hash,
            retention=self._catalogue.policy.retention_span,
        )
        recorded = await self._recorder.commit(replace(write, idempotency=key))
        if not recorded.replayed:
            self._observer.rerouted(write)
            if write.dispatches:
                self._on_dispatch()
        return with_own(recorded, {"outcome_token": self._identity.outcome_token(recorded.decision_id)})

    def _onward(self, decision: Decision, steps: list[Step], cause: RerouteCause, actual_intent: str | None) -> Onward:
        """Return the new direction of a contact: a corrected goal starts at the top of its path.

        A misunderstood contact, or a contact without a path by now, goes to people. Any other contact goes to the next
        rung of its path.
        """
        if actual_intent is not None and actual_intent != decision.goal:
            return Onward(goal=actual_intent, path=self._catalogue.path_of(actual_intent), after=-1)
        own = self._catalogue.paths.get(decision.path)
        is_wrong = cause is RerouteCause.MODEL and actual_intent is None and decision.goal is not None
        is_known = own is not None and (decision.goal is None or decision.goal in self._catalogue.intents)
        if own is None or is_wrong or not is_known:
            return Onward(goal=None, path=self._catalogue.human_path, after=-1)
        been = [step.rung for step in steps if not step.is_extra_mile]
        return Onward(goal=decision.goal, path=own, after=max([decision.rung, *been]))

    def _verdict(self, goal: str | None) -> Verdict:
        if goal is None:
            reason = Abstention.LOW_CONFIDENCE
            return Verdict(status=Status.AMBIGUOUS, reason=reason, goals=(), options=(), confidence=0.0)
        return chosen(goal, IntentTable.of(self._catalogue)).verdict

    async def look_up(self, contact_id: str) -> dict[str, Any]:
        """Return everything that is stored about a contact. Raises NotFoundError for an unknown contact."""
        now = self._clock()
        past = await self._recorder.get_past(self._identity.contact_key(contact_id), now)
        effort = effort_of(past.effort)
        return shape.contact(past.ledger, past.decision_ids, effort, past.texts, promises=past.promises, now=now)

    async def erase(self, contact_id: str) -> Erased:
        """Erase everything about a contact. Raises NotFoundError for an unknown contact."""
        return await self._recorder.erase(self._identity.contact_key(contact_id))


def _corrected_turn(ledger: Ledger, decision: Decision, goal: str | None, cause: RerouteCause, now: datetime) -> Turn:
    """Return a reroute in the form of a turn: the wrong goal is dropped, and the right goal is named."""
    agenda = ledger.agenda
    if goal != decision.goal:
        agenda = correct(agenda, decision.goal, goal, at=now)
    elif goal is not None:
        agenda = correct(agenda, None, goal, at=now)
    named = () if goal is None else (goal,)
    return Turn(before=ledger, agenda=agenda, goal=goal, named=named, is_rerouted=cause)
