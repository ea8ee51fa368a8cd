"""Which texts may be kept: those of which everything that they may be about permits it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from service.catalogue.schema import Catalogue, Policy, StoreText
from service.decide.text_retention import may_keep
from service.domain.ledger import Agenda, GoalState, HeldGoal
from service.domain.understanding import NO_GOAL_YET, Abstention, Candidate, Goal, Status, Verdict
from tests.support.decisions import NOON

TRACK, CANCEL, BOOK = "track_order", "cancel_booking", "make_booking"


def that_says(catalogue: Catalogue, policy: StoreText, words: Mapping[str, StoreText]) -> Catalogue:
    """The catalogue with a word of the policy's, and words of single intents."""
    intents = {
        name: intent.model_copy(update={"store_text": words.get(name)}) for name, intent in catalogue.intents.items()
    }
    return catalogue.model_copy(update={"policy": Policy(store_text=policy), "intents": intents})


def verdict_of(named: tuple[str, ...], options: tuple[str, ...] = ()) -> Verdict:
    goals = tuple([Goal(intent=intent, title=intent, confidence=0.9, urgent=False) for intent in named])
    status = Status.UNDERSTOOD if named else Status.AMBIGUOUS
    reason = None if named else Abstention.AMBIGUOUS
    return Verdict(status=status, reason=reason, goals=goals, options=options, confidence=0.9)


def wanting(intent: str, state: GoalState = GoalState.BEING_SERVED) -> Agenda:
    return Agenda(goals=(HeldGoal(intent=intent, state=state, turn=1, opened_at=NOON, changed_at=NOON),))


@pytest.mark.parametrize(
    ("policy", "words", "named", "is_kept"),
    [
        ("never", {}, (TRACK,), False),
        ("never", {TRACK: "redacted"}, (TRACK,), True),
        ("never", {TRACK: "redacted"}, (CANCEL,), False),
        ("never", {TRACK: "redacted"}, (TRACK, CANCEL), False),
        ("never", {TRACK: "redacted", CANCEL: "redacted"}, (TRACK, CANCEL), True),
        ("redacted", {}, (TRACK, CANCEL), True),
        ("redacted", {TRACK: "never"}, (CANCEL,), True),
        ("redacted", {TRACK: "never"}, (TRACK, CANCEL), False),
        ("redacted", {TRACK: "never"}, (CANCEL, TRACK), False),
        ("never", {TRACK: "redacted"}, (), False),
        ("redacted", {TRACK: "never"}, (), True),
        ("redacted", {}, (), True),
    ],
)
def test_every_goal_that_is_named_has_to_permit_it(
    *, catalogue: Catalogue, policy: StoreText, words: Mapping[str, StoreText], named: tuple[str, ...], is_kept: bool
) -> None:
    """By its own word, else by the policy's; where none is named the policy's counts."""
    assert may_keep(verdict_of(named), (), (), that_says(catalogue, policy, words)) is is_kept


@pytest.mark.parametrize(
    ("named", "options", "likeliest", "agenda", "why_not"),
    [
        ((), (BOOK, TRACK), BOOK, Agenda(), "it may be what the customer is asked about"),
        ((), (), TRACK, Agenda(), "it is likeliest, as in 'never mind', though too unlikely to be asked about"),
        ((), (), NO_GOAL_YET, wanting(TRACK), "a contact that wants it goes on"),
        ((BOOK,), (), BOOK, wanting(TRACK), "who corrects a goal speaks of it"),
        ((BOOK,), (), BOOK, wanting(TRACK, GoalState.DONE), None),
        ((), (BOOK, CANCEL), BOOK, wanting(CANCEL), None),
    ],
)
def test_what_a_text_may_be_about_has_to_permit_it_as_well(
    *,
    catalogue: Catalogue,
    named: tuple[str, ...],
    options: tuple[str, ...],
    likeliest: str,
    agenda: Agenda,
    why_not: str | None,
) -> None:
    """One intent of which nothing is kept, among others of which everything is."""
    never_one = that_says(catalogue, "redacted", {TRACK: "never"})
    candidates = (Candidate(intent=likeliest, confidence=0.4), Candidate(intent=CANCEL, confidence=0.3))

    assert may_keep(verdict_of(named, options), candidates, (agenda,), never_one) is (why_not is None), why_not
