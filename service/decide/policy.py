"""What a prediction means for one contact: accepted goals, or an abstention with its reason."""

from __future__ import annotations

from dataclasses import dataclass

from service.catalogue.schema import Catalogue
from service.domain import NO_GOAL_YET, Abstention, Candidate, Evidence, Goal, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class ActingThresholds:
    """Least confidences to act on; see `understand.classifier.Thresholds`, where a bundle keeps them."""

    accept: float
    scope: float
    ambiguous: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    status: Status
    reason: Abstention | None
    """Why no goal was accepted; `None` when one was."""
    goals: tuple[Goal, ...]
    """Accepted goals, most urgent first."""
    options: tuple[str, ...]
    """Intents worth asking about, most likely first; empty unless the contact is ambiguous."""
    confidence: float
    """Of the first goal, or of the likeliest intent."""


def judge(
    candidates: tuple[Candidate, ...],
    in_scope: float,
    evidence: tuple[Evidence, ...],
    catalogue: Catalogue,
    thresholds: ActingThresholds,
) -> Verdict:
    """Accept the likeliest intent, or abstain and say why."""
    best = candidates[0]
    if in_scope < thresholds.scope:
        return _abstain(Status.OUT_OF_SCOPE, Abstention.OUT_OF_SCOPE, best.confidence)
    if best.intent == NO_GOAL_YET:
        return _abstain(Status.NO_GOAL_YET, Abstention.NO_GOAL_YET, best.confidence)
    if best.confidence >= thresholds.accept:
        intent = catalogue.intents[best.intent]
        goal = Goal(
            intent=best.intent,
            title=intent.title,
            confidence=best.confidence,
            urgent=intent.urgent,
            evidence=evidence,
        )
        return Verdict(
            status=Status.UNDERSTOOD, reason=None, goals=(goal,), options=(), confidence=best.confidence
        )
    intents = [candidate for candidate in candidates if candidate.intent != NO_GOAL_YET]
    near = [candidate.intent for candidate in intents if candidate.confidence >= thresholds.ambiguous]
    options = tuple(near[:3]) if len(near) > 1 else tuple(candidate.intent for candidate in intents[:2])
    reason = Abstention.AMBIGUOUS if len(near) > 1 else Abstention.LOW_CONFIDENCE
    return _abstain(Status.AMBIGUOUS, reason, best.confidence, options)


def _abstain(status: Status, reason: Abstention, confidence: float, options: tuple[str, ...] = ()) -> Verdict:
    return Verdict(status=status, reason=reason, goals=(), options=options, confidence=confidence)
