"""Why a contact went where it went, in one sentence."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from service.catalogue.schema import Catalogue
from service.decide.explain import why, why_over, why_under_way
from service.decide.ladder import Obstacle, PassedOver, Placement
from service.domain.understanding import Abstention, Goal, NoGoal, Status, Verdict

ABSTENTIONS = [
    (Status.AMBIGUOUS, Abstention.LOW_CONFIDENCE, "No goal was clear enough"),
    (Status.AMBIGUOUS, Abstention.AMBIGUOUS, "Several goals fit about as well"),
    (Status.OUT_OF_SCOPE, Abstention.OUT_OF_SCOPE, "This is nothing the catalogue is for"),
    (Status.NO_GOAL_YET, Abstention.NO_GOAL_YET, "No goal was named yet"),
]


def placement(catalogue: Catalogue, path: str, position: int = 0) -> Placement:
    rungs = catalogue.paths[path].rungs
    obstacles = (Obstacle.WRONG_CHANNEL, *[Obstacle.CLOSED_NOW] * len(rungs))
    passed_over = tuple(
        PassedOver(rung=rung, obstacle=obstacle) for rung, obstacle in zip(rungs[:position], obstacles, strict=False)
    )
    return Placement(rung=rungs[position], position=position, then=rungs[position + 1 :], passed_over=passed_over)


def understood(catalogue: Catalogue, intent: str) -> Verdict:
    goal = Goal(intent=intent, title=catalogue.intents[intent].title, confidence=0.934, urgent=False)
    return Verdict(status=Status.UNDERSTOOD, reason=None, goals=(goal,), options=(), confidence=0.934)


def abstained(status: Status, reason: Abstention) -> Verdict:
    return Verdict(status=status, reason=reason, goals=(), options=(), confidence=0.314)


def is_one_sentence(text: str) -> bool:
    return text[0].isupper() and text.endswith(".") and not re.search(r"[.?!]\s", text) and "\n" not in text


@pytest.mark.parametrize(
    ("position", "sentence"),
    [
        (0, "The goal is to make a booking (confidence 0.93), served by booking-page (self service)."),
        (
            2,
            "The goal is to make a booking (confidence 0.93), served by reservations-callback (callback), "
            "after booking-page (not on this channel), reservations-desk (closed now).",
        ),
    ],
)
def test_an_accepted_goal_is_told_with_the_rung_that_serves_it(
    catalogue: Catalogue, position: int, sentence: str
) -> None:
    """And with what was passed over."""
    told = why(understood(catalogue, "make_booking"), placement(catalogue, "make_booking", position), asked=False)

    assert told == sentence


@pytest.mark.parametrize(("status", "reason", "beginning"), ABSTENTIONS)
@pytest.mark.parametrize("asked", [True, False])
def test_an_abstention_is_told_with_its_reason_and_who_takes_the_contact(
    catalogue: Catalogue, status: Status, reason: Abstention, beginning: str, *, asked: bool
) -> None:
    """Whether a question is asked first is said, and the likeliest label's confidence, but not that label."""
    told = why(abstained(status, reason), placement(catalogue, "speak_to_human"), asked=asked)

    assert told.startswith(f"{beginning} (best confidence 0.31); ")
    assert "front-desk (queue)" in told
    assert ("one question is asked" in told) is asked
    assert ("a person takes it" in told) is not asked
    assert is_one_sentence(told)


def test_one_likely_goal_is_told_apart_from_several(catalogue: Catalogue) -> None:
    """The customer is asked to confirm it."""
    likely = replace(abstained(Status.AMBIGUOUS, Abstention.LOW_CONFIDENCE), options=("make_booking",))

    told = why(likely, placement(catalogue, "speak_to_human"), asked=True)

    assert told.startswith("One goal is likely but not sure (best confidence 0.31); ")


def test_a_call_that_waits_for_a_yes_is_told(catalogue: Catalogue) -> None:
    """The goal is clear, so the sentence names it."""
    first = why(understood(catalogue, "make_booking"), placement(catalogue, "make_booking"), asked=True)
    later = why_under_way("Make a booking", placement(catalogue, "make_booking"), asked=True)

    assert first.endswith(", once the customer has said yes, because the call cannot be undone.")
    assert later.endswith(", once the customer has said yes, because the call cannot be undone.")


@pytest.mark.parametrize(("no_goal", "word"), [(NoGoal.CLOSING, "nothing more"), (NoGoal.AUTOMATIC, "automatic mail")])
def test_a_turn_that_asks_for_nothing_is_told(no_goal: NoGoal, word: str) -> None:
    """No place takes the contact."""
    told = why_over(replace(abstained(Status.NO_GOAL_YET, Abstention.NO_GOAL_YET), no_goal=no_goal))

    assert word in told
    assert is_one_sentence(told)


def test_every_goal_of_the_starter_is_told_in_one_sentence(starter: Catalogue) -> None:
    """Whatever the designer has called intents and rungs."""
    for name, intent in starter.intents.items():
        for position in range(len(starter.paths[intent.path].rungs)):
            told = why(understood(starter, name), placement(starter, intent.path, position), asked=False)
            assert is_one_sentence(told), told


def test_every_abstention_has_words() -> None:
    """The table of this test names each of them."""
    assert {reason for _, reason, _ in ABSTENTIONS} == set(Abstention)
