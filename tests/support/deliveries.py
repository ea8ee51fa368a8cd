"""Dispatches, steps and settlements for tests that do not care about most of their fields."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from service.domain.delivery import DeliveryOutcome, Dispatch, Lease, Payload, Settled, Step, StepState, TriedAgain
from service.domain.understanding import Channel
from tests.support.decisions import NOON

_numbers = itertools.count(1)
ORDER_NUMBER = "parcel-number-4471"
"""A detail of the customer's that must be nowhere once the delivery has ended."""


def a_dispatch(**overrides: Any) -> Dispatch:
    """Of a decision of its own, to the first rung of its path."""
    number = next(_numbers)
    fields: dict[str, Any] = {
        "delivery_id": f"delivery-{number}",
        "decision_id": f"decision-of-delivery-{number}",
        "number": 0,
        "contact_key": f"contact-key-{number}",
        "goal": "track_order",
        "path": "track_order",
        "rung": 0,
        "name": "order-lookup",
        "channel": Channel.CHAT,
        "payload": Payload(details={"order number": ORDER_NUMBER}),
        "began_at": NOON,
        "created_at": NOON,
    }
    return Dispatch(**fields | overrides)


def the_step_of(dispatch: Dispatch, **overrides: Any) -> Step:
    """Waiting, as it is written with the dispatch."""
    fields: dict[str, Any] = {
        "decision_id": dispatch.decision_id,
        "number": dispatch.number,
        "rung": dispatch.rung,
        "kind": "http",
        "name": dispatch.name,
        "state": StepState.WAITING,
        "at": dispatch.created_at,
    }
    return Step(**fields | overrides)


def served(lease: Lease) -> Settled:
    step = the_step_of(lease.dispatch, state=StepState.SERVED, say="It comes tomorrow.", learned={"depot": "north"})
    return Settled(lease=lease, outcome=DeliveryOutcome.SERVED, calls=lease.calls + 1, step=step)


def failed(lease: Lease, *, next_dispatch: Dispatch | None = None) -> Settled:
    """Led on to a callback, or to another http rung."""
    outcome = DeliveryOutcome.TIMEOUT
    step = the_step_of(lease.dispatch, state=StepState.FAILED, cause=outcome)
    number = lease.dispatch.number + 1
    handed_over = replace(
        step, number=number, rung=1, kind="callback", name="call-back", state=StepState.HANDED_OVER, cause=None
    )
    return Settled(
        lease=lease,
        outcome=outcome,
        calls=lease.calls + 1,
        step=step,
        next_step=handed_over if next_dispatch is None else the_step_of(next_dispatch),
        next_dispatch=next_dispatch,
    )


def tried_again(lease: Lease, *, wait_seconds: float = 0.0) -> TriedAgain:
    return TriedAgain(
        lease=lease, outcome=DeliveryOutcome.RETRY_LATER, calls=lease.calls + 1, wait_seconds=wait_seconds
    )
