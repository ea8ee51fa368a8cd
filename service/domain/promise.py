"""Promises of a callback or an e-mail: values shared by promise, pipeline, record and measure.

SQL, HTTP, the cipher and the clock stay outside. Contact details are sealed, and hidden if a value is shown.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from service.domain.audit import AuditEntry


class PromiseKind(StrEnum):
    CALLBACK = "callback"
    EMAIL = "email"


class PromiseState(StrEnum):
    DUE = "due"
    """Free to be claimed."""
    CLAIMED = "claimed"
    """Held by one desk, which is keeping the promise."""
    KEPT = "kept"
    LATE = "late"
    """Due or claimed after its due time. This state is derived, and missing from the database."""
    FAILED = "failed"
    """A desk tried, and could not keep the promise."""
    WITHDRAWN = "withdrawn"
    """The customer needs the promise no more, or the contact was erased."""

    @property
    def is_open(self) -> bool:
        return self in OPEN_STATES


OPEN_STATES: Final = frozenset({PromiseState.DUE, PromiseState.CLAIMED, PromiseState.LATE})


class PromiseAct(StrEnum):
    """A change that a desk makes to a promise."""

    CLAIM = "claim"
    KEEP = "keep"
    RELEASE = "release"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedDetail:
    """The number or address that a customer left, with the key that opens it. Both are encrypted and in base64."""

    sealed: str = field(repr=False)
    wrapped_key: str = field(repr=False)
    until: datetime
    """Both are destroyed at this time at the latest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A promise as it is made, to be committed with the decision or the settlement that makes the promise."""

    promise_id: str
    kind: PromiseKind
    decision_id: str
    contact_key: str
    goal: str | None
    desk: str
    """Name of the queue whose people keep the promise, or of the rung if there is no such queue."""
    path: str
    rung: int
    """0-based position in the path."""
    due_at: datetime
    made_at: datetime
    expires_at: datetime
    """The row is deleted at this time at the latest."""
    detail: SealedDetail | None = None
    """`None` if the desk knows the number or address already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPromise:
    """A promise as it is shown, without contact details."""

    promise_id: str
    kind: PromiseKind
    decision_id: str
    goal: str | None
    desk: str
    path: str
    rung: int
    state: PromiseState
    """Stored state. `state_at` tells lateness too."""
    due_at: datetime
    made_at: datetime
    by: str | None = None
    """Label of the desk that holds the promise, or has ended the promise."""
    claimed_at: datetime | None = None
    ended_at: datetime | None = None
    has_detail: bool = False

    def state_at(self, now: datetime) -> PromiseState:
        """Return the state to show: an open promise is late after its due time."""
        return PromiseState.LATE if self.state.is_open and self.due_at < now else self.state


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseMove:
    """Change to write, if the promise permits it."""

    promise_id: str
    act: PromiseAct
    by: str
    at: datetime
    entry: AuditEntry | None = None
    """Audit entry of a claim, which shows the contact detail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseMoved:
    """A promise after a move."""

    promise: HeldPromise
    is_new: bool
    """False if the same move was made before."""
    detail: SealedDetail | None = None
    """Shown to a claimer only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseCursor:
    """Place in a list of promises: the promises that follow are due later, or have a higher id."""

    due_at: datetime
    promise_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseFilter:
    """Which promises to list."""

    limit: int
    states: Collection[PromiseState] = ()
    """Empty for every state."""
    desk: str | None = None
    after: PromiseCursor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LatePromises:
    """Late promises of one desk."""

    desk: str
    count: int
    oldest_due_at: datetime
