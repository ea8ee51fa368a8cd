"""Turns the outcome of a call into the reply for the ladder: free of HTTP, with the wait before another attempt."""

from __future__ import annotations

from typing import Final, assert_never

from service.domain.delivery import DeliveryOutcome, Reply
from service.fulfil.call_outcome import Answered, CallOutcome, Failed, Refused, RetryLater, Unavailable
from service.fulfil.retry import Backoff

BACKOFF: Final = Backoff()


def reply_to(outcome: CallOutcome, *, calls_before: int, draw: float) -> Reply:
    """Reply to a call. `draw` is a random number from 0 to 1: it spreads the retries of calls that failed together."""

    def wait(told_seconds: float | None = None) -> float:
        return BACKOFF.wait(calls_before + 1, draw, retry_after_seconds=told_seconds)

    calls = calls_before + 1
    match outcome:
        case Answered(answer=answer):
            return Reply(
                outcome=answer.result,
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
            return Reply(outcome=kind, calls=calls, wait_seconds=wait(told) if kind.may_pass else None)
        case Unavailable(reason=reason):
            is_down = reason is DeliveryOutcome.BREAKER_OPEN
            return Reply(outcome=reason, calls=calls_before, wait_seconds=None if is_down else wait())
    assert_never(outcome)


def _storable(say: str) -> str:
    """The sentence without the character NUL: JSON can name it, and PostgreSQL's text rejects it."""
    return say.replace("\0", "")
