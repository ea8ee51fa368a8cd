"""Readings of clauses and turns made one verdict."""

from __future__ import annotations

import pytest

from service.domain.understanding import Abstention, Evidence, Goal, Status, Verdict
from service.understand.merge import LEANING, Clause, Said, concluded, looks_back, taken_back, together

BOOK, CANCEL, REFUND, FRAUD = "make_booking", "cancel_booking", "get_refund", "report_fraud"


def goal(intent: str, confidence: float = 0.95, *, at: int = 0, turn: int = 0) -> Goal:
    evidence = (Evidence(turn=turn, start=at, end=at + 10),)
    return Goal(intent=intent, title=intent, confidence=confidence, urgent=intent == FRAUD, evidence=evidence)


def sure(intent: str, confidence: float = 0.95, *, at: int = 0, turn: int = 0) -> Verdict:
    goals = (goal(intent, confidence, at=at, turn=turn),)
    return Verdict(status=Status.UNDERSTOOD, reason=None, goals=goals, options=(), confidence=confidence)


def unsure(*options: str, confidence: float = 0.6) -> Verdict:
    return Verdict(
        status=Status.AMBIGUOUS, reason=Abstention.AMBIGUOUS, goals=(), options=options, confidence=confidence
    )


NO_GOAL = taken_back(unsure(BOOK))
OUT = Verdict(status=Status.OUT_OF_SCOPE, reason=Abstention.OUT_OF_SCOPE, goals=(), options=(), confidence=0.1)


def asks(verdict: Verdict) -> Clause:
    return Clause(verdict=verdict, asks=True)


def tells(verdict: Verdict) -> Clause:
    return Clause(verdict=verdict, asks=False)


TEXTS = [
    pytest.param(sure(BOOK), [asks(unsure(CANCEL)), asks(NO_GOAL)], [BOOK], id="no clause is accepted"),
    pytest.param(sure(BOOK), [asks(sure(BOOK)), asks(sure(REFUND, at=20))], [BOOK, REFUND], id="a second request"),
    pytest.param(
        sure(BOOK), [asks(sure(BOOK, at=20)), asks(sure(REFUND))], [REFUND, BOOK], id="in the order of the text"
    ),
    pytest.param(sure(BOOK), [asks(sure(BOOK)), asks(sure(FRAUD, at=20))], [FRAUD, BOOK], id="urgent before earlier"),
    pytest.param(sure(BOOK), [asks(sure(BOOK)), tells(sure(REFUND))], [BOOK], id="a story is no request"),
    pytest.param(sure(BOOK), [asks(sure(BOOK)), tells(sure(FRAUD))], [FRAUD, BOOK], id="unless it is urgent"),
    pytest.param(sure(BOOK), [asks(sure(REFUND))], [BOOK], id="nothing bears the whole out: it knows more"),
    pytest.param(
        sure(BOOK), [tells(sure(BOOK)), asks(sure(REFUND, at=5))], [BOOK, REFUND], id="a story may bear it out"
    ),
    pytest.param(
        unsure(BOOK, REFUND), [asks(sure(BOOK)), asks(sure(REFUND, at=5))], [BOOK, REFUND], id="a mixture of two"
    ),
    pytest.param(unsure(BOOK), [asks(sure(BOOK))], [BOOK], id="what the whole leans to"),
    pytest.param(unsure(BOOK), [asks(sure(REFUND))], [], id="not what it does not lean to"),
    pytest.param(unsure(BOOK, confidence=LEANING - 0.01), [asks(sure(REFUND))], [REFUND], id="it leans to nothing"),
    pytest.param(unsure(BOOK), [tells(sure(BOOK))], [], id="a story alone"),
    pytest.param(NO_GOAL, [asks(sure(REFUND))], [REFUND], id="small talk around a request"),
    pytest.param(OUT, [asks(sure(REFUND))], [], id="something else altogether"),
    pytest.param(unsure(BOOK), [], [], id="no clause"),
]


@pytest.mark.parametrize(("whole", "clauses", "expected"), TEXTS)
def test_the_goals_of_a_text(whole: Verdict, clauses: list[Clause], expected: list[str]) -> None:
    """Precision before recall: a goal that nobody has sends a customer astray."""
    verdict = together(whole, clauses)

    assert [found.intent for found in verdict.goals] == expected
    assert (verdict.status is Status.UNDERSTOOD) is bool(expected)
    assert verdict.confidence == (verdict.goals[0].confidence if expected else whole.confidence)


def test_of_an_abridged_text_a_lone_request_is_enough() -> None:
    """What was read of the whole may have left out what it leans to."""
    assert together(unsure(BOOK), [asks(sure(REFUND))], is_abridged=True).goals[0].intent == REFUND


def test_all_clauses_of_an_intent_are_evidence_and_the_surest_speaks() -> None:
    """One goal said twice is one goal."""
    verdict = together(unsure(BOOK), [asks(sure(BOOK, 0.91)), asks(sure(BOOK, 0.99, at=40))])

    (found,) = verdict.goals
    assert found.confidence == verdict.confidence == 0.99
    assert [evidence.start for evidence in found.evidence] == [0, 40]


CONVERSATIONS = [
    pytest.param([Said(verdict=sure(BOOK))], [BOOK], id="one turn"),
    pytest.param([Said(verdict=sure(BOOK)), Said(verdict=sure(CANCEL))], [BOOK], id="the newest wins"),
    pytest.param([Said(verdict=NO_GOAL), Said(verdict=sure(CANCEL))], [CANCEL], id="thanks keeps it"),
    pytest.param(
        [Said(verdict=sure(BOOK), keeps_goals=True), Said(verdict=sure(CANCEL))], [CANCEL], id="so does an answer"
    ),
    pytest.param(
        [Said(verdict=unsure(BOOK), answers_agent=True), Said(verdict=sure(CANCEL))], [CANCEL], id="and what is unclear"
    ),
    pytest.param([Said(verdict=unsure(BOOK)), Said(verdict=sure(CANCEL))], [], id="unless nobody had asked"),
    pytest.param([Said(verdict=OUT, answers_agent=True), Said(verdict=NO_GOAL)], [], id="no goal at all"),
    pytest.param([Said(verdict=NO_GOAL, drops_goals=True), Said(verdict=sure(CANCEL))], [], id="taken back"),
    pytest.param([Said(verdict=sure(BOOK), drops_goals=True), Said(verdict=sure(CANCEL))], [BOOK], id="replaced"),
    pytest.param(
        [Said(verdict=unsure(BOOK), drops_goals=True), Said(verdict=sure(CANCEL))], [], id="by what is unclear"
    ),
    pytest.param(
        [Said(verdict=NO_GOAL), Said(verdict=NO_GOAL, drops_goals=True), Said(verdict=sure(CANCEL))],
        [],
        id="thanks after it was taken back",
    ),
    pytest.param(
        [Said(verdict=sure(BOOK), adds_goals=True), Said(verdict=sure(CANCEL))], [BOOK, CANCEL], id="also: both"
    ),
    pytest.param(
        [Said(verdict=sure(BOOK), adds_goals=True), Said(verdict=sure(FRAUD))], [FRAUD, BOOK], id="the urgent one first"
    ),
    pytest.param([Said(verdict=sure(BOOK), adds_goals=True), Said(verdict=sure(BOOK))], [BOOK], id="the same again"),
    pytest.param(
        [Said(verdict=sure(BOOK), adds_goals=True), Said(verdict=NO_GOAL), Said(verdict=sure(CANCEL))],
        [BOOK, CANCEL],
        id="added to what stands further back",
    ),
    pytest.param([Said(verdict=sure(BOOK), keeps_goals=True)], [BOOK], id="an answer to nothing may be all there is"),
]


@pytest.mark.parametrize(("newest_first", "expected"), CONVERSATIONS)
def test_the_goals_of_a_conversation(newest_first: list[Said], expected: list[str]) -> None:
    """Read from its newest turn back, as far as turns have a say."""
    read: list[Said] = []
    for said in newest_first:
        read.append(said)
        if not looks_back(said):
            break

    decisive, verdict = concluded(read)

    assert [found.intent for found in verdict.goals] == expected
    assert read[decisive].verdict.status is verdict.status


def test_without_a_goal_the_newest_turn_that_says_something_decides() -> None:
    """A question is asked about what was unclear, not about a yes."""
    turns = [Said(verdict=NO_GOAL), Said(verdict=unsure(BOOK, CANCEL), answers_agent=True), Said(verdict=NO_GOAL)]

    decisive, verdict = concluded(turns)

    assert (decisive, verdict.options) == (1, (BOOK, CANCEL))
