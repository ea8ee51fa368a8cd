"""The reason for a destination, as one plain sentence. The customer's own words are left out."""

from __future__ import annotations

from collections.abc import Sequence

from service.decide.ladder import Obstacle, PassedOver, Placement
from service.domain.understanding import Abstention, NoGoal, Status, Verdict

REASONS = {
    Abstention.LOW_CONFIDENCE: "no goal was clear enough",
    Abstention.AMBIGUOUS: "several goals fit about as well",
    Abstention.OUT_OF_SCOPE: "this is nothing the catalogue is for",
    Abstention.NO_GOAL_YET: "no goal was named yet",
}

OBSTACLES = {
    Obstacle.TRIED: "tried before",
    Obstacle.NOT_DISPATCHED: "not carried out here",
    Obstacle.WRONG_CHANNEL: "not on this channel",
    Obstacle.CLOSED_NOW: "closed now",
    Obstacle.DOWN: "away now",
    Obstacle.TOO_LONG_A_WAIT: "too long a wait now",
    Obstacle.NO_DETAILS: "no number or address was left",
}
ONE_LIKELY = "one goal is likely but not sure"
AFTER_A_YES = "once the customer has said yes, because the call cannot be undone"
MOST_TOLD = 3
"""Limit of passed-over rungs that the sentence names."""


def why(verdict: Verdict, placement: Placement, *, asked: bool) -> str:
    """Return the reason as one sentence. `asked` is true if a clarifying question goes with the answer."""
    place = f"{placement.rung.name} ({placement.rung.kind.replace('_', ' ')})"
    passed = _passed(placement.passed_over)
    if verdict.goals:
        goal = verdict.goals[0]
        ending = f", {AFTER_A_YES}" if asked else ""
        told = f"The goal is to {_lower(goal.title)} (confidence {goal.confidence:.2f})"
        return f"{told}, served by {place}{passed}{ending}."
    reason = REASONS[verdict.reason] if verdict.reason is not None else "no goal was accepted"
    if verdict.status is Status.AMBIGUOUS and len(verdict.options) == 1:
        reason = ONE_LIKELY
    ending = (
        f"one question is asked, and {place} takes the contact if it stays open"
        if asked
        else f"a person takes it: {place}"
    )
    return f"{reason[:1].upper()}{reason[1:]} (best confidence {verdict.confidence:.2f}); {ending}{passed}."


def why_over(verdict: Verdict) -> str:
    """Return one sentence for a turn without an errand."""
    if verdict.no_goal is NoGoal.AUTOMATIC:
        return "This is automatic mail, so nobody is waiting for an answer."
    return "The customer asks for nothing more, so nothing is asked and nobody is called."


def why_under_way(title: str, placement: Placement, *, asked: bool = False) -> str:
    """Return one sentence for a turn that names no goal, if a goal of the contact is under way."""
    place = f"{placement.rung.name} ({placement.rung.kind.replace('_', ' ')})"
    ending = f", {AFTER_A_YES}" if asked else ""
    return f"The contact goes on with what it came for, to {_lower(title)}, served by {place}{ending}."


def _passed(passed_over: Sequence[PassedOver]) -> str:
    if not passed_over:
        return ""
    told = [f"{each.rung.name} ({OBSTACLES[each.obstacle]})" for each in passed_over[:MOST_TOLD]]
    more = len(passed_over) - len(told)
    return f", after {', '.join(told)}" + (f" and {more} more" if more else "")


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:]
