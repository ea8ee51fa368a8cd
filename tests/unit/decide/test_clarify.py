"""The one question: when it is asked, and how it reads."""

from __future__ import annotations

import pytest

from service.catalogue.schema import Catalogue
from service.decide.clarify import MAX_OPTIONS, clarification, confirm_action
from service.domain.ledger import QuestionKind
from service.domain.understanding import Abstention, Channel, Status, Verdict

BOOK, CANCEL, TRACK, HUMAN = "make_booking", "cancel_booking", "track_order", "speak_to_human"


def ambiguous(*options: str) -> Verdict:
    return Verdict(status=Status.AMBIGUOUS, reason=Abstention.AMBIGUOUS, goals=(), options=options, confidence=0.4)


NO_GOAL = Verdict(status=Status.NO_GOAL_YET, reason=Abstention.NO_GOAL_YET, goals=(), options=(), confidence=0.9)


@pytest.mark.parametrize(
    ("options", "question"),
    [
        ((BOOK, TRACK), "Which of these is it: make a booking or track an order?"),
        ((TRACK, BOOK), "Which of these is it: track an order or make a booking?"),
        ((BOOK, CANCEL, HUMAN), "Which of these is it: make a booking, cancel a booking or speak to a person?"),
    ],
)
def test_an_ambiguous_contact_is_asked_which(catalogue: Catalogue, options: tuple[str, ...], question: str) -> None:
    """The titles of the intents, likeliest first, are put in one sentence and as options to choose from."""
    asked = clarification(ambiguous(*options), catalogue, None)

    assert asked is not None
    assert asked.question == question
    assert [option.intent for option in asked.options] == list(options)
    assert [option.title for option in asked.options] == [catalogue.intents[intent].title for intent in options]


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.VOICE])
def test_options_have_numbers_where_a_number_is_the_easiest_answer(catalogue: Catalogue, channel: Channel) -> None:
    """In a text message and on the phone."""
    asked = clarification(ambiguous(BOOK, TRACK), catalogue, None, channel)

    assert asked is not None
    assert asked.question == "Which of these is it: 1, make a booking, or 2, track an order?"
    assert asked.kind is QuestionKind.CHOOSE


def test_one_likely_goal_is_confirmed(catalogue: Catalogue) -> None:
    """There is nothing to choose from."""
    asked = clarification(ambiguous(TRACK), catalogue, None)

    assert asked is not None
    assert (asked.kind, asked.question) == (QuestionKind.CONFIRM, "You want to track an order. Is that right?")
    assert [option.intent for option in asked.options] == [TRACK]


def test_a_call_that_cannot_be_undone_is_confirmed(starter: Catalogue) -> None:
    """In the spoken form of the title, which names one thing."""
    asked = confirm_action("cancel_subscription", starter)

    assert asked.kind is QuestionKind.CONFIRM_ACTION
    assert asked.question == "You want to cancel a subscription. Is that right?"
    (option,) = asked.options
    assert (option.title, option.spoken) == ("Cancel a subscription or membership", "Cancel a subscription")


def test_no_question_of_the_starter_names_two_things(starter: Catalogue) -> None:
    """Each could be answered by yes or no."""
    assert not [name for name in starter.intents if " or " in confirm_action(name, starter).question]


def test_there_are_never_more_options_than_can_be_kept_in_mind(catalogue: Catalogue) -> None:
    """Nor more in the sentence."""
    asked = clarification(ambiguous(BOOK, CANCEL, TRACK, HUMAN), catalogue, None)

    assert asked is not None
    assert len(asked.options) == MAX_OPTIONS
    assert "speak to a person" not in asked.question


@pytest.mark.parametrize(
    ("entry_point", "options", "reason"),
    [
        ("reservations-line", [BOOK, CANCEL], "what this line is for"),
        ("never-heard-of", [], "an entry point that the catalogue does not know"),
        (None, [], "no entry point told"),
    ],
)
def test_a_contact_without_a_goal_is_asked_for_it(
    catalogue: Catalogue, entry_point: str | None, options: list[str], reason: str
) -> None:
    """An open question, with what the entry point was made for as options."""
    asked = clarification(NO_GOAL, catalogue, entry_point)

    assert asked is not None
    assert asked.question == "What would you like to get done?"
    assert [option.intent for option in asked.options] == options, reason


def test_options_of_a_door_made_for_much_are_few(starter: Catalogue) -> None:
    """The first that the designer has named."""
    asked = clarification(NO_GOAL, starter, "website")

    assert asked is not None
    assert [option.intent for option in asked.options] == list(starter.entry_points["website"].made_for[:MAX_OPTIONS])


@pytest.mark.parametrize(
    ("status", "reason"), [(Status.UNDERSTOOD, None), (Status.OUT_OF_SCOPE, Abstention.OUT_OF_SCOPE)]
)
@pytest.mark.parametrize("entry_point", [None, "reservations-line"])
def test_nothing_is_asked_where_an_answer_would_not_help(
    catalogue: Catalogue, status: Status, reason: Abstention | None, entry_point: str | None
) -> None:
    """A goal that is known needs no question, and one that the catalogue is not for has no option."""
    verdict = Verdict(status=status, reason=reason, goals=(), options=(), confidence=0.9)

    assert clarification(verdict, catalogue, entry_point) is None
