"""What a call to a fulfilment system came to: one closed union, so that whoever delivers leaves no case out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from service.fulfil.call_body import Answer


class FailureKind(StrEnum):
    """How a destination failed."""

    TIMEOUT = "timeout"
    CONNECT = "connect"
    """No such name, or nobody there."""
    TLS = "tls"
    """Its certificate is not trusted, or it does not speak TLS."""
    CUT = "cut"
    """The connection was cut off, or what came over it was not HTTP."""
    STATUS = "status"
    """A status of 500 and above, or one that HTTP does not know."""
    REDIRECT = "redirect"
    """It points elsewhere; that is never followed."""
    INVALID_ANSWER = "invalid_answer"
    TOO_LARGE = "too_large"
    ADDRESS_REFUSED = "address_refused"
    """It is, or resolves to, an address that may not be called."""

    @property
    def may_pass(self) -> bool:
        """Whether trying again can help before somebody has changed something."""
        return self in _PASSING


_PASSING: Final = frozenset({FailureKind.TIMEOUT, FailureKind.CONNECT, FailureKind.CUT, FailureKind.STATUS})


class UnavailableReason(StrEnum):
    """Why a call was not made."""

    BREAKER_OPEN = "breaker_open"
    BUSY = "busy"
    """As many calls as are admitted at once are on their way to this destination."""
    BUDGET = "budget"
    """It would be a retry, and there were too many among the calls of late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    answer: Answer
    """Served, cannot_serve or needs_customer; retry_later is a `RetryLater`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryLater:
    """The destination lives and asks to be called again."""

    after_seconds: float | None
    """`None` where it did not say when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """This delivery will never be accepted: 4xx other than 408, 425 and 429."""

    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The destination did not do its part; counts against it."""

    kind: FailureKind
    detail: str = ""
    """For the operator; holds nothing of what was sent or answered."""
    status: int | None = None
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """Nothing was sent, so that this is not an attempt."""

    reason: UnavailableReason


CallOutcome: TypeAlias = Answered | RetryLater | Refused | Failed | Unavailable
