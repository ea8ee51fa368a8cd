"""The question of the ledger, or of the caller, gives the newest turn its meaning."""

from __future__ import annotations

from typing import Any

import pytest

from service.catalogue.schema import Catalogue
from service.domain.ledger import HeldQuestion, QuestionKind
from service.domain.understanding import (
    Abstention,
    Candidate,
    Evidence,
    Goal,
    NoGoal,
    Prediction,
    Speaker,
    Stage,
    Status,
    Understanding,
    Verdict,
)
from service.pipeline.heard_answer import RESTATED, chosen_verdict, offered, read_answer
from service.pipeline.incoming import RawTurn
from tests.support.spine import a_contact

BOOK, CANCEL, TRACK = "make_booking", "cancel_booking", "track_order"
WHICH = HeldQuestion(kind=QuestionKind.CHOOSE, options=(BOOK, CANCEL))
RIGHT = HeldQuestion(kind=QuestionKind.CONFIRM, options=(TRACK,))


def read(text: str, *, newest: str | None = None, **fields: Any) -> Understanding:
    """A turn that names no goal, unless `fields` say otherwise."""
    share = fields.pop("share", 0.9)
    verdict = {"status": Status.NO_GOAL_YET, "reason": Abstention.NO_GOAL_YET, "goals": (), "options": ()}
    return Understanding(
        prediction=Prediction(
            candidates=(Candidate(intent=TRACK, confidence=share),),
            in_scope=1.0,
            stage=Stage.LEXICAL,
            lexical_seconds=0.0,
            encoder_seconds=0.0,
        ),
        verdict=Verdict(confidence=share, **(verdict | fields)),
        utterance=text,
        newest=newest,
    )


def goals_of(text: str, question: HeldQuestion | None, catalogue: Catalogue, **fields: Any) -> list[str]:
    verdict, _ = read_answer(a_contact(text, **fields), read(text), question, catalogue)
    return [goal.intent for goal in verdict.goals]


@pytest.mark.parametrize(
    ("text", "question", "asked", "goals", "reason"),
    [
        ("the second", WHICH, (), [CANCEL], "the question of the ledger"),
        ("the second", None, (CANCEL, BOOK), [BOOK], "the question of the caller"),
        ("the second", WHICH, (CANCEL, BOOK), [CANCEL], "the ledger wins"),
        ("yes", RIGHT, (), [TRACK], "one goal is confirmed"),
        ("yes", None, (TRACK,), [TRACK], "one goal of the caller is confirmed"),
        ("yes", None, (), [], "nothing was asked"),
    ],
)
def test_the_question_of_the_ledger_wins(
    served: Catalogue,
    text: str,
    question: HeldQuestion | None,
    asked: tuple[str, ...],
    goals: list[str],
    *,
    reason: str,
) -> None:
    """The caller's options count if the ledger holds no question."""
    assert goals_of(text, question, served, asked=asked) == goals, reason


def test_a_denied_question_leaves_no_goal_and_no_option(served: Catalogue) -> None:
    """A person takes the contact, and nothing is asked again."""
    verdict, answer = read_answer(a_contact("neither"), read("neither"), WHICH, served)

    assert answer is not None
    assert (answer.is_denied, verdict.status, verdict.goals, verdict.options) == (True, Status.AMBIGUOUS, (), ())


def test_automatic_mail_answers_nothing(served: Catalogue) -> None:
    """Its first word may be yes."""
    understanding = read("yes", no_goal=NoGoal.AUTOMATIC)

    assert read_answer(a_contact("yes"), understanding, RIGHT, served) == (understanding.verdict, None)


@pytest.mark.parametrize(
    ("agent", "goals", "reason"),
    [
        ("Do you want to track an order?", [TRACK], "the agent puts our question"),
        ("Shall I put you on hold?", [], "the yes is for another question"),
    ],
)
def test_a_yes_to_an_agent_is_no_answer_to_an_older_question(
    served: Catalogue, agent: str, goals: list[str], reason: str
) -> None:
    """The words of the agent tell which question was answered."""
    turns = (
        RawTurn(speaker=Speaker.AGENT, raw_text=agent),
        RawTurn(speaker=Speaker.CUSTOMER, raw_text="yes"),
    )
    verdict, _ = read_answer(a_contact(turns=turns), read("yes", share=0.1), RIGHT, served)

    assert [goal.intent for goal in verdict.goals] == goals, reason


def test_the_newest_turn_of_a_conversation_answers(served: Catalogue) -> None:
    """The goal of an earlier turn decides the reading, and the newest words answer the question."""
    earlier = Goal(
        intent=TRACK, title="Track", confidence=0.9, urgent=False, evidence=(Evidence(turn=0, start=0, end=5),)
    )
    turns = tuple([RawTurn(speaker=Speaker.CUSTOMER, raw_text=text) for text in ("where is my parcel", "the first")])
    understanding = read("where is my parcel", newest="the first", goals=(earlier,), status=Status.UNDERSTOOD)

    verdict, _ = read_answer(a_contact(turns=turns), understanding, WHICH, served)

    assert [goal.intent for goal in verdict.goals] == [BOOK]


@pytest.mark.parametrize(("share", "goals"), [(RESTATED, [TRACK]), (RESTATED - 0.01, [])])
def test_another_likely_goal_in_the_answer_needs_no_second_question(
    served: Catalogue, share: float, goals: list[str]
) -> None:
    """The customer has said it in answer to the question."""
    understanding = read("it is about my parcel", share=share, status=Status.AMBIGUOUS, options=(TRACK,))

    verdict, _ = read_answer(a_contact("it is about my parcel"), understanding, WHICH, served)

    assert [goal.intent for goal in verdict.goals] == goals


def test_urgent_options_come_first(served: Catalogue) -> None:
    """Otherwise the order of the answer stays."""
    assert [goal.intent for goal in chosen_verdict((CANCEL, BOOK), served).goals] == [CANCEL, BOOK]
    assert [option.intent for option in offered((CANCEL, BOOK), served)] == [CANCEL, BOOK]
