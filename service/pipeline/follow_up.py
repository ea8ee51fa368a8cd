"""What comes after a decision: its outcome is told, the contact is led on, looked up, or erased."""

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
from service.domain.understanding import Abstention, Status, Verdict
from service.errors import InvalidRequestError, NotFoundError
from service.measure.effort import effort_of
from service.measure.instruments import Instruments
from service.pipeline import answer as shape
from service.pipeline.decider import Case, Decided, Decider
from service.pipeline.ladder_walk import Departure, LadderWalk
from service.pipeline.reader import chosen
from service.pipeline.turn import Turn, until_applied
from service.record.identity import Identity
from service.record.recorder import IdempotencyKey, Recorder


@dataclass(frozen=True, slots=True, kw_only=True)
class Onward:
    """Where a contact that was led wrongly goes on."""

    goal: str | None
    path: Path
    after: int


class FollowUp:
    """One a worker, for the catalogue in use."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        recorder: Recorder,
        identity: Identity,
        instruments: Instruments,
        decider: Decider,
        walk: LadderWalk,
        on_dispatch: Callable[[], None],
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._catalogue = catalogue
        self._recorder = recorder
        self._identity = identity
        self._instruments = instruments
        self._decider = decider
        self._walk = walk
        self._on_dispatch = on_dispatch
        self._clock = clock
        self._new_id = new_id

    async def report(self, outcome: Outcome, outcome_token: str) -> dict[str, Any]:
        """Keep what became of the goal of a decision; the answer is the same for the same report.

        NotFoundError if the token is not the decision's, whether there is such a decision or not.
        """
        expected = self._identity.outcome_token(outcome.decision_id)
        if not hmac.compare_digest(expected.encode(), outcome_token.encode("utf-8", "surrogatepass")):
            raise NotFoundError("No decision is held under that id and token.", field="decision_id")
        if outcome.actual_intent is not None:
            self._require_intent(outcome.actual_intent)
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
            self._instruments.count_outcome(told.outcome, decision)
            if departure.dispatches:
                self._on_dispatch()
        return shape.outcome(told.outcome, decision, told.agenda)

    async def _extra_mile(self, outcome: Outcome, decision: Decision) -> Departure:
        """What comes after done, where somebody tells that it is done rather than a call."""
        path = self._catalogue.paths.get(decision.path)
        if outcome.result is not OutcomeResult.DONE or decision.goal is None or decision.is_advice:
            return Departure()
        if path is None or path.extra_mile is None:
            return Departure()
        steps = await self._recorder.list_steps(decision.decision_id)
        learned = {name: value for step in steps for name, value in step.learned.items()}
        return self._walk.extra_mile(decision, path, learned)

    async def reroute(self, decision_id: str, cause: RerouteCause, actual_intent: str | None) -> bytes:
        """Lead the contact of a decision on at once; the answer is the same for the same reroute of one decision.

        NotFoundError, InvalidRequestError or TurnConflictError.
        """
        if actual_intent is not None:
            self._require_intent(actual_intent)
        decision = await self._recorder.get_decision(decision_id)
        steps = await self._recorder.list_steps(decision_id)
        return await until_applied(lambda: self._lead_on(decision, steps, cause, actual_intent))

    async def _lead_on(
        self, decision: Decision, steps: list[Step], cause: RerouteCause, actual_intent: str | None
    ) -> bytes:
        now = self._clock()
        onward = self._onward(decision, steps, cause, actual_intent)
        placement = self._decider.place(onward.path, decision.channel, now, after=onward.after, dispatch=True)
        ledger = await self._recorder.ledger(decision.contact_key, now)
        ledger = replace(ledger, agenda=ledger.agenda.within(self._catalogue.intents))
        decided = self._decider.decide(
            Case(
                decision_id=self._new_id(),
                contact_key=decision.contact_key,
                repeat_key=None,
                channel=decision.channel,
                entry_point=decision.entry_point,
                wrong_door=onward.goal is not None and self._is_wrong_door(decision, onward.goal),
                attributes={},
                turn=_led_on(ledger, decision, onward.goal, cause, now),
                verdict=self._verdict(onward.goal),
                question=None,
                path=onward.path,
                placement=placement,
                tried=self._tried(decision, steps, cause),
                degraded=False,
                candidates=[],
                explain=False,
                is_held=True,
                counts=False,
                at=now,
            )
        )
        return await self._record(decided, decision, cause, actual_intent, exhausted=placement.exhausted)

    async def _record(
        self,
        decided: Decided,
        decision: Decision,
        cause: RerouteCause,
        actual_intent: str | None,
        *,
        exhausted: bool,
    ) -> bytes:
        own = {
            "reroute_of": decision.decision_id,
            "cause": cause,
            "exhausted": exhausted,
            "outcome_token": None,
        }
        body_hash = self._identity.body_hash(orjson.dumps([cause, actual_intent]))
        key = IdempotencyKey(
            key_hash=self._identity.idempotency_key("reroute", decision.decision_id, body_hash),
            body_hash=body_hash,
            retention=self._catalogue.policy.retention_span,
        )
        recorded = await self._recorder.record(
            decided.decision,
            idempotency=key,
            answer=orjson.dumps({**orjson.loads(decided.answer), **own}),
            dispatches=decided.departure.dispatches,
            steps=decided.departure.steps,
            change=decided.change,
            events=decided.events,
        )
        if not recorded.replayed:
            self._instruments.count_effort(decided.events)
            if decided.departure.dispatches:
                self._on_dispatch()
        token = self._identity.outcome_token(recorded.decision_id)
        return orjson.dumps({**orjson.loads(recorded.answer), "outcome_token": token})

    def _onward(self, decision: Decision, steps: list[Step], cause: RerouteCause, actual_intent: str | None) -> Onward:
        """The corrected goal's path from the top; people, where the goal was not understood; else the next rung."""
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
        return chosen(goal, self._catalogue).verdict

    def _tried(self, decision: Decision, steps: list[Step], cause: RerouteCause) -> tuple[str, ...]:
        if steps:
            return tuple([f"{step.name}: {step.state}" for step in steps])
        path = self._catalogue.paths.get(decision.path)
        if path is None or decision.rung >= len(path.rungs):
            return ()
        return (f"{path.rungs[decision.rung].name}: rerouted, {cause}",)

    def _is_wrong_door(self, decision: Decision, goal: str) -> bool:
        return self._catalogue.is_wrong_door(decision.entry_point, goal)

    async def look_up(self, contact_id: str) -> dict[str, Any]:
        """All that is held about a contact. NotFoundError if nothing is."""
        past = await self._recorder.get_past(self._identity.contact_key(contact_id), self._clock())
        return shape.contact(past.ledger, past.decision_ids, effort_of(past.effort), past.texts)

    async def erase(self, contact_id: str) -> Erased:
        """NotFoundError if nothing is held about the contact."""
        return await self._recorder.erase(self._identity.contact_key(contact_id))

    def _require_intent(self, intent: str) -> None:
        if intent not in self._catalogue.intents:
            raise InvalidRequestError(
                "actual_intent: The catalogue has no such intent.",
                field="actual_intent",
                mend="Send the name of an intent, or leave it out.",
            )


def _led_on(ledger: Ledger, decision: Decision, goal: str | None, cause: RerouteCause, now: datetime) -> Turn:
    """As a turn that nobody said: the goal that was wrong is dropped, the right one is named."""
    agenda = ledger.agenda
    if goal != decision.goal:
        agenda = correct(agenda, decision.goal, goal, at=now)
    elif goal is not None:
        agenda = correct(agenda, None, goal, at=now)
    named = () if goal is None else (goal,)
    return Turn(before=ledger, agenda=agenda, goal=goal, named=named, is_rerouted=cause)
