"""What is held about a contact is read with the catalogue as it is now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.catalogue.schema import Catalogue
from service.domain.delivery import StepState
from service.domain.ledger import UNKNOWN_REVISION, Agenda, GoalState, HeldGoal, HeldQuestion, Ledger, QuestionKind
from service.errors import InvalidRequestError
from service.pipeline.held_contact import GoalProgress, read_ledger, read_progress, require_intent, tried_at, tried_by
from tests.support.decisions import NOON
from tests.support.deliveries import a_dispatch, the_step_of
from tests.support.recording import MemoryRecorder

HELD = HeldGoal(
    intent="track_order",
    state=GoalState.BEING_SERVED,
    turn=1,
    opened_at=NOON,
    changed_at=NOON,
    decision_id="d-1",
    path="track_order",
    rung=0,
)


async def test_goals_that_the_catalogue_has_dropped_are_left_out(served: Catalogue) -> None:
    """The rest of the ledger stays, so that its change can still be written."""
    agenda = Agenda(goals=(replace(HELD, intent="gone"), HELD))
    held = Ledger(contact_key="k", revision=3, turns=2, asked=True, agenda=agenda)

    ledger = await read_ledger(MemoryRecorder(ledgers={"k": held}), "k", served, NOON)

    assert ledger == replace(held, agenda=Agenda(goals=(HELD,)))


async def test_a_new_contact_has_an_empty_ledger(served: Catalogue) -> None:
    """Nothing was held, which is known."""
    ledger = await read_ledger(MemoryRecorder(), "k", served, NOON)

    assert (ledger, ledger.is_known) == (Ledger(contact_key="k"), True)


async def test_what_cannot_be_read_stays_unknown(served: Catalogue) -> None:
    """While the database is away, a contact is not taken for a new one."""
    ledger = await read_ledger(MemoryRecorder(is_away=True), "k", served, NOON)

    assert (ledger.revision, ledger.is_known) == (UNKNOWN_REVISION, False)


@pytest.mark.parametrize(
    ("held", "tried", "reason"),
    [
        (None, (), "no goal is held"),
        (replace(HELD, decision_id=None), (), "the goal waits, and nobody served it yet"),
        (HELD, ("order-lookup: being_served",), "somebody is at it"),
        (replace(HELD, state=GoalState.OPEN), ("order-lookup: not_done",), "it was reported as not done"),
        (replace(HELD, path="gone"), (), "the catalogue has dropped the path"),
        (replace(HELD, rung=9), (), "the catalogue has dropped the rung"),
    ],
)
async def test_without_steps_the_rung_of_the_goal_was_tried(
    served: Catalogue, held: HeldGoal | None, tried: tuple[str, ...], reason: str
) -> None:
    """Its state tells what became of the contact there."""
    assert (await read_progress(MemoryRecorder(), held, served)).tried == tried, reason


async def test_steps_tell_more_than_the_goal(served: Catalogue) -> None:
    """Each call that was made is named, in order. The lowest rung counts, and a call on its way."""
    dispatch = a_dispatch()
    steps = [the_step_of(dispatch, state=StepState.FAILED), the_step_of(dispatch, name="depot", rung=1)]

    progress = await read_progress(MemoryRecorder(steps={"d-1": steps}), HELD, served)

    assert progress == GoalProgress(tried=tried_by(steps), reached=1, is_called=True)
    assert progress.tried == ("order-lookup: failed", "depot: waiting")


async def test_a_goal_of_its_own_reached_its_rung(served: Catalogue) -> None:
    """Without steps the ledger tells how far the contact came."""
    progress = await read_progress(MemoryRecorder(), replace(HELD, rung=2), served)

    assert (progress.reached, progress.is_called) == (2, False)


async def test_options_that_the_catalogue_has_dropped_are_left_out(served: Catalogue) -> None:
    """The rest of the question can still be answered."""
    question = HeldQuestion(kind=QuestionKind.CHOOSE, options=("gone", "track_order"))
    held = Ledger(contact_key="k", revision=3, turns=2, asked=True, question=question)

    ledger = await read_ledger(MemoryRecorder(ledgers={"k": held}), "k", served, NOON)

    assert ledger.question == replace(question, options=("track_order",))


@pytest.mark.parametrize(
    ("path", "rung", "tried", "reason"),
    [
        ("track_order", 2, ("order-email: rerouted",), "the last rung"),
        ("track_order", 3, (), "one below the last"),
        ("track_order", None, (), "no rung"),
        (None, 0, (), "no path"),
    ],
)
def test_a_rung_is_told_by_its_name(
    served: Catalogue, path: str | None, rung: int | None, tried: tuple[str, ...], reason: str
) -> None:
    """The state beside it is the caller's."""
    assert tried_at(served, path, rung, "rerouted") == tried, reason


def test_an_intent_of_the_catalogue_passes(served: Catalogue) -> None:
    """It is handed back as it came."""
    assert require_intent("track_order", served.intents, field="choice") == "track_order"


def test_an_intent_that_the_catalogue_lacks_is_refused(served: Catalogue) -> None:
    """The refusal names the field, and not the value, which a customer may have typed."""
    with pytest.raises(InvalidRequestError) as refused:
        require_intent("zebracanary", served.intents, field="actual_intent")

    assert refused.value.field == "actual_intent"
    assert "zebracanary" not in f"{refused.value.detail} {refused.value.mend}"
