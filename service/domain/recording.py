"""A decision as it is handed to the record, and what the record answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from service.domain.decision import Decision
from service.domain.delivery import Dispatch, Step
from service.domain.effort import EffortEvent
from service.domain.kept_text import KeptText
from service.domain.ledger import LedgerChange


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyKey:
    key_hash: str
    body_hash: str
    """Tells a repeat from another request under the same key."""
    retention: timedelta
    """From `decided_at`; afterwards the key counts as never used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    decision_id: str
    answer: bytes
    """What to send: the bytes handed in, or those of the first request under the same key."""
    status_code: int
    replayed: bool
    """This request repeated an earlier one; its own decision was not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionWrite:
    decision: Decision
    idempotency: IdempotencyKey | None
    answer: bytes
    status_code: int
    dispatches: tuple[Dispatch, ...] = ()
    """To be delivered because of it."""
    steps: tuple[Step, ...] = ()
    change: LedgerChange | None = None
    """What it does to the agenda of its contact: both are written, or neither."""
    events: tuple[EffortEvent, ...] = ()
    text: KeptText | None = None
    """`None` where nothing is kept of it, as mostly."""
