"""What a prediction means for one contact: accepted goals, or an abstention with its reason."""

from __future__ import annotations

from service.catalogue.schema import Catalogue
from service.domain.understanding import NO_GOAL_YET, Abstention, Candidate, Evidence, Goal, Status, Thresholds, Verdict


def status_of(best: Candidate, in_scope: float, thresholds: Thresholds) -> Status:
    """What the likeliest label comes to, before anything of the catalogue is known."""
    if in_scope < thresholds.scope:
        return Status.OUT_OF_SCOPE
    if best.intent == NO_GOAL_YET:
        return Status.NO_GOAL_YET
    return Status.UNDERSTOOD if best.confidence >= thresholds.accept else Status.AMBIGUOUS


def judge(
    candidates: tuple[Candidate, ...],
    in_scope: float,
    evidence: tuple[Evidence, ...],
    catalogue: Catalogue,
    thresholds: Thresholds,
) -> Verdict:
    """Accept the likeliest intent, or abstain and say why."""
    best = candidates[0]
    status = status_of(best, in_scope, thresholds)
    if status is Status.OUT_OF_SCOPE:
        return _abstain(status, Abstention.OUT_OF_SCOPE, best.confidence)
    if status is Status.NO_GOAL_YET:
        return _abstain(status, Abstention.NO_GOAL_YET, best.confidence)
    if status is Status.UNDERSTOOD:
        return _accept(best, evidence, catalogue)
    intents = [candidate for candidate in candidates if candidate.intent != NO_GOAL_YET]
    near = [candidate.intent for candidate in intents if candidate.confidence >= thresholds.ambiguous]
    options = tuple(near[:3]) if len(near) > 1 else tuple(candidate.intent for candidate in intents[:2])
    reason = Abstention.AMBIGUOUS if len(near) > 1 else Abstention.LOW_CONFIDENCE
    return _abstain(Status.AMBIGUOUS, reason, best.confidence, options)


def _accept(best: Candidate, evidence: tuple[Evidence, ...], catalogue: Catalogue) -> Verdict:
    intent = catalogue.intents[best.intent]
    goal = Goal(
        intent=best.intent, title=intent.title, confidence=best.confidence, urgent=intent.urgent, evidence=evidence
    )
    return Verdict(status=Status.UNDERSTOOD, reason=None, goals=(goal,), options=(), confidence=best.confidence)


def _abstain(status: Status, reason: Abstention, confidence: float, options: tuple[str, ...] = ()) -> Verdict:
    return Verdict(status=status, reason=reason, goals=(), options=options, confidence=confidence)
