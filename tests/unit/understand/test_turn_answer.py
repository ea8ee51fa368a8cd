"""The part of one customer turn in a conversation."""

from __future__ import annotations

import pytest

from service.domain.understanding import (
    NO_GOAL_YET,
    Abstention,
    Candidate,
    Goal,
    NoGoal,
    Prediction,
    Speaker,
    Stage,
    Status,
    Understanding,
    Verdict,
)
from service.understand.turn_answer import LONGEST_DENIAL, answers_agent, denies_proposal, is_denial, said_in
from tests.support.processor import times_the_work

AGENT, CUSTOMER, SYSTEM = Speaker.AGENT, Speaker.CUSTOMER, Speaker.SYSTEM
CANCEL, FIRE = "cancel_booking", "report_fire"


def understood(
    utterance: str, intent: str | None = None, confidence: float = 0.95, *, no_goal: NoGoal | None = None
) -> Understanding:
    goals = () if intent is None else (
        Goal(intent=intent, title=intent, confidence=confidence, urgent=intent == FIRE),
    )  # fmt: skip
    status = Status.UNDERSTOOD if goals else Status.NO_GOAL_YET
    return Understanding(
        prediction=Prediction(
            candidates=(Candidate(intent=intent or NO_GOAL_YET, confidence=confidence),),
            in_scope=1.0,
            stage=Stage.LEXICAL,
            lexical_seconds=0.0,
            encoder_seconds=0.0,
        ),
        verdict=Verdict(
            status=status,
            reason=None if goals else Abstention.NO_GOAL_YET,
            goals=goals,
            options=(),
            confidence=confidence,
            no_goal=no_goal,
        ),
        utterance=utterance,
    )


def after(question: str) -> list[tuple[Speaker, str]]:
    return [(CUSTOMER, "cancel my booking"), (AGENT, question)]


DENIALS = [
    "no", "No!", "nope", "no thanks", "no, don't", "please don't", "not yet", "no no no", "no way", "leave it",
    "stop it", "absolutely not, no", "no not that", "don\u2019t".replace("\u2019", "'"),
]  # fmt: skip
NO_DENIALS = [
    "nothing", "not today thank you", "no i want to book a room", "notice", "yes", "", "no it arrived broken",
    "never mind the weather, book it",
]  # fmt: skip


@pytest.mark.parametrize("utterance", DENIALS)
def test_no_in_many_words_is_a_denial(utterance: str) -> None:
    """A short turn that says no and nothing else."""
    assert is_denial(utterance)


@pytest.mark.parametrize("utterance", NO_DENIALS)
def test_a_turn_that_says_more_is_no_denial(utterance: str) -> None:
    """Its other words are read."""
    assert not is_denial(utterance)


def test_a_denial_is_told_in_linear_time() -> None:
    """A turn of many noes and another word takes no longer than its length calls for."""

    def noes(count: int) -> str:
        return "no " * count + "xq"

    assert times_the_work(is_denial, noes(LONGEST_DENIAL // 3 - 2), noes(6)) < 30


PROPOSALS = [
    "Shall I cancel it?", "Do you really want to close the account?", "Would you like me to book it?",
    "You want to cancel, right?", "Are you sure?", "Can I go ahead?",
]  # fmt: skip


@pytest.mark.parametrize("question", PROPOSALS)
def test_no_to_a_proposal_drops_the_goal(question: str) -> None:
    """The agent offered to do it, and the customer wants it no more."""
    said = said_in(understood("no", no_goal=NoGoal.ANSWER), before=after(question))

    assert denies_proposal(question, "no")
    assert said.drops_goals
    assert not said.keeps_goals


@pytest.mark.parametrize("question", ["Is it late?", "What is your name?", "We are open until nine."])
def test_no_to_another_question_keeps_the_goal(question: str) -> None:
    """A no that answers a question about details leaves the errand as it is."""
    said = said_in(understood("no", no_goal=NoGoal.ANSWER), before=after(question))

    assert said.keeps_goals
    assert not said.drops_goals


@pytest.mark.parametrize("utterance", ["the blue one", "it was on Tuesday", "Maple Street, second floor"])
def test_words_that_answer_a_question_are_no_goal_of_their_own(utterance: str) -> None:
    """A detail sounds like an errand to a classifier, and the agent had asked for it."""
    understanding = understood(utterance, CANCEL, 0.7)

    assert said_in(understanding, before=after("Which one do you mean?")).keeps_goals
    assert answers_agent(understanding, "Which one do you mean?")


@pytest.mark.parametrize(
    ("utterance", "intent", "question", "reason"),
    [
        ("I want to cancel my booking", CANCEL, "What is your name?", "a request, and sure"),
        ("there is a fire", FIRE, "What is your name?", "an urgent goal is never only an answer"),
        ("the blue one", CANCEL, "We look into it.", "nobody had asked"),
        ("well " * 13, CANCEL, "What is your name?", "longer than an answer"),
    ],
)
def test_a_goal_of_its_own_is_no_answer(utterance: str, intent: str, question: str, reason: str) -> None:
    """The newest goal wins over the goals before it."""
    assert not said_in(understood(utterance, intent), before=after(question)).keeps_goals, reason


def test_an_offer_of_help_asks_for_any_goal() -> None:
    """The words after it are the errand, however unsure."""
    assert not answers_agent(understood("the blue one", CANCEL, 0.7), "How can I help you today?")


@pytest.mark.parametrize(
    ("utterance", "keeps", "adds", "drops"),
    [
        ("yes please", True, False, False),
        ("also where is my parcel", False, True, False),
        ("never mind, thanks", False, False, True),
        ("actually no, change the address", False, False, True),
        ("where is my parcel", False, False, False),
    ],
)
def test_the_words_of_a_turn_tell_its_part(utterance: str, *, keeps: bool, adds: bool, drops: bool) -> None:
    """Yes keeps the goals, also adds to them, a correction drops them."""
    said = said_in(understood(utterance, CANCEL), before=())

    assert (said.keeps_goals, said.adds_goals, said.drops_goals) == (keeps, adds, drops)


@pytest.mark.parametrize(
    ("before", "answers"),
    [
        ([(AGENT, "Which one?")], True),
        ([(AGENT, "Which one?"), (CUSTOMER, "wait")], True),
        ([(AGENT, "Which one?"), (CUSTOMER, "wait"), (CUSTOMER, "ah")], False),
        ([(AGENT, "Which one?"), (SYSTEM, "Joe left."), (CUSTOMER, "wait")], True),
        ([(CUSTOMER, "hello")], False),
        ([], False),
    ],
)
def test_an_agent_is_answered_in_one_message_or_two(before: list[tuple[Speaker, str]], *, answers: bool) -> None:
    """Messages of the system do not count."""
    assert said_in(understood("hm"), before=before).answers_agent is answers
