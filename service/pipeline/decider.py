"""One decision, written out: where the contact goes, the answer, and all that is committed with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from service.catalogue.schema import Catalogue, Path
from service.decide.clarify import Clarification
from service.decide.explain import why, why_under_way
from service.decide.ladder import Placement, place
from service.decide.urgency import find_urgency
from service.domain.decision import Decision
from service.domain.effort import EffortEvent
from service.domain.kept_text import KeptText
from service.domain.ledger import LedgerChange
from service.domain.understanding import Channel, Verdict
from service.pipeline import answer as shape
from service.pipeline.ladder_walk import Departure, LadderWalk
from service.pipeline.turn import Turn, change_of, events_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One decision and all that is committed with it."""

    decision: Decision
    answer: bytes
    departure: Departure
    change: LedgerChange | None
    """`None` where nothing is held about the contact."""
    events: tuple[EffortEvent, ...]
    text: KeptText | None = None
    """Of the customer's, redacted; `None` where the catalogue does not let it be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that a decision is written from."""

    decision_id: str
    contact_key: str
    repeat_key: str | None
    channel: Channel | None
    entry_point: str | None
    wrong_door: bool
    attributes: Mapping[str, Any]
    turn: Turn
    verdict: Verdict
    question: Clarification | None
    path: Path
    placement: Placement
    tried: tuple[str, ...]
    degraded: bool
    candidates: list[dict[str, Any]]
    explain: bool
    is_held: bool
    """Whether the ledger of the contact is written."""
    counts: bool
    """Whether it is a turn of the contact's."""
    at: datetime
    is_advice: bool = False
    """Whether it is only asked where the contact would go."""

    @property
    def goals(self) -> frozenset[str]:
        """Accepted for this contact now: those that were named, and the one that it is served for."""
        served = () if self.turn.goal is None else (self.turn.goal,)
        return frozenset((*(goal.intent for goal in self.verdict.goals), *served))

    @property
    def told(self) -> tuple[str, ...]:
        """What the rungs from here on need of the customer, and the caller has told: by name, as the path has them."""
        needed = [need.field for rung in self.path.rungs[self.placement.position :] for need in rung.needs]
        return tuple([name for name in dict.fromkeys(needed) if self.attributes.get(name) not in (None, "")])


class Decider:
    """One a worker, for the catalogue and the bundle in use."""

    def __init__(self, *, catalogue: Catalogue, bundle: str, walk: LadderWalk, new_id: Callable[[], str]) -> None:
        self._catalogue = catalogue
        self._bundle = bundle
        self._walk = walk
        self._new_id = new_id

    def place(self, path: Path, channel: Channel | None, now: datetime, *, after: int, dispatch: bool) -> Placement:
        """The rung that takes a contact now, given what is known of the systems behind the path."""
        known = self._walk.known()
        return place(path, self._catalogue, at=now, channel=channel, known=known, after=after, dispatch=dispatch)

    def decide(self, case: Case) -> Decided:
        """Nothing is committed yet. InvalidRequestError if the attributes are more than a delivery may hold."""
        turn, verdict, placement = case.turn, case.verdict, case.placement
        details = self._walk.details(case.path, placement.position, case.attributes) if placement.dispatches else {}
        destination = shape.destination(placement.rung)
        urgency = find_urgency(placement.rung, turn.agenda, self._catalogue)
        reasons = [self._why(case)]
        if urgency is not None:
            destination["priority"] = urgency.priority
            reasons.append(urgency.reason)
        needs = shape.needs(placement, told=case.told)
        answer: dict[str, Any] = {
            "decision_id": case.decision_id,
            "status": verdict.status,
            "goals": shape.goals(verdict, explain=case.explain),
            "goal": turn.goal,
            "path": case.path.name,
            "rung": placement.position,
            "destination": destination,
            "then": [{"kind": rung.kind, "name": rung.name} for rung in placement.then],
            "wrong_door": case.wrong_door,
            "needs": needs,
            "handover": shape.handover(verdict, turn.agenda, case.channel, case.tried, case.told),
            "clarify": shape.clarify(case.question),
            "why": " ".join(reasons),
            "content_policy": shape.content_policy(case.goals),
            "degraded": case.degraded,
            "bundle": self._bundle,
            "catalogue": self._catalogue.version,
        }
        decision = Decision(
            decision_id=case.decision_id,
            contact_key=case.contact_key,
            repeat_key=case.repeat_key,
            channel=case.channel,
            entry_point=case.entry_point,
            status=verdict.status,
            reason=verdict.reason,
            goal=turn.goal,
            path=case.path.name,
            rung=placement.position,
            confidence=verdict.confidence,
            wrong_door=case.wrong_door,
            degraded=case.degraded,
            is_advice=case.is_advice,
            bundle=self._bundle,
            catalogue=self._catalogue.version,
            decided_at=case.at,
            answer={**answer, "candidates": case.candidates},
        )
        retention = self._catalogue.policy.retention_span
        change = change_of(turn, decision, retention, asked=case.question is not None, counts=case.counts)
        is_called = placement.dispatches
        return Decided(
            decision=decision,
            answer=orjson.dumps(answer),
            departure=self._walk.depart(decision, placement, details) if is_called else Departure(),
            change=change if case.is_held else None,
            events=events_of(turn, decision, placement, needs=len(needs), retention=retention, new_id=self._new_id),
        )

    def _why(self, case: Case) -> str:
        verdict, goal = case.verdict, case.turn.goal
        first = [each for each in verdict.goals if each.intent == goal]
        if goal is not None and not first:
            return why_under_way(self._catalogue.intents[goal].title, case.placement)
        rest = [each for each in verdict.goals if each.intent != goal]
        told = replace(verdict, goals=(*first, *rest))
        return why(told, case.placement, asked=case.question is not None)
