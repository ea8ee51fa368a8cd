"""What a prediction comes to, at and beside every threshold."""

from __future__ import annotations

import pytest

from service.catalogue.schema import Catalogue
from service.domain.understanding import NO_GOAL_YET, Abstention, Candidate, Evidence, Status, Thresholds, Verdict
from service.understand.verdict import judge

THRESHOLDS = Thresholds(accept=0.8, scope=0.5, ambiguous=0.2)
EVIDENCE = (Evidence(turn=2, start=0, end=17),)
BOOK, CANCEL, TRACK, HUMAN = "make_booking", "cancel_booking", "track_order", "speak_to_human"

UNDERSTOOD, AMBIGUOUS = (Status.UNDERSTOOD, None), (Status.AMBIGUOUS, Abstention.AMBIGUOUS)
LOW = (Status.AMBIGUOUS, Abstention.LOW_CONFIDENCE)
OUT = (Status.OUT_OF_SCOPE, Abstention.OUT_OF_SCOPE)
NO_GOAL = (Status.NO_GOAL_YET, Abstention.NO_GOAL_YET)


def judged(catalogue: Catalogue, in_scope: float, *candidates: tuple[str, float]) -> Verdict:
    made = tuple(Candidate(intent=intent, confidence=confidence) for intent, confidence in candidates)
    return judge(made, in_scope, EVIDENCE, catalogue, THRESHOLDS)


@pytest.mark.parametrize(
    ("in_scope", "candidates", "expected", "options", "reason"),
    [
        (1.0, [(BOOK, 0.8), (TRACK, 0.2)], UNDERSTOOD, (), "just sure enough"),
        (0.5, [(BOOK, 0.8)], UNDERSTOOD, (), "just in scope"),
        (1.0, [(BOOK, 0.7999), (TRACK, 0.2)], AMBIGUOUS, (BOOK, TRACK), "a little less than sure, another near"),
        (1.0, [(BOOK, 0.7999), (TRACK, 0.1999)], LOW, (BOOK, TRACK), "the other is not near: its title is offered yet"),
        (1.0, [(BOOK, 0.19), (TRACK, 0.1), (HUMAN, 0.1)], LOW, (BOOK, TRACK), "nothing near: the two likeliest"),
        (1.0, [(BOOK, 0.3), (TRACK, 0.3), (HUMAN, 0.2)], AMBIGUOUS, (BOOK, TRACK, HUMAN), "three near"),
        (1.0, [(b, 0.24) for b in (BOOK, TRACK, HUMAN, CANCEL)], AMBIGUOUS, (BOOK, TRACK, HUMAN), "three at most"),
        (1.0, [(BOOK, 0.5), (NO_GOAL_YET, 0.4), (TRACK, 0.2)], AMBIGUOUS, (BOOK, TRACK), "no goal is no option"),
        (1.0, [(BOOK, 0.5), (NO_GOAL_YET, 0.4), (TRACK, 0.1)], LOW, (BOOK, TRACK), "nor does it count as near"),
        (1.0, [(BOOK, 0.5)], LOW, (BOOK,), "one candidate only"),
        (0.4999, [(BOOK, 0.49)], OUT, (), "just out of scope"),
        (0.4999, [(BOOK, 0.9)], OUT, (), "out of scope goes before sure"),
        (0.4999, [(NO_GOAL_YET, 0.4)], OUT, (), "and before a greeting"),
        (0.0, [(BOOK, 0.0)], OUT, (), "nothing at all"),
        (0.5, [(NO_GOAL_YET, 0.9), (BOOK, 0.1)], NO_GOAL, (), "a greeting"),
        (1.0, [(NO_GOAL_YET, 0.3), (BOOK, 0.29)], NO_GOAL, (), "likeliest a greeting, however unsure"),
    ],
)
def test_verdict(
    *,
    catalogue: Catalogue,
    in_scope: float,
    candidates: list[tuple[str, float]],
    expected: tuple[Status, Abstention | None],
    options: tuple[str, ...],
    reason: str,
) -> None:
    """A threshold is the least that passes; the verdict's confidence is always that of the likeliest label."""
    verdict = judged(catalogue, in_scope, *candidates)

    assert (verdict.status, verdict.reason) == expected, reason
    assert verdict.options == options, reason
    assert verdict.confidence == candidates[0][1]
    assert bool(verdict.goals) is (expected is UNDERSTOOD)


def test_an_accepted_goal_carries_what_the_catalogue_says_of_it(catalogue: Catalogue) -> None:
    """Title and urgency are the intent's, and evidence says where it was found."""
    (goal,) = judged(catalogue, 1.0, (TRACK, 0.9)).goals

    assert (goal.intent, goal.title, goal.urgent) == (TRACK, "Track an order", True)
    assert goal.confidence == 0.9
    assert goal.evidence == EVIDENCE
