"""Promises for tests that do not care about most of their fields."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from service.domain.promise import HeldPromise, Promise, PromiseKind, PromiseState, SealedDetail
from service.promise.sealing import Sealer
from tests.support.decisions import NOON

_numbers = itertools.count(1)
NUMBER = "+44 20 7946 0018"
"""A detail of the customer's that must be nowhere in plain, and nowhere at all once the promise has ended."""
SEALER = Sealer(b"s" * 32)
DUE_AT = NOON + timedelta(hours=4)
UNTIL = DUE_AT + timedelta(days=2)


def a_detail(promise_id: str, detail: str = NUMBER, **overrides: Any) -> SealedDetail:
    return SEALER.seal(detail, promise_id=promise_id, **({"until": UNTIL} | overrides))


def a_promise(*, detail: str | None = NUMBER, **overrides: Any) -> Promise:
    """Made at noon of a decision of its own, due at four, with a sealed number."""
    number = next(_numbers)
    fields: dict[str, Any] = {
        "promise_id": f"promise-{number:04}",
        "kind": PromiseKind.CALLBACK,
        "decision_id": f"decision-of-promise-{number}",
        "contact_key": f"contact-of-promise-{number}",
        "goal": "track_order",
        "desk": "order-desk",
        "path": "track_order",
        "rung": 2,
        "due_at": DUE_AT,
        "made_at": NOON,
        "expires_at": NOON + timedelta(days=30),
    } | overrides
    if detail is not None:
        fields.setdefault("detail", a_detail(fields["promise_id"], detail))
    return Promise(**fields)


def a_held_promise(**overrides: Any) -> HeldPromise:
    """The same as it is shown: due, with a number."""
    fields: dict[str, Any] = {
        "promise_id": "promise-1",
        "kind": PromiseKind.CALLBACK,
        "decision_id": "decision-1",
        "goal": "track_order",
        "desk": "order-desk",
        "path": "track_order",
        "rung": 2,
        "state": PromiseState.DUE,
        "due_at": DUE_AT,
        "made_at": NOON,
        "has_detail": True,
    }
    return HeldPromise(**fields | overrides)
