"""What a call came to, as the reply that the ladder is told: without HTTP, and with the wait before another attempt."""

from __future__ import annotations

from typing import Final, assert_never

from service.domain.delivery import DeliveryOutcome, Reply
from service.fulfil.call_outcome import (
    Answered,
    CallOutcome,
    Failed,
    Refused,
    RetryLater,
    Unavailable,
    UnavailableReason,
)
from service.fulfil.retry import Backoff

BACKOFF: Final = Backoff()


def reply_to(outcome: CallOutcome, *, calls_before: int, draw: float) -> Reply:
    """`draw` is a random number from 0 to 1, so that those who failed together do not come back together."""

    def wait(told_seconds: float | None = None) -> float:
        return BACKOFF.wait(calls_before + 1, draw, retry_after_seconds=told_seconds)

    calls = calls_before + 1
    match outcome:
        case Answered(answer=answer):
            return Reply(
                outcome=DeliveryOutcome(answer.result.value),
                say=None if answer.say is None else _storable(answer.say),
                data=answer.data,
                needs=tuple({"field": need.field, "why": need.why} for need in answer.needs),
                calls=calls,
            )
        case RetryLater(after_seconds=told):
            return Reply(outcome=DeliveryOutcome.RETRY_LATER, calls=calls, wait_seconds=wait(told))
        case Refused():
            return Reply(outcome=DeliveryOutcome.REFUSED, calls=calls)
        case Failed(kind=kind, retry_after_seconds=told):
            failure = DeliveryOutcome(kind.value)
            return Reply(outcome=failure, calls=calls, wait_seconds=wait(told) if kind.may_pass else None)
        case Unavailable(reason=reason):
            is_down = reason is UnavailableReason.BREAKER_OPEN
            wait_seconds = None if is_down else wait()
            return Reply(outcome=DeliveryOutcome(reason.value), calls=calls_before, wait_seconds=wait_seconds)
    assert_never(outcome)


def _storable(say: str) -> str:
    """PostgreSQL's text has no place for the character NUL, which JSON can name."""
    return say.replace("\0", "")
