"""A decision as handed to the record, and the answer of the record."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from service.domain.decision import Decision
from service.domain.delivery import Dispatch, Step
from service.domain.effort import EffortEvent
from service.domain.kept_text import KeptText
from service.domain.ledger import LedgerChange
from service.domain.promise import HeldPromise, Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyKey:
    """The key of a request. A repeated request has the same key and the same body."""

    key_hash: str
    body_hash: str
    """Distinguishes a repeat from another request under the same key."""
    retention: timedelta
    """Time from `decided_at`. Afterwards the key counts as unused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionWrite:
    """One decision and everything that is committed with it: all of it, or nothing."""

    decision: Decision
    answer: bytes
    """JSON, as it is sent and as it is repeated, without the contact id and the tokens."""
    idempotency: IdempotencyKey | None = None
    dispatches: tuple[Dispatch, ...] = ()
    """Calls to be delivered because of the decision."""
    steps: tuple[Step, ...] = ()
    change: LedgerChange | None = None
    """Change of the contact's ledger. `None` if the ledger stays as it is."""
    events: tuple[EffortEvent, ...] = ()
    text: KeptText | None = field(default=None, repr=False)
    """Redacted text of the customer. `None` unless the catalogue lets the text be kept."""
    promises: tuple[Promise, ...] = ()
    """Promises that the decision makes."""
    withdrawn_promises: tuple[HeldPromise, ...] = ()
    """Promises that the customer needs no more. A promise that has ended meanwhile stays as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A decision that is committed."""

    decision_id: str
    answer: bytes
    """Bytes to send: the bytes handed in, or the bytes of the first request under the same key."""
    replayed: bool
    """True if this request repeated an earlier request. Its own decision was then discarded."""
