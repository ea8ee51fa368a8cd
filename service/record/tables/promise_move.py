"""Moves of a promise by desks: claim, release, keep and fail."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from service.domain.promise import HeldPromise, PromiseAct, PromiseMove, PromiseState
from service.errors import PromiseEndedError, PromiseHeldError, RefusalError


def moved(promise: HeldPromise, move: PromiseMove) -> HeldPromise | RefusalError:
    """Return the promise after a move, or the refusal of the move. A repeated move returns the promise as it is."""
    is_holder = promise.by == move.by
    if not promise.state.is_open:
        return promise if is_holder and promise.state is _ENDS.get(move.act) else ended(promise.state)
    if promise.state is PromiseState.CLAIMED and not is_holder:
        return PromiseHeldError(
            "Another desk holds this promise.",
            field="by",
            mend="Let that desk release the promise, or send the label under which it was claimed.",
        )
    match move.act:
        case PromiseAct.CLAIM if promise.state is PromiseState.DUE:
            return replace(promise, state=PromiseState.CLAIMED, by=move.by, claimed_at=move.at)
        case PromiseAct.CLAIM:
            return promise
        case PromiseAct.RELEASE:
            return replace(promise, state=PromiseState.DUE, by=None, claimed_at=None)
        case PromiseAct.KEEP | PromiseAct.FAIL:
            return replace(promise, state=_ENDS[move.act], by=move.by, ended_at=move.at, has_detail=False)


def ended(state: PromiseState) -> PromiseEndedError:
    return PromiseEndedError(f"This promise is {state}.", mend="List the open promises: GET /promises?state=due,late")


_ENDS: Final = {PromiseAct.KEEP: PromiseState.KEPT, PromiseAct.FAIL: PromiseState.FAILED}
