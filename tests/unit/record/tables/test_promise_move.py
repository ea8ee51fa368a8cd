"""Moves of a promise: who may make which, from which state."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.domain.promise import HeldPromise, PromiseAct, PromiseMove, PromiseState
from service.errors import PromiseEndedError, PromiseHeldError
from service.record.tables.promise_move import moved
from tests.support.decisions import NOON
from tests.support.promises import DUE_AT, a_held_promise

LATER = NOON + timedelta(minutes=10)
DUE = a_held_promise()
MINE = a_held_promise(state=PromiseState.CLAIMED, by="desk-1", claimed_at=NOON)
KEPT = a_held_promise(state=PromiseState.KEPT, by="desk-1", claimed_at=NOON, ended_at=NOON, has_detail=False)
FAILED = a_held_promise(state=PromiseState.FAILED, by="desk-1", ended_at=NOON, has_detail=False)
WITHDRAWN = a_held_promise(state=PromiseState.WITHDRAWN, ended_at=NOON, has_detail=False)


def by(desk: str, act: PromiseAct) -> PromiseMove:
    return PromiseMove(promise_id="promise-1", act=act, by=desk, at=LATER)


@pytest.mark.parametrize(
    ("before", "act", "state", "has_detail"),
    [
        (DUE, PromiseAct.CLAIM, PromiseState.CLAIMED, True),
        (DUE, PromiseAct.KEEP, PromiseState.KEPT, False),  # a desk that knew the number
        (DUE, PromiseAct.FAIL, PromiseState.FAILED, False),
        (DUE, PromiseAct.RELEASE, PromiseState.DUE, True),
        (MINE, PromiseAct.CLAIM, PromiseState.CLAIMED, True),
        (MINE, PromiseAct.KEEP, PromiseState.KEPT, False),
        (MINE, PromiseAct.FAIL, PromiseState.FAILED, False),
        (MINE, PromiseAct.RELEASE, PromiseState.DUE, True),
        (KEPT, PromiseAct.KEEP, PromiseState.KEPT, False),
        (FAILED, PromiseAct.FAIL, PromiseState.FAILED, False),
    ],
)
def test_a_desk_moves_a_promise_on(before: HeldPromise, act: PromiseAct, state: PromiseState, has_detail: bool) -> None:
    """One that is free or its own. The same once more changes nothing."""
    after = moved(before, by("desk-1", act))

    assert isinstance(after, HeldPromise)
    assert (after.state, after.has_detail) == (state, has_detail)
    assert moved(after, by("desk-1", act)) == after
    assert (after.ended_at is not None) == (not state.is_open)


@pytest.mark.parametrize("act", PromiseAct)
def test_one_desk_at_a_time(act: PromiseAct) -> None:
    """Another one has to wait for its release."""
    refused = moved(MINE, by("desk-2", act))
    free = moved(MINE, by("desk-1", PromiseAct.RELEASE))

    assert isinstance(refused, PromiseHeldError)
    assert isinstance(free, HeldPromise)
    assert isinstance(moved(free, by("desk-2", act)), HeldPromise)


@pytest.mark.parametrize(
    ("ended", "desk", "act"),
    [
        *[(WITHDRAWN, "desk-1", act) for act in PromiseAct],
        *[(KEPT, "desk-1", act) for act in PromiseAct if act is not PromiseAct.KEEP],
        *[(KEPT, "desk-2", act) for act in PromiseAct],
        *[(FAILED, "desk-1", act) for act in PromiseAct if act is not PromiseAct.FAIL],
    ],
)
def test_an_end_is_an_end(ended: HeldPromise, desk: str, act: PromiseAct) -> None:
    """For its own desk too, unless it says the same again."""
    assert isinstance(moved(ended, by(desk, act)), PromiseEndedError)


def test_lateness_is_derived() -> None:
    """From a moment after the due time on, as long as the promise is open."""
    after = DUE_AT + timedelta(microseconds=1)

    assert DUE.state_at(DUE_AT) is PromiseState.DUE
    assert DUE.state_at(after) is MINE.state_at(after) is PromiseState.LATE
    assert KEPT.state_at(after) is PromiseState.KEPT
    assert PromiseState.LATE.is_open
