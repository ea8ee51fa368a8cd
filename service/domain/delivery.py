"""Deliveries to fulfilment systems and the steps that follow: values shared by decide, fulfil and record.

HTTP and SQL stay outside. Details belong to the customer, so they are hidden if a value is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from service.domain.promise import Promise
from service.domain.understanding import Channel

EXTRA_MILE: Final = 1_000
"""Number of the extra mile. Every step of a ladder is below it, so that a decision has at most one extra mile."""


class DeliveryState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    """Answered with served, cannot_serve or needs_customer."""
    DEAD = "dead"
    """Ended without an answer that could be used. The ladder has gone on without the delivery."""


class DeliveryOutcome(StrEnum):
    """Result of one attempt: an answer of the fulfilment system, or the reason for its absence."""

    SERVED = "served"
    """The fulfilment system has done the errand."""
    CANNOT_SERVE = "cannot_serve"
    """The fulfilment system is unable to do the errand. The ladder tries the next rung."""
    NEEDS_CUSTOMER = "needs_customer"
    """The customer has to tell something first."""
    RETRY_LATER = "retry_later"
    """The fulfilment system is alive and asks to be called again."""
    REFUSED = "refused"
    """A 4xx status other than 408, 425 and 429: this delivery will be refused every time."""
    TIMEOUT = "timeout"
    """The time of the call ran out."""
    CONNECT = "connect"
    """The name is unknown, or the address is out of reach."""
    TLS = "tls"
    """The certificate is untrusted, or the server speaks something other than TLS."""
    CUT = "cut"
    """The connection was cut off, or carried something other than HTTP."""
    STATUS = "status"
    """A status of 500 and above, or a status that HTTP does not define."""
    REDIRECT = "redirect"
    """The answer points to another address. Redirects are never followed."""
    INVALID_ANSWER = "invalid_answer"
    """The body is outside the format of an answer."""
    TOO_LARGE = "too_large"
    """The body is longer than the limit."""
    ADDRESS_REFUSED = "address_refused"
    """The address, or an address that the name resolves to, may not be called."""
    BREAKER_OPEN = "breaker_open"
    """The call was not made: the destination's breaker is open."""
    BUSY = "busy"
    """The call was not made: the destination already has as many calls at once as it may have."""
    BUDGET = "budget"
    """The retry was not made: recent calls to the destination hold too many retries already."""
    RUNG_GONE = "rung_gone"
    """The catalogue has dropped the rung."""
    LOST = "lost"
    """The delivery was leased again and again without a result."""

    @property
    def is_answer(self) -> bool:
        """Whether the fulfilment system has given its final answer, so that a repeated call changes nothing."""
        return self in _ANSWERS

    @property
    def may_pass(self) -> bool:
        """Whether a failed call may succeed when repeated, before an operator changes something."""
        return self in _PASSING


_ANSWERS: Final = frozenset({DeliveryOutcome.SERVED, DeliveryOutcome.CANNOT_SERVE, DeliveryOutcome.NEEDS_CUSTOMER})
_PASSING: Final = frozenset(
    {DeliveryOutcome.TIMEOUT, DeliveryOutcome.CONNECT, DeliveryOutcome.CUT, DeliveryOutcome.STATUS}
)


class StepState(StrEnum):
    """State of a contact at a rung."""

    WAITING = "waiting"
    SERVED = "served"
    CANNOT_SERVE = "cannot_serve"
    FAILED = "failed"
    NEEDS_CUSTOMER = "needs_customer"
    HANDED_OVER = "handed_over"
    """Handed over to a queue, a page or a promise. Errand cannot see the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One rung that the contact of a decision was led to."""

    decision_id: str
    number: int
    """0-based, in order of time."""
    rung: int
    """Position in its path."""
    kind: str
    name: str
    state: StepState
    at: datetime
    """Time of the state."""
    cause: DeliveryOutcome | None = None
    learned: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Data that the fulfilment system handed on."""
    say: str | None = field(default=None, repr=False)
    needs: tuple[Mapping[str, str], ...] = ()
    """`{field, why}` of each detail that the customer must give."""

    @property
    def is_extra_mile(self) -> bool:
        """True if the errand was done before this step."""
        return self.number == EXTRA_MILE


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """Customer data, kept only while the delivery is pending."""

    details: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Details that this http rung and later ones name in their `needs`. Each rung is sent only its own details."""
    learned: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Data that earlier rungs handed on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """An errand to be delivered to one http rung."""

    delivery_id: str
    """Sent as `Idempotency-Key` and `webhook-id` with every attempt."""
    decision_id: str
    number: int
    """Number of its step."""
    contact_key: str
    goal: str | None
    path: str
    rung: int
    name: str
    channel: Channel | None
    payload: Payload
    began_at: datetime
    """Time at which the contact was routed. The time that a ladder has been trying counts from here."""
    created_at: datetime

    @property
    def is_extra_mile(self) -> bool:
        """True if the errand was done before this step."""
        return self.number == EXTRA_MILE


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to carry out one dispatch for a limited time."""

    dispatch: Dispatch
    attempt: int
    """Fencing token. Each lease raises the token by one, so that the holder of an older lease can change nothing."""
    calls: int
    """Number of calls known to have been made before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityReport:
    """Answer to a capacity probe."""

    open: bool
    waiting_seconds: float
    told_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Result of an attempt, free of HTTP."""

    outcome: DeliveryOutcome
    say: str | None = field(default=None, repr=False)
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Data to hand on to later rungs."""
    needs: tuple[Mapping[str, str], ...] = ()
    calls: int = 1
    """Calls made for this delivery so far, including the call of this attempt if it was made."""
    wait_seconds: float | None = None
    """Seconds until another attempt may do better, or `None` if another attempt is useless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedAgain:
    """Change to write: the delivery stays pending."""

    lease: Lease
    outcome: DeliveryOutcome
    calls: int
    wait_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Change to write: the delivery has ended, and the walk goes on or is over."""

    lease: Lease
    outcome: DeliveryOutcome
    calls: int
    step: Step
    """The delivery's own step in its current state."""
    next_step: Step | None = None
    """Next step of the ladder, or the extra mile after done."""
    next_dispatch: Dispatch | None = None
    """Dispatch of the next step, if that step is a call."""
    promise: Promise | None = None
    """Promise of the next step, if that step makes one."""

    @property
    def state(self) -> DeliveryState:
        return DeliveryState.DONE if self.outcome.is_answer else DeliveryState.DEAD


Settlement = TriedAgain | Settled


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """A delivery as an operator sees it, without customers' data."""

    delivery_id: str
    decision_id: str
    number: int
    goal: str | None
    path: str
    rung: int
    name: str
    channel: Channel | None
    state: DeliveryState
    outcome: DeliveryOutcome | None
    """Outcome of the last attempt."""
    attempt: int
    calls: int
    created_at: datetime
    due_at: datetime
    leased_until: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRequest:
    limit: int
    lease_seconds: float
