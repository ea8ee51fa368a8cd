"""Outcomes of a call to a fulfilment system, as one closed union: the deliverer has to handle every case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from service.domain.delivery import DeliveryOutcome
from service.fulfil.call_body import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    answer: Answer
    """Served, cannot_serve or needs_customer. An answer of retry_later becomes a `RetryLater`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryLater:
    """The destination is alive and asks to be called again."""

    after_seconds: float | None
    """`None` if the destination names no time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The destination will refuse this delivery every time: a 4xx status other than 408, 425 and 429."""

    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The destination failed to do its part. A failure counts against the destination."""

    kind: DeliveryOutcome
    detail: str = ""
    """Text for the operator, free of everything that was sent or answered."""
    status: int | None = None
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """The call was refused here, before anything was sent."""

    reason: DeliveryOutcome


CallOutcome: TypeAlias = Answered | RetryLater | Refused | Failed | Unavailable
