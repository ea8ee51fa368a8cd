"""Calls as the ladder is told of them."""

from __future__ import annotations

import pytest

from service.domain.delivery import DeliveryOutcome
from service.fulfil.call_body import Answer
from service.fulfil.call_outcome import Answered, CallOutcome, Failed, Refused, RetryLater, Unavailable
from service.fulfil.reply import reply_to

PASSING = {DeliveryOutcome.TIMEOUT, DeliveryOutcome.CONNECT, DeliveryOutcome.CUT, DeliveryOutcome.STATUS}
LASTING = {
    DeliveryOutcome.TLS,
    DeliveryOutcome.REDIRECT,
    DeliveryOutcome.INVALID_ANSWER,
    DeliveryOutcome.TOO_LARGE,
    DeliveryOutcome.ADDRESS_REFUSED,
}


def answered(**fields: object) -> Answered:
    return Answered(answer=Answer.model_validate(fields))


def test_an_answer_is_told_in_full() -> None:
    """With what is said, handed on and needed."""
    needs = [{"field": "order number", "why": "to find the order", "hint": "ignored"}]

    reply = reply_to(
        answered(result="needs_customer", say="Which order?", data={"orders": 2}, needs=needs), calls_before=1, draw=0.5
    )

    assert reply.outcome is DeliveryOutcome.NEEDS_CUSTOMER
    assert (reply.say, reply.data) == ("Which order?", {"orders": 2})
    assert reply.needs == ({"field": "order number", "why": "to find the order"},)
    assert (reply.calls, reply.wait_seconds) == (2, None)


@pytest.mark.parametrize(
    ("outcome", "told", "calls", "is_tried_again"),
    [
        (answered(result="served"), DeliveryOutcome.SERVED, 3, False),
        (answered(result="cannot_serve"), DeliveryOutcome.CANNOT_SERVE, 3, False),
        (RetryLater(after_seconds=None), DeliveryOutcome.RETRY_LATER, 3, True),
        (Refused(status=422), DeliveryOutcome.REFUSED, 3, False),
        (Unavailable(reason=DeliveryOutcome.BREAKER_OPEN), DeliveryOutcome.BREAKER_OPEN, 2, False),
        (Unavailable(reason=DeliveryOutcome.BUSY), DeliveryOutcome.BUSY, 2, True),
        (Unavailable(reason=DeliveryOutcome.BUDGET), DeliveryOutcome.BUDGET, 2, True),
        *((Failed(kind=kind), kind, 3, True) for kind in sorted(PASSING)),
        *((Failed(kind=kind), kind, 3, False) for kind in sorted(LASTING)),
    ],
    ids=str,
)
def test_what_may_pass_is_worth_another_attempt(
    *, outcome: CallOutcome, told: DeliveryOutcome, calls: int, is_tried_again: bool
) -> None:
    """What was not sent is not a call."""
    reply = reply_to(outcome, calls_before=2, draw=0.5)

    assert (reply.outcome, reply.calls) == (told, calls)
    assert (reply.wait_seconds is not None) is is_tried_again


@pytest.mark.parametrize(
    "outcome",
    [RetryLater(after_seconds=7.0), Failed(kind=DeliveryOutcome.STATUS, status=503, retry_after_seconds=7.0)],
    ids=str,
)
def test_a_destination_may_say_when(outcome: CallOutcome) -> None:
    """Nobody comes back earlier than told; later calls wait longer."""
    waits = [reply_to(outcome, calls_before=before, draw=1.0).wait_seconds for before in range(4)]

    assert waits == [8.0, 9.0, 11.0, 15.0]


def test_what_no_database_can_hold_is_left_out() -> None:
    """JSON can name the character NUL, PostgreSQL cannot keep it."""
    assert reply_to(answered(result="served", say="Here\0 it is."), calls_before=0, draw=0).say == "Here it is."
