"""Write out one decision: the destination of the contact, the answer, and everything to commit with the decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum, auto
from typing import Any, Final

import orjson

from service.catalogue.schema import Catalogue, Path
from service.decide.clarify import Clarification, confirm_action
from service.decide.explain import why, why_over, why_under_way
from service.decide.ladder import Placement, place
from service.decide.urgency import find_urgency
from service.domain.decision import Decision
from service.domain.ledger import LedgerChange, RerouteCause
from service.domain.recording import DecisionWrite
from service.domain.understanding import Channel, Verdict
from service.pipeline import answer as shape
from service.pipeline.ladder_walk import Departure, LadderWalk
from service.pipeline.turn import Turn, change_of, events_of

NO_PATH: Final = "none"
"""Path of a contact that is left alone."""


class Occasion(Enum):
    """Reason for making a decision."""

    TURN = auto()
    """The customer made a turn."""
    ADVICE = auto()
    """The caller asks for the destination only, without calls and without counting a turn."""
    REROUTE = auto()
    """Somebody led the contact on. The customer was silent, so turns are left as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reroute:
    """Decision that led a contact to the wrong place, and the cause."""

    decision_id: str
    cause: RerouteCause


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Facts that one decision is made from."""

    decision_id: str
    contact_key: str
    is_named: bool = True
    """The caller gave the contact an id, so that its ledger can be found again."""
    repeat_key: str | None = None
    channel: Channel | None
    entry_point: str | None
    occasion: Occasion
    reroute: Reroute | None = None
    turn: Turn
    verdict: Verdict
    question: Clarification | None = None
    is_confirmed: bool = False
    """The customer has agreed to an irreversible call."""
    path: Path
    after: int = -1
    """Position of the last rung that was tried. The search for the next rung starts below it."""
    tried: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    candidates: tuple[dict[str, Any], ...] = ()
    degraded: bool = False
    explain: bool = False
    at: datetime

    @property
    def calls(self) -> bool:
        """Whether an http rung may be called now. A goal in question, or a goal that is being served, is left alone."""
        return self.occasion is not Occasion.ADVICE and self.question is None and not self.turn.is_under_way

    @property
    def keeps_ledger(self) -> bool:
        """Whether the contact's ledger is written. Advice leaves the ledger alone, unless a question is asked."""
        return self.is_named and (self.occasion is not Occasion.ADVICE or self.question is not None)

    @property
    def goals(self) -> frozenset[str]:
        """Goals of the contact now: all goals that the turn names, and the goal that the turn is served for."""
        served = () if self.turn.goal is None else (self.turn.goal,)
        return frozenset((*(goal.intent for goal in self.verdict.goals), *served))

    def told_from(self, position: int) -> tuple[str, ...]:
        """Return the names of details that rungs from a position on need and the caller has told."""
        needed = [need.field for rung in self.path.rungs[position:] for need in rung.needs]
        return tuple([name for name in dict.fromkeys(needed) if self.attributes.get(name) not in (None, "")])


class Decider:
    """Makes decisions with the catalogue and the bundle in use. One instance a worker."""

    def __init__(self, *, catalogue: Catalogue, bundle: str, walk: LadderWalk, new_id: Callable[[], str]) -> None:
        self._catalogue = catalogue
        self._bundle = bundle
        self._walk = walk
        self._new_id = new_id

    def decide(self, case: Case) -> DecisionWrite:
        """Return everything to commit. Raises InvalidRequestError if the attributes exceed the limits of a delivery."""
        if case.turn.is_over:
            return self._end(case)
        placement = self._place(case)
        if self._asks_first(case, placement):
            case = replace(case, question=confirm_action(self._goal_of(case), self._catalogue))
            placement = replace(placement, dispatches=False)
        decision = self._decision(case, placement)
        answer = self._answer(case, placement, decision)
        departure = self._depart(case, placement, decision)
        retention = self._catalogue.policy.retention_span
        asked = case.question is not None
        change = self._change(case, decision)
        events = events_of(
            case.turn,
            decision,
            placement,
            asked=asked,
            needs=len(answer["needs"]),
            retention=retention,
            new_id=self._new_id,
        )
        reroute = shape.reroute(case.reroute.decision_id, case.reroute.cause, placement) if case.reroute else {}
        return DecisionWrite(
            decision=replace(decision, answer={**answer, "candidates": list(case.candidates)}),
            answer=orjson.dumps({**answer, **reroute}),
            dispatches=departure.dispatches,
            steps=departure.steps,
            change=change if case.keeps_ledger else None,
            events=events,
        )

    def _end(self, case: Case) -> DecisionWrite:
        """Return the decision on a turn that ends the talk. The contact is left alone."""
        decision = self._decision(case, None)
        answer = self._answer(case, None, decision)
        change = self._change(case, decision)
        return DecisionWrite(
            decision=replace(decision, answer={**answer, "candidates": list(case.candidates)}),
            answer=orjson.dumps(answer),
            change=change if case.keeps_ledger else None,
            events=events_of(
                case.turn,
                decision,
                None,
                asked=False,
                needs=0,
                retention=self._catalogue.policy.retention_span,
                new_id=self._new_id,
            ),
        )

    def _change(self, case: Case, decision: Decision) -> LedgerChange:
        question = None if case.question is None else case.question.held
        retention = self._catalogue.policy.retention_span
        return change_of(case.turn, decision, retention, question=question, counts=case.occasion is Occasion.TURN)

    def _asks_first(self, case: Case, placement: Placement) -> bool:
        """Return whether the customer is asked before an irreversible call.

        An urgent goal is called at once. So is a goal with a confidence from `policy.irreversible_confidence` on.
        """
        goal = case.turn.goal
        if goal is None or not placement.dispatches or case.is_confirmed or case.occasion is not Occasion.TURN:
            return False
        intent = self._catalogue.intents[goal]
        confidence = next((each.confidence for each in case.verdict.goals if each.intent == goal), 0.0)
        is_sure = confidence >= self._catalogue.policy.irreversible_confidence
        return intent.irreversible and not intent.urgent and not is_sure

    def _goal_of(self, case: Case) -> str:
        assert case.turn.goal is not None  # noqa: S101  (only a goal has a call)
        return case.turn.goal

    def _place(self, case: Case) -> Placement:
        """Return the rung that takes the contact now, given the known state of the systems behind the path."""
        return place(
            case.path,
            self._catalogue,
            at=case.at,
            channel=case.channel,
            known=self._walk.known(),
            after=case.after,
            dispatch=case.calls,
        )

    def _decision(self, case: Case, placement: Placement | None) -> Decision:
        goal, entry_point = case.turn.goal, case.entry_point
        return Decision(
            decision_id=case.decision_id,
            contact_key=case.contact_key,
            repeat_key=case.repeat_key,
            channel=case.channel,
            entry_point=entry_point,
            status=case.verdict.status,
            reason=case.verdict.reason,
            goal=goal,
            path=case.path.name if placement is not None else NO_PATH,
            rung=placement.position if placement is not None else 0,
            confidence=case.verdict.confidence,
            wrong_door=goal is not None and self._catalogue.is_wrong_door(entry_point, goal),
            degraded=case.degraded,
            is_advice=case.occasion is Occasion.ADVICE,
            bundle=self._bundle,
            catalogue=self._catalogue.version,
            decided_at=case.at,
        )

    def _answer(self, case: Case, placement: Placement | None, decision: Decision) -> dict[str, Any]:
        """Return the answer of `/route`, rendered once from the facts. A talk that ends has no placement."""
        told = () if placement is None else case.told_from(placement.position)
        urgency = None if placement is None else find_urgency(placement.rung, case.turn.agenda, self._catalogue)
        reasons = [self._why(case, placement), *([urgency.reason] if urgency is not None else [])]
        places = shape.Places(catalogue=self._catalogue, channel=case.channel)
        return {
            "decision_id": decision.decision_id,
            "status": decision.status,
            "no_goal": case.verdict.no_goal,
            "goals": shape.goals(case.verdict, places, explain=case.explain),
            "goal": decision.goal,
            "path": decision.path,
            "rung": decision.rung,
            "destination": shape.NOWHERE if placement is None else shape.destination(placement.rung, urgency, places),
            "then": [{"kind": rung.kind, "name": rung.name} for rung in (() if placement is None else placement.then)],
            "wrong_door": decision.wrong_door,
            "needs": [] if placement is None else shape.needs(placement, told=told),
            "handover": shape.handover(case.verdict, case.turn.agenda, decision.channel, case.tried, told),
            "clarify": shape.clarify(case.question, places),
            "why": " ".join(reasons),
            "content_policy": shape.content_policy(case.goals, self._catalogue.offer_goals),
            "degraded": decision.degraded,
            "bundle": decision.bundle,
            "catalogue": decision.catalogue,
        }

    def _depart(self, case: Case, placement: Placement, decision: Decision) -> Departure:
        if not placement.dispatches:
            return Departure()
        details = self._walk.details(case.path, placement.position, case.attributes)
        return self._walk.depart(decision, placement, details)

    def _why(self, case: Case, placement: Placement | None) -> str:
        verdict, goal = case.verdict, case.turn.goal
        if placement is None:
            return why_over(verdict)
        first = [each for each in verdict.goals if each.intent == goal]
        if goal is not None and not first:
            return why_under_way(self._catalogue.intents[goal].title, placement, asked=case.question is not None)
        rest = [each for each in verdict.goals if each.intent != goal]
        told = replace(verdict, goals=(*first, *rest))
        return why(told, placement, asked=case.question is not None)
