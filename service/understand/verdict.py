"""Judges a prediction: accepts its likeliest intent as a goal, or abstains with a reason."""

from __future__ import annotations

from service.domain.understanding import NO_GOAL_YET, Abstention, Candidate, Evidence, Goal, Status, Thresholds, Verdict
from service.understand.intents import IntentTable

WORTH_ASKING = 0.1
"""Confidence below which an intent is left out of a question."""
FAR_BEHIND = 0.4
"""Share of the leader's confidence below which the second intent is too far behind: the leader is confirmed."""
MOST_OPTIONS = 3


def status_of(best: Candidate, in_scope: float, thresholds: Thresholds) -> Status:
    """Status of the likeliest label, by the thresholds alone."""
    if in_scope < thresholds.scope:
        return Status.OUT_OF_SCOPE
    if best.intent == NO_GOAL_YET:
        return Status.NO_GOAL_YET
    return Status.UNDERSTOOD if best.confidence >= thresholds.accept else Status.AMBIGUOUS


def judge(
    candidates: tuple[Candidate, ...],
    in_scope: float,
    evidence: tuple[Evidence, ...],
    intents: IntentTable,
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
        return _accept(best, evidence, intents)
    likely = [candidate for candidate in candidates if candidate.intent != NO_GOAL_YET]
    near = [candidate for candidate in likely if candidate.confidence >= max(thresholds.ambiguous, WORTH_ASKING)]
    leads = len(near) == 1 or (len(near) > 1 and near[1].confidence <= near[0].confidence * FAR_BEHIND)
    if leads:
        return _abstain(Status.AMBIGUOUS, Abstention.LOW_CONFIDENCE, best.confidence, (near[0].intent,))
    options = tuple(candidate.intent for candidate in (near or likely[:2])[:MOST_OPTIONS])
    reason = Abstention.AMBIGUOUS if len(near) > 1 else Abstention.LOW_CONFIDENCE
    return _abstain(Status.AMBIGUOUS, reason, best.confidence, options)


def _accept(best: Candidate, evidence: tuple[Evidence, ...], intents: IntentTable) -> Verdict:
    goal = Goal(
        intent=best.intent,
        title=intents.titles[best.intent],
        confidence=best.confidence,
        urgent=best.intent in intents.urgent,
        evidence=evidence,
    )
    return Verdict(status=Status.UNDERSTOOD, reason=None, goals=(goal,), options=(), confidence=best.confidence)


def _abstain(status: Status, reason: Abstention, confidence: float, options: tuple[str, ...] = ()) -> Verdict:
    return Verdict(status=status, reason=reason, goals=(), options=options, confidence=confidence)
