"""A decision: goal, path, rung and reason for one routed contact."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from service.domain.understanding import Abstention, Channel, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Goal, path, rung and reason for one routed contact, as stored and looked up."""

    decision_id: str
    contact_key: str
    repeat_key: str | None
    channel: Channel | None
    entry_point: str | None
    status: Status
    reason: Abstention | None
    goal: str | None
    path: str
    rung: int
    """0-based position of the chosen rung in its path."""
    confidence: float
    wrong_door: bool
    degraded: bool
    bundle: str
    catalogue: str
    decided_at: datetime
    """Aware, UTC."""
    answer: dict[str, Any] = field(default_factory=dict)
    """The answer as sent, without the outcome token and without the customer's text."""
    is_advice: bool = False
    """True if the caller asked only for the destination. The errand and the contact's turns are then left untouched."""
