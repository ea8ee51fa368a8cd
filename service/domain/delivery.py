"""What is delivered to fulfilment systems, and where it leads: the values that decide, fulfil and record share.

No HTTP and no SQL. Details are the customer's own, so that they are hidden wherever a value is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from service.domain.understanding import Channel

EXTRA_MILE: Final = 1_000
"""Number of the step after done. It is past any that a ladder comes to, so that no decision has two of them."""


class DeliveryState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    """Answered: served, cannot_serve or needs_customer."""
    DEAD = "dead"
    """Never answered in a way that could be used; the ladder has gone on without it."""


class DeliveryOutcome(StrEnum):
    """What an attempt came to."""

    SERVED = "served"
    CANNOT_SERVE = "cannot_serve"
    NEEDS_CUSTOMER = "needs_customer"
    RETRY_LATER = "retry_later"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    CONNECT = "connect"
    TLS = "tls"
    CUT = "cut"
    STATUS = "status"
    REDIRECT = "redirect"
    INVALID_ANSWER = "invalid_answer"
    TOO_LARGE = "too_large"
    ADDRESS_REFUSED = "address_refused"
    BREAKER_OPEN = "breaker_open"
    BUSY = "busy"
    BUDGET = "budget"
    RUNG_GONE = "rung_gone"
    """The catalogue has no such rung any more."""
    LOST = "lost"
    """Leased again and again without anything coming back."""

    @property
    def is_answer(self) -> bool:
        """Whether the fulfilment system has said what it will do, so that asking it again changes nothing."""
        return self in {DeliveryOutcome.SERVED, DeliveryOutcome.CANNOT_SERVE, DeliveryOutcome.NEEDS_CUSTOMER}


class StepState(StrEnum):
    """What became of a contact at a rung."""

    WAITING = "waiting"
    SERVED = "served"
    CANNOT_SERVE = "cannot_serve"
    FAILED = "failed"
    NEEDS_CUSTOMER = "needs_customer"
    HANDED_OVER = "handed_over"
    """To a queue, a page or a promise: what happens there is not seen here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One rung that a decision's contact was led to."""

    decision_id: str
    number: int
    """0-based, in the order of time."""
    rung: int
    """Position in its path."""
    kind: str
    name: str
    state: StepState
    at: datetime
    """Of the state."""
    cause: DeliveryOutcome | None = None
    learned: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What the fulfilment system handed on."""
    say: str | None = field(default=None, repr=False)
    needs: tuple[Mapping[str, str], ...] = ()
    """`{field, why}` of what the customer has to tell."""

    @property
    def is_extra_mile(self) -> bool:
        """Whether the errand was done before it."""
        return self.number == EXTRA_MILE


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """Kept while the delivery is pending, and not a moment longer."""

    details: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What this http rung, and those below it, name in their `needs`; each is sent its own alone."""
    learned: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What the rungs before it handed on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """An errand to be delivered to one http rung."""

    delivery_id: str
    """Sent as `Idempotency-Key` with every attempt."""
    decision_id: str
    number: int
    """Of its step."""
    contact_key: str
    goal: str | None
    path: str
    rung: int
    name: str
    channel: Channel | None
    payload: Payload
    began_at: datetime
    """When the contact was routed: how long the ladder has been trying."""
    created_at: datetime

    @property
    def is_extra_mile(self) -> bool:
        """Whether the errand was done before it."""
        return self.number == EXTRA_MILE


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to carry out one dispatch for a while."""

    dispatch: Dispatch
    attempt: int
    """Fencing token: one more with every lease, so that who holds an older one can change nothing."""
    calls: int
    """Calls known to have been made before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityReport:
    """What a capacity probe was told."""

    open: bool
    waiting_seconds: float
    told_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What an attempt came to, without a word of HTTP."""

    outcome: DeliveryOutcome
    say: str | None = field(default=None, repr=False)
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """To be handed on to later rungs."""
    needs: tuple[Mapping[str, str], ...] = ()
    calls: int = 1
    """Made for this delivery so far, this one included if it was made."""
    wait_seconds: float | None = None
    """After which another attempt may do better; `None` where none will."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedAgain:
    """To be written: the delivery stays pending."""

    lease: Lease
    outcome: DeliveryOutcome
    calls: int
    wait_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """To be written: the delivery has ended, and the walk goes on or is over."""

    lease: Lease
    outcome: DeliveryOutcome
    calls: int
    step: Step
    """The delivery's own, as it stands now."""
    next_step: Step | None = None
    """Of the ladder, or the extra mile after it."""
    next_dispatch: Dispatch | None = None
    """Where the next step is a call again."""

    @property
    def state(self) -> DeliveryState:
        return DeliveryState.DONE if self.outcome.is_answer else DeliveryState.DEAD


Settlement = TriedAgain | Settled


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """A delivery as an operator sees it: nothing of the customer's."""

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
    """Of the last attempt."""
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
