"""Verdicts on a prediction, at and beside each threshold."""

from __future__ import annotations

import pytest

from service.domain.understanding import NO_GOAL_YET, Abstention, Candidate, Evidence, Status, Thresholds, Verdict
from service.understand.intents import IntentTable
from service.understand.verdict import judge, status_of

THRESHOLDS = Thresholds(accept=0.8, scope=0.5, ambiguous=0.2)
EVIDENCE = (Evidence(turn=2, start=0, end=17),)
BOOK, CANCEL, TRACK, HUMAN = "make_booking", "cancel_booking", "track_order", "speak_to_human"
INTENTS = IntentTable(
    titles={BOOK: "Book", CANCEL: "Cancel", TRACK: "Track an order", HUMAN: "Speak to a person"},
    urgent=frozenset({TRACK}),
    person=HUMAN,
)

UNDERSTOOD, AMBIGUOUS = (Status.UNDERSTOOD, None), (Status.AMBIGUOUS, Abstention.AMBIGUOUS)
LOW = (Status.AMBIGUOUS, Abstention.LOW_CONFIDENCE)
OUT = (Status.OUT_OF_SCOPE, Abstention.OUT_OF_SCOPE)
NO_GOAL = (Status.NO_GOAL_YET, Abstention.NO_GOAL_YET)


def judged(in_scope: float, *candidates: tuple[str, float], thresholds: Thresholds = THRESHOLDS) -> Verdict:
    made = tuple(Candidate(intent=intent, confidence=confidence) for intent, confidence in candidates)
    return judge(made, in_scope, EVIDENCE, INTENTS, thresholds)


@pytest.mark.parametrize(
    ("in_scope", "candidates", "expected", "options", "reason"),
    [
        (1.0, [(BOOK, 0.8), (TRACK, 0.2)], UNDERSTOOD, (), "just sure enough"),
        (0.5, [(BOOK, 0.8)], UNDERSTOOD, (), "just in scope"),
        (1.0, [(BOOK, 0.5), (TRACK, 0.3)], AMBIGUOUS, (BOOK, TRACK), "two are near"),
        (1.0, [(BOOK, 0.5), (TRACK, 0.201)], AMBIGUOUS, (BOOK, TRACK), "the second is just not far behind"),
        (1.0, [(BOOK, 0.5), (TRACK, 0.2)], LOW, (BOOK,), "the second is far behind: the leader is confirmed"),
        (1.0, [(BOOK, 0.7999), (TRACK, 0.1999)], LOW, (BOOK,), "the second is below the threshold to be offered"),
        (1.0, [(BOOK, 0.19), (TRACK, 0.1), (HUMAN, 0.1)], LOW, (BOOK, TRACK), "none is near: the two likeliest"),
        (1.0, [(BOOK, 0.3), (TRACK, 0.3), (HUMAN, 0.2)], AMBIGUOUS, (BOOK, TRACK, HUMAN), "three are near"),
        (1.0, [(b, 0.24) for b in (BOOK, TRACK, HUMAN, CANCEL)], AMBIGUOUS, (BOOK, TRACK, HUMAN), "three at most"),
        (1.0, [(BOOK, 0.4), (NO_GOAL_YET, 0.3), (TRACK, 0.25)], AMBIGUOUS, (BOOK, TRACK), "no goal is no option"),
        (1.0, [(BOOK, 0.5), (NO_GOAL_YET, 0.4), (TRACK, 0.1)], LOW, (BOOK,), "no goal is not near either"),
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
    in_scope: float,
    candidates: list[tuple[str, float]],
    expected: tuple[Status, Abstention | None],
    options: tuple[str, ...],
    reason: str,
) -> None:
    """A threshold is the least that passes, and the verdict's confidence is that of the likeliest label."""
    verdict = judged(in_scope, *candidates)

    assert (verdict.status, verdict.reason) == expected, reason
    assert verdict.options == options, reason
    assert verdict.confidence == candidates[0][1]
    assert bool(verdict.goals) is (expected is UNDERSTOOD)


def test_an_option_is_worth_a_question_from_a_tenth() -> None:
    """A lower threshold of the bundle offers nothing less likely."""
    lenient = Thresholds(accept=0.8, scope=0.5, ambiguous=0.01)

    assert judged(1.0, (BOOK, 0.2), (TRACK, 0.1), (HUMAN, 0.09), thresholds=lenient).options == (BOOK, TRACK)


def test_an_accepted_goal_carries_the_facts_of_its_intent() -> None:
    """Title and urgency are the intent's, and evidence is the place of the words."""
    (goal,) = judged(1.0, (TRACK, 0.9)).goals

    assert (goal.intent, goal.title, goal.urgent) == (TRACK, "Track an order", True)
    assert goal.confidence == 0.9
    assert goal.evidence == EVIDENCE


@pytest.mark.parametrize(
    ("intent", "confidence", "in_scope", "status"),
    [
        (BOOK, 0.8, 0.5, Status.UNDERSTOOD),
        (BOOK, 0.79, 0.5, Status.AMBIGUOUS),
        (NO_GOAL_YET, 0.99, 0.5, Status.NO_GOAL_YET),
        (BOOK, 0.99, 0.49, Status.OUT_OF_SCOPE),
    ],
)
def test_the_status_of_a_label_needs_no_catalogue(
    intent: str, confidence: float, in_scope: float, status: Status
) -> None:
    """Training and evaluation ask for the status alone."""
    assert status_of(Candidate(intent=intent, confidence=confidence), in_scope, THRESHOLDS) is status
