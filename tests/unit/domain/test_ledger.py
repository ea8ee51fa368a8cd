"""The agenda and the ledger of a contact, as values."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.domain.ledger import UNKNOWN_REVISION, Agenda, GoalState, HeldGoal, Ledger
from tests.support.decisions import NOON

TRACK = HeldGoal(intent="track_order", state=GoalState.BEING_SERVED, turn=1, opened_at=NOON, changed_at=NOON)
BOOK = replace(TRACK, intent="make_booking", state=GoalState.OPEN)
CANCEL = replace(TRACK, intent="cancel_booking", state=GoalState.DONE)
AGENDA = Agenda(goals=(TRACK, BOOK, CANCEL))


@pytest.mark.parametrize(
    ("state", "is_active"),
    [
        (GoalState.OPEN, True),
        (GoalState.BEING_SERVED, True),
        (GoalState.DONE, False),
        (GoalState.DROPPED, False),
    ],
)
def test_a_goal_is_active_until_it_is_done_or_dropped(state: GoalState, *, is_active: bool) -> None:
    """Active goals are still wanted."""
    agenda = Agenda(goals=(replace(TRACK, state=state),))

    assert state.is_active == bool(agenda.active) == (not agenda.is_done) == is_active


def test_active_goals_keep_their_order() -> None:
    """The order is that in which they were first named."""
    assert AGENDA.active == (TRACK, BOOK)
    assert not AGENDA.is_done
    assert Agenda().is_done


@pytest.mark.parametrize(("intent", "found"), [("make_booking", BOOK), ("cancel_booking", CANCEL), ("gone", None)])
def test_a_goal_is_found_by_its_intent(intent: str, found: HeldGoal | None) -> None:
    """Goals that are done or dropped are found as well."""
    assert AGENDA.find(intent) == found


def test_goals_outside_the_catalogue_are_left_out() -> None:
    """The others stay as they are, in order."""
    assert AGENDA.within(["cancel_booking", "track_order", "other"]).goals == (TRACK, CANCEL)
    assert AGENDA.within([]) == Agenda()


def test_a_goal_takes_the_place_of_the_one_before() -> None:
    """Each intent appears once, at the place where it was first named."""
    served = replace(BOOK, state=GoalState.BEING_SERVED)
    new = replace(BOOK, intent="speak_to_human")

    assert AGENDA.with_goal(served).goals == (TRACK, served, CANCEL)
    assert AGENDA.with_goal(new).goals == (TRACK, BOOK, CANCEL, new)


def test_changes_are_goals_that_are_new_or_differ() -> None:
    """Only those are written."""
    done = replace(TRACK, state=GoalState.DONE)
    new = replace(BOOK, intent="speak_to_human")

    assert AGENDA.with_goal(done).with_goal(new).changed_since(AGENDA) == (done, new)
    assert AGENDA.changed_since(AGENDA) == ()
    assert AGENDA.changed_since(Agenda()) == AGENDA.goals


@pytest.mark.parametrize(
    ("revision", "is_known", "reason"),
    [
        (0, True, "it is known that nothing is stored"),
        (3, True, "it was read"),
        (UNKNOWN_REVISION, False, "it could not be read"),
    ],
)
def test_a_ledger_is_known_unless_it_could_not_be_read(revision: int, *, is_known: bool, reason: str) -> None:
    """An unknown contact may have had any number of turns."""
    assert Ledger(contact_key="k", revision=revision).is_known == is_known, reason
