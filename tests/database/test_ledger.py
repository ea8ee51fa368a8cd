"""A fulfilment system that is done changes the contact, so that a turn in progress is decided again."""

from __future__ import annotations

import pytest

from service.domain.ledger import GoalState, Ledger
from service.errors import TurnConflictError
from service.record.recorder import Recorder
from tests.database.test_agenda import KEY, a_change
from tests.support.decisions import NOON, a_decision, record_decision
from tests.support.deliveries import a_dispatch, failed, served, the_step_of


async def with_a_call(recorder: Recorder) -> Ledger:
    """The ledger of a contact whose goal is being served by a call."""
    decision = a_decision(contact_key=KEY)
    dispatch = a_dispatch(decision_id=decision.decision_id, contact_key=KEY)
    await record_decision(
        recorder,
        decision,
        answer=b"{}",
        dispatches=[dispatch],
        steps=[the_step_of(dispatch)],
        change=a_change(Ledger(contact_key=KEY), decision, "track_order"),
    )
    return await recorder.ledger(KEY, NOON)


async def settle(recorder: Recorder, *, is_done: bool) -> None:
    (lease,) = await recorder.lease_deliveries(limit=1, lease_seconds=600)
    assert await recorder.settle_delivery(served(lease) if is_done else failed(lease))


async def test_a_goal_that_a_call_has_done_changes_the_contact(recorder: Recorder) -> None:
    """The revision goes up, though the customer said nothing."""
    before = await with_a_call(recorder)

    await settle(recorder, is_done=True)

    after = await recorder.ledger(KEY, NOON)
    assert [goal.state for goal in after.agenda.goals] == [GoalState.DONE]
    assert (after.revision, after.turns) == (before.revision + 1, before.turns)


async def test_a_turn_that_was_decided_before_done_is_decided_again(recorder: Recorder) -> None:
    """Otherwise it would lead the customer on for what they have by now."""
    before = await with_a_call(recorder)
    turn = a_decision(contact_key=KEY)
    await settle(recorder, is_done=True)

    with pytest.raises(TurnConflictError):
        await record_decision(recorder, turn, answer=b"{}", change=a_change(before, turn, "track_order"))

    held = await recorder.ledger(KEY, NOON)
    assert [goal.state for goal in held.agenda.goals] == [GoalState.DONE]


async def test_a_call_that_failed_leaves_the_contact(recorder: Recorder) -> None:
    """The goal is still being served, further down its ladder."""
    before = await with_a_call(recorder)

    await settle(recorder, is_done=False)

    assert await recorder.ledger(KEY, NOON) == before
